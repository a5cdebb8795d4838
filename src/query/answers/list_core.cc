// Profiles one by one, from the profile table. Samples are read only if the selection selects
// some, to see which profiles have one. Finish sorts by time, and then by all that makes two
// profiles differ, so that the order does not depend on how the work was split.
#include "query/answers/list_core.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "query/answers/best_profiles.h"
#include "query/answers/tree_core.h"
#include "query/question_fields.h"
#include "query/scan/sample_scan.h"
#include "query/select/stack_selection.h"

namespace dolerite {

template <class Wire>
void Fields(Wire& wire, ListedProfile& p) {
  wire(p.time_nanos, p.series, p.id, p.type, p.duration_nanos, p.samples, p.totals, p.block);
  wire(p.index);
}

namespace {

struct Listed : Contribution {
  std::vector<ListedProfile> profiles;
};

// Bytes that a listed profile takes.
// About, with strings by size.
size_t MemoryOf(const ProfileType& type, const LabelSet& series) {
  size_t bytes = sizeof(ListedProfile) + 64 + dolerite::MemoryOf(series) + type.name.size() +
                 type.default_sample_type.size();
  for (const ProfileType::Value& v : type.sample_types) {
    bytes += sizeof v + v.type.size() + v.unit.size();
  }
  return bytes;
}

// Profiles of one series take the same, so the sum is a table look-up for each profile.
std::vector<size_t> MemoryBySeries(const ProfileTable& table) {
  std::vector<size_t> bytes;
  for (const Series& series : table.series) {
    const ProfileType& type = table.types[series.type];
    bytes.push_back(MemoryOf(type, series.labels) + type.sample_types.size() * sizeof(int64_t));
  }
  return bytes;
}

// If the selection selects samples, keeps only profiles with a selected sample.
// Costs a scan of bodies: heads do not say which profile a sample is of.
absl::Status DropProfilesWithoutSamples(DatasetScan* scan, QueryCost* cost) {
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, TablesFor(FrameBy::kFunction, *scan));
  const SelectedStacks stacks = SelectStacks(scan->filter, *tables);
  RowWants wants;
  wants.values = false;
  wants.profiles = true;
  // One mark for each profile that the scan meets with a selected stack.
  std::vector<char> has_sample(scan->selected.size(), 0);
  DOLERITE_RETURN_IF_ERROR(
      ScanSamples(*scan, wants, tables->stacks.size(), cost, [&](const RowBatch& batch) {
        for (size_t i = 0; i < batch.rows; ++i) {
          if (stacks[batch.stacks[i]] != kNoStack) has_sample[batch.profiles[i]] = 1;
        }
        return absl::OkStatus();
      }));
  scan->selected = std::move(has_sample);
  return absl::OkStatus();
}

}  // namespace

// Totals and counts come from the table; a profile costs its copy.
absl::StatusOr<std::unique_ptr<Contribution>> ListCore::Read(const DatasetView& view,
                                                             QueryCost* cost) const {
  auto out = std::make_unique<Listed>();
  DatasetScan scan = view.scans[0];
  if (scan.filter.selection().selects_samples()) {
    DOLERITE_RETURN_IF_ERROR(DropProfilesWithoutSamples(&scan, cost));
  }
  const std::vector<size_t> bytes = MemoryBySeries(*scan.table);
  size_t held = 0;
  ProfileIds ids(*scan.table);
  // Rows are numbered on from dataset to dataset.
  const size_t first = scan.reader->footer().first_profile;
  for (size_t p = 0; p < scan.selected.size(); ++p) {
    if (!scan.selected[p]) continue;
    const ProfileRow& row = scan.table->profiles[p];
    held += bytes[row.series];
    DOLERITE_RETURN_IF_ERROR(scan.reader->HoldAtMost(held, "list of profiles"));
    ListedProfile& listed = out->profiles.emplace_back();
    listed.time_nanos = row.time_nanos;
    // Copies: the answer outlives the block's tables.
    listed.series = scan.table->series[row.series].labels;
    listed.id = ids.Of(row);
    listed.type = scan.table->type_of(row);
    listed.duration_nanos = row.duration_nanos;
    listed.samples = row.samples;
    listed.totals = row.exact_totals();
    listed.block = scan.reader->block().key;
    listed.index = first + p;
  }
  return out;
}

// The one way in: keeps `held_`, the size of the answer.
void ListCore::Append(std::vector<ListedProfile>&& more) {
  for (const ListedProfile& p : more) {
    held_ += MemoryOf(p.type, p.series) + p.totals.size() * sizeof(int64_t);
  }
  profiles_.insert(profiles_.end(), std::move_iterator(more.begin()),
                   std::move_iterator(more.end()));
}

absl::Status ListCore::Add(Contribution&& contribution, const CallContext&) {
  Append(std::move(static_cast<Listed&>(contribution).profiles));
  return absl::OkStatus();
}
absl::Status ListCore::Merge(QueryCore&& other, const CallContext&) {
  Append(std::move(static_cast<ListCore&>(other).profiles_));
  return absl::OkStatus();
}

void ListCore::Encode(PartialWriter* wire) const { (*wire)(profiles_); }
void ListCore::Decode(PartialReader* wire) {
  std::vector<ListedProfile> profiles;
  (*wire)(profiles);
  Append(std::move(profiles));
}

// The order is total: block and index differ where all else is equal.
absl::StatusOr<std::vector<ListedProfile>> ListCore::Finish(const std::vector<Measure>&,
                                                            const ListQuestion::Finish& how,
                                                            const CallContext&) {
  // Rows are large: their numbers are sorted, and each row then moves once.
  std::vector<uint32_t> order(profiles_.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto key = [&](uint32_t i) {
    const ListedProfile& p = profiles_[i];
    return std::tie(p.time_nanos, p.series, p.id, p.block, p.index);
  };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  if (how.max_profiles != 0 && how.max_profiles < order.size()) order.resize(how.max_profiles);
  std::vector<ListedProfile> out;
  out.reserve(order.size());
  for (const uint32_t i : order) out.push_back(std::move(profiles_[i]));
  return out;
}

std::unique_ptr<QueryCore> MakeCore(ListQuestion question) {
  return std::make_unique<ListCore>(std::move(question));
}

// The list is made block by block, so that no block behind the profile is read.
absl::StatusOr<Profile> GetProfile(std::span<const BlockReader* const> blocks,
                                   const ProfileId& id) {
  Selection selection;
  selection.profile_ids = {id};
  for (const BlockReader* block : blocks) {
    ListQuery query({selection});
    DOLERITE_RETURN_IF_ERROR(query.Add(*block));
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<ListedProfile> found, std::move(query).Finish());
    if (!found.empty()) return block->ReadProfile(found.front().index);
  }
  return NotFound("no block has a profile of this id");
}

}  // namespace dolerite
