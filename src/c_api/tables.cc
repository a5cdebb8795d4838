// Samples as Arrow streams. A stream holds all that it needs: the caller may free the source and
// the samples before it.
#include "ask/json_values.h"
#include "c_api/ask_source.h"

namespace dolerite {

// Where ask::ReadMember looks for it.
template <class Visitor>
void Members(Visitor& member, SampleTableOptions& o) {
  member("labels", o.labels);
  member("all_labels", o.all_labels);
  member("timestamps", o.timestamps);
  member("links", o.links);
  member("batch_rows", o.batch_rows);
}

namespace c_api {
namespace {

// What the blocks of a source live on: a stream may outlive the source.
struct Owners {
  std::vector<std::shared_ptr<const BlockReader>> blocks;
  std::vector<std::shared_ptr<const void>> owners;
  std::optional<Snapshot> snapshot;
  SnapshotBlocks opened;
};

}  // namespace
}  // namespace c_api
}  // namespace dolerite

using namespace dolerite;
using namespace dolerite::c_api;

extern "C" {

dolerite_code dolerite_samples_open(dolerite_source* source, const char* selection,
                                    const char* options, dolerite_call* call,
                                    dolerite_samples** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(source);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const Selection selected, SelectionOf(Text(selection)));
    DOLERITE_ASSIGN_OR_RETURN(const SampleTableOptions table,
                              ask::ReadObjectText<SampleTableOptions>(Text(options), "options"));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(OpenedSource opened,
                              OpenBlocks(*source, {&selected}, Call::ContextOf(of)));
    // Views point into the readers, so the table keeps these, with what they read from.
    auto owners = std::make_shared<Owners>();
    *owners = {source->blocks, source->owners, source->snapshot, std::move(opened.snapshot)};
    auto object = std::make_unique<dolerite_samples>();
    DOLERITE_ASSIGN_OR_RETURN(
        object->table, SampleTable::Open(std::move(opened.views), std::move(owners), selected,
                                         table, Call::OptionsOf(of)));
    return Give(std::move(object), out);
  });
}

dolerite_code dolerite_samples_stream(dolerite_samples* samples, struct ArrowArrayStream* out,
                                      dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(samples);
    DOLERITE_C_CHECK_POINTER(out);
    return samples->table->Samples(out);
  });
}

dolerite_code dolerite_samples_functions(dolerite_samples* samples, dolerite_answer** out,
                                         dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(samples);
    DOLERITE_C_CHECK_POINTER(out);
    const SampleTable& table = *samples->table;
    auto object = std::make_unique<dolerite_answer>();
    DOLERITE_ASSIGN_OR_RETURN(const ArrowReport functions, table.Functions(&object->table));
    object->has_table = true;
    object->answer.empty = table.report().rows == 0;
    object->answer.replaced_texts = table.report().replaced_texts + functions.replaced_texts;
    object->cost = CostJson(table.cost(), table.damage());
    return Give(std::move(object), out);
  });
}

void dolerite_samples_free(dolerite_samples* samples) { Free(samples); }

}  // extern "C"
