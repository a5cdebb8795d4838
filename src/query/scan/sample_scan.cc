// A scan has three phases. scan_parts chooses chunks and row groups from the profile table alone,
// and fetches their sections in one round of requests. Then this file decodes chunk after chunk,
// and give_rows gives each chunk's rows to the sink. Groups whose profiles all lie in one cell come
// from heads, which hold sums by stack; the others come from bodies, which hold the samples.
#include "query/scan/sample_scan.h"

#include <algorithm>
#include <numeric>

#include "base/status.h"
#include "query/scan/give_rows.h"
#include "query/select/label_selection.h"

namespace dolerite {

struct SampleScan::State {
  State(const DatasetScan& dataset, const RowWants& wants, size_t stacks, QueryCost* cost,
        const RowSink& sink)
      : dataset_(dataset),
        table_(*dataset.table),
        wants_(wants),
        needs_(NeedsOf(dataset, wants)),
        stacks_(stacks),
        cost_(*cost),
        giver_(dataset, wants, cost, sink) {}

  absl::Status Begin();
  absl::Status Step();
  absl::Status ReadLabels();
  absl::Status HoldPart(const ScanPart& part);
  absl::Status RunPart(const ScanPart& part);
  absl::Status ReadSamples(const ScanPart& chosen);
  absl::Status CheckRows(uint32_t part) const;

  const DatasetScan& dataset_;
  const ProfileTable& table_;
  const RowWants& wants_;
  const ScanNeeds needs_;
  size_t stacks_;
  QueryCost& cost_;
  size_t label_sets_ = 0;
  std::vector<ScanPart> parts_;
  size_t next_ = 0;  // of parts_
  uint64_t held_ = 0;
  DecodedChunk chunk_;
  RowGiver giver_;
};

// Fetching goes first, in one round for all chunks. Labels are needed before rows, as they decide
// which rows are selected.
absl::Status SampleScan::State::Begin() {
  parts_ = ChooseParts(dataset_, wants_);
  DOLERITE_RETURN_IF_ERROR(FetchParts(dataset_, needs_, parts_));
  return needs_.labels ? ReadLabels() : absl::OkStatus();
}

absl::Status SampleScan::State::Step() {
  const ScanPart& part = parts_[next_++];
  DOLERITE_RETURN_IF_ERROR(dataset_.reader->Check());
  DOLERITE_RETURN_IF_ERROR(HoldPart(part));
  return RunPart(part);
}

absl::Status SampleScan::State::ReadLabels() {
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, dataset_.reader->Labels());
  label_sets_ = tables->symbols.attribute_sets.size();
  if (SelectsLabels(dataset_.filter)) {
    giver_.SelectLabelSets(SelectLabelSets(dataset_.filter, tables->symbols));
  }
  return absl::OkStatus();
}

// The largest chunk so far is what is held.
absl::Status SampleScan::State::HoldPart(const ScanPart& part) {
  const uint64_t bytes = DecodedBytes(dataset_, wants_, part);
  if (bytes <= held_) return absl::OkStatus();  // chunk after chunk uses the same memory
  DOLERITE_RETURN_IF_ERROR(dataset_.reader->Hold(bytes - held_, "samples"));
  held_ = bytes;
  return absl::OkStatus();
}

// Heads are opened for every part; bodies only if a group needs them.
absl::Status SampleScan::State::RunPart(const ScanPart& part) {
  // Open the heads, and choose the values of the chunk's type.
  DOLERITE_ASSIGN_OR_RETURN(chunk_.reader, OpenChunk(dataset_.reader, part.chunk));
  chunk_.type = table_.chunks[part.chunk].type;
  std::vector<size_t>& rows = chunk_.value_rows;
  rows.resize(wants_.values ? table_.types[chunk_.type].sample_types.size() : 0);
  std::iota(rows.begin(), rows.end(), size_t{0});
  if (wants_.meant_value) rows = {dataset_.values[chunk_.type].row};

  // Heads that lack what is wanted send their groups to the bodies.
  const bool heads_suffice =
      chunk_.reader->exact_sums() && (!needs_.labels || chunk_.reader->labels_in_key());
  ScanPart now = part;
  for (GroupUse& use : now.uses) {
    cost_.row_groups += use != GroupUse::kSkip;
    if (use == GroupUse::kHeads && !heads_suffice) use = GroupUse::kBodies, now.bodies = true;
    cost_.row_groups_from_heads += use == GroupUse::kHeads;
  }
  if (now.bodies) DOLERITE_RETURN_IF_ERROR(ReadSamples(now));
  DOLERITE_RETURN_IF_ERROR(CheckRows(part.chunk));
  return giver_.Give(now, chunk_);
}

