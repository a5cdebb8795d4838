// Archives: opening, appending, deleting and keeping them. An archive is opened over a store of the
// interface, which it keeps alive.
#include "c_api/ask_source.h"

namespace dolerite::c_api {

namespace {

// Conditions that deletions have; others would be passed over, so they are an error.
absl::StatusOr<DeleteRequest> DeletionOf(const Selection& selection) {
  // What a deletion takes moves out of `rest`; anything that is left there can't be deleted by.
  Selection rest = selection;
  DeleteRequest request;
  request.matchers = std::exchange(rest.matchers, {});
  request.profile_ids = std::exchange(rest.profile_ids, {});
  request.start_nanos = std::exchange(rest.start_nanos, Selection().start_nanos);
  if (selection.end_nanos != Selection().end_nanos) request.end_nanos = selection.end_nanos;
  rest.end_nanos = Selection().end_nanos;
  const bool more =
      rest.selects_samples() || !rest.profile_type.empty() || !rest.sample_type.empty();
  if (!more) return request;
  return InvalidArgument("a deletion takes only matchers, profile_ids, start and end");
}

}  // namespace
}  // namespace dolerite::c_api

using namespace dolerite;
using namespace dolerite::c_api;

extern "C" {

dolerite_code dolerite_archive_open(dolerite_store* store, const char* mode, dolerite_call* call,
                                    dolerite_archive** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(store);
    DOLERITE_C_CHECK_POINTER(mode);
    DOLERITE_C_CHECK_POINTER(out);
    const std::string_view how = mode;
    if (how != "r" && how != "w" && how != "c") {
      return InvalidArgument("mode is \"", how, "\", not r, w or c");
    }
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    const CallContext context = Call::ContextOf(of);
    auto object = std::make_unique<dolerite_archive>();
    object->open = std::make_shared<OpenArchive>();
    object->open->store = store->store;
    ObjectStore* const objects = store->store.get();
    // Several processes may create one archive at once: the others then find it.
    if (how == "c") {
      const absl::Status made = Archive::Create(objects, HostOf(), {}, context);
      if (!absl::IsAlreadyExists(made)) DOLERITE_RETURN_IF_ERROR(made);
    }
    DOLERITE_ASSIGN_OR_RETURN(object->open->archive,
                              how == "r" ? Archive::OpenForReading(objects, HostOf(), context)
                                         : Archive::Open(objects, HostOf(), context));
    return Give(std::move(object), out);
  });
}

dolerite_code dolerite_archive_append(dolerite_archive* archive, const void* block, size_t size,
                                      dolerite_call* call, size_t* added, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(archive);
    DOLERITE_ASSIGN_OR_RETURN(const std::string_view bytes, View(block, size, "block"));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(
        const AppendResult result,
        archive->open->archive->AppendMissing(bytes, UnixNanos(), {}, Call::ContextOf(of)));
    if (added != nullptr) *added = result.added;
    return absl::OkStatus();
  });
}

dolerite_code dolerite_archive_delete(dolerite_archive* archive, const char* selection,
                                      dolerite_call* call, uint64_t* profiles,
                                      dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(archive);
    DOLERITE_C_CHECK_POINTER(selection);
    DOLERITE_ASSIGN_OR_RETURN(const Selection selected, SelectionOf(selection));
    DOLERITE_ASSIGN_OR_RETURN(const DeleteRequest request, DeletionOf(selected));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(const DeleteResult result,
                              archive->open->archive->Delete(request, Call::ContextOf(of)));
    if (profiles != nullptr) *profiles = result.profiles;
    return absl::OkStatus();
  });
}

dolerite_code dolerite_archive_maintain(dolerite_archive* archive, uint64_t budget_bytes,
                                        int64_t retain_nanos, dolerite_call* call,
                                        int64_t* again_nanos, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(archive);
    if (retain_nanos < 0) return InvalidArgument("retain_nanos is negative");
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    MaintainOptions options;
    if (retain_nanos > 0) options.retain_nanos = retain_nanos;
    const int64_t now = UnixNanos();
    DOLERITE_ASSIGN_OR_RETURN(
        const MaintainResult result,
        archive->open->archive->Maintain(now, budget_bytes, options, Call::ContextOf(of)));
    if (again_nanos != nullptr) *again_nanos = std::max<int64_t>(result.call_again_nanos - now, 0);
    return absl::OkStatus();
  });
}

void dolerite_archive_free(dolerite_archive* archive) { Free(archive); }

}  // extern "C"
