// Questions in pieces: plan.h through the C interface. Splits and partials are bytes, so any
// process can execute and merge them.
#include "block/dataset_reader.h"
#include "c_api/ask_source.h"
#include "dolerite/question_json.h"
#include "query/query_core.h"

namespace dolerite::c_api {

namespace {

std::vector<const Selection*> SelectionsIn(const AnyQuestion& question) {
  return std::visit([](const auto& asked) { return SelectionsOf(asked.question); }, question);
}

// The bytes of a caller's slices; `what` names a slice in messages.
absl::StatusOr<std::vector<std::string_view>> Views(const dolerite_slice* slices, size_t count,
                                                    const char* what) {
  if (count > 0) DOLERITE_RETURN_IF_ERROR(CheckPointer(slices, what));
  std::vector<std::string_view> views;
  for (size_t i = 0; i < count; ++i) {
    DOLERITE_ASSIGN_OR_RETURN(views.emplace_back(), View(slices[i].data, slices[i].size, what));
  }
  return views;
}

}  // namespace
}  // namespace dolerite::c_api

using namespace dolerite;
using namespace dolerite::c_api;

extern "C" {

dolerite_code dolerite_plan_new(dolerite_source* source, const char* question, size_t size,
                                uint64_t split_bytes, dolerite_call* call, dolerite_plan** out,
                                dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(source);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const AnyQuestion asked, QuestionOf(question, size));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(const OpenedSource opened,
                              OpenBlocks(*source, SelectionsIn(asked), Call::ContextOf(of)));
    // A split names its block by its key in a store.
    for (const BlockView& view : opened.views.blocks) {
      if (BlockAccess::Of(*view.block).store != nullptr) continue;
      return FailedPrecondition("a block in memory can't be planned for: no store has it");
    }
    PlanOptions options;
    if (split_bytes != 0) options.split_bytes = split_bytes;
    auto object = std::make_unique<dolerite_plan>();
    DOLERITE_ASSIGN_OR_RETURN(object->plan, MakePlan(opened.views, asked, options));
    return Give(std::move(object), out);
  });
}

size_t dolerite_plan_size(const dolerite_plan* plan) {
  return IsLive(plan) ? plan->plan.splits.size() : 0;
}
dolerite_slice dolerite_plan_split(const dolerite_plan* plan, size_t index) {
  if (index >= dolerite_plan_size(plan)) return {nullptr, 0};
  const std::string& bytes = plan->plan.splits[index].bytes;
  return {bytes.data(), bytes.size()};
}
uint64_t dolerite_plan_split_bytes(const dolerite_plan* plan, size_t index) {
  return index < dolerite_plan_size(plan) ? plan->plan.splits[index].estimated_bytes : 0;
}
void dolerite_plan_free(dolerite_plan* plan) { Free(plan); }

dolerite_code dolerite_execute(dolerite_store* store, const dolerite_slice* splits, size_t count,
                               dolerite_call* call, dolerite_bytes** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(store);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const auto views, Views(splits, count, "a split"));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(std::string partial,
                              Execute(*store->store, views, Call::OptionsOf(of)));
    return GiveBytes(std::move(partial), out);
  });
}

dolerite_code dolerite_merge(const dolerite_slice* partials, size_t count, dolerite_call* call,
                             dolerite_bytes** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const auto views, Views(partials, count, "a partial"));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(std::string merged, MergePartials(views, Call::OptionsOf(of)));
    return GiveBytes(std::move(merged), out);
  });
}

dolerite_code dolerite_finish(const void* partial, size_t partial_size, const char* question,
                              size_t size, const char* format, dolerite_call* call,
                              dolerite_answer** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const std::string_view bytes, View(partial, partial_size, "partial"));
    DOLERITE_ASSIGN_OR_RETURN(const AnyQuestion asked, QuestionFor(question, size, Text(format)));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(AnyQuery query, ParsePartial(asked, bytes, Call::OptionsOf(of)));
    return GiveAnswer(std::move(query), asked, Text(format), out);
  });
}

}  // extern "C"