// Columns that nobody wants are not decoded.
absl::Status SampleScan::State::ReadSamples(const ScanPart& chosen) {
  DatasetReader* reader = dataset_.reader;
  ChunkReader& chunk = *chunk_.reader;
  const uint32_t part = chosen.chunk;
  // Whole groups that count for one cell are given without a look at the profiles of samples.
  // Links are stored by profile.
  const bool ordinals =
      chosen.cells_differ || wants_.profiles || needs_.links || !giver_.GivesWholeGroups();
  DOLERITE_RETURN_IF_ERROR(OpenBodies(reader, part, ordinals, &chunk));
  chunk_.values.resize(chunk_.value_rows.size());
  for (size_t v = 0; v < chunk_.value_rows.size(); ++v) {
    DOLERITE_RETURN_IF_ERROR(chunk.Values(chunk_.value_rows[v], &chunk_.values[v]));
  }
  chunk_.links.clear(), chunk_.times.reset();
  if (needs_.links) {
    DOLERITE_ASSIGN_OR_RETURN(const SectionReader* links, reader->Find(SectionKind::kLinks, part));
    if (links != nullptr) DOLERITE_RETURN_IF_ERROR(chunk.Links(*links, &chunk_.links));
  }
  if (needs_.times) {
    DOLERITE_ASSIGN_OR_RETURN(const SectionReader* times,
                              reader->Find(SectionKind::kTimestamps, part));
    if (times != nullptr) {
      SampleRows rows;
      DOLERITE_RETURN_IF_ERROR(
          chunk.Timestamps(*times, chunk.ProfileOf(), &rows, reader->limits().section_rows));
      chunk_.times.emplace(std::move(rows));
    }
  }
  return absl::OkStatus();
}

// Sinks look rows up by stack and label set: ids outside the tables are damage.
absl::Status SampleScan::State::CheckRows(uint32_t part) const {
  const auto outside = [&](const std::vector<uint32_t>& ids, size_t bound) {
    return std::any_of(ids.begin(), ids.end(), [&](uint32_t id) { return id >= bound; });
  };
  const ChunkReader& chunk = *chunk_.reader;
  const auto& labels = chunk.labels_in_key() ? chunk.runs().labels : chunk.body_labels();
  const bool stacks = outside(chunk.runs().stack, stacks_);
  if (!stacks && !(needs_.labels && outside(labels, label_sets_))) return absl::OkStatus();
  return DataLoss(dataset_.reader->block().Place(), ": heads section ", part, ": a sample's ",
                  stacks ? "stack" : "label set", " is not in its table");
}

SampleScan::SampleScan(const DatasetScan& dataset, const RowWants& wants, size_t stacks,
                       QueryCost* cost, const RowSink& sink)
    : state_(std::make_unique<State>(dataset, wants, stacks, cost, sink)) {}
SampleScan::~SampleScan() = default;

absl::Status SampleScan::Begin() { return state_->Begin(); }
bool SampleScan::done() const { return state_->next_ == state_->parts_.size(); }
absl::Status SampleScan::Step() { return state_->Step(); }

absl::Status ScanSamples(const DatasetScan& dataset, const RowWants& wants, size_t stacks,
                         QueryCost* cost, const RowSink& sink) {
  SampleScan scan(dataset, wants, stacks, cost, sink);
  DOLERITE_RETURN_IF_ERROR(scan.Begin());
  while (!scan.done()) DOLERITE_RETURN_IF_ERROR(scan.Step());
  return absl::OkStatus();
}

}  // namespace dolerite
