// Profiles one by one, from the profile table. Samples are read only if the selection selects
// some, to see which profiles have one. Finish sorts by time, and then by all that makes two
// profiles differ, so that the order does not depend on how the work was split.
#include "query/answers/list_core.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>

#include "base/sort_asking.h"
#include "base/status.h"
#include "query/answers/best_profiles.h"
#include "query/answers/tree_core.h"
#include "query/question_fields.h"
#include "query/scan/sample_scan.h"
#include "query/select/stack_selection.h"

namespace dolerite {

void Fields(PartialWriter& wire, std::shared_ptr<const std::string>& text) { wire(*text); }
void Fields(PartialReader& wire, std::shared_ptr<const std::string>& text) {
  std::string read;
  wire(read);
  text = std::make_shared<const std::string>(std::move(read));
}
template <class Wire>
void Fields(Wire& wire, ListedProfile& p) {
  wire(p.time_nanos, p.series, p.id, p.type, p.duration_nanos, p.samples, p.totals, p.block);
  wire(p.index);
}

namespace {

struct Listed : Contribution {
  std::vector<ListedProfile> profiles;
};

// Bytes that a profile takes in a list. It shares what the profile before it has too; `before` may
// be null.
size_t MemoryOf(const ListedProfile& p, const ListedProfile* before) {
  size_t bytes = sizeof p;
  if (p.totals.size() > ProfileTotals().capacity()) {
    bytes += kAllocation + p.totals.size() * sizeof(int64_t);
  }
  if (before == nullptr || p.block != before->block) bytes += kAllocation + p.block->size();
  if (before == nullptr || p.type != before->type) bytes += MemoryOf(*p.type);
  const bool same_series =
      before != nullptr && p.series.pairs().data() == before->series.pairs().data();
  return same_series ? bytes : bytes + p.series.memory_bytes();
}

// Profiles that were read from a partial answer have types, series and keys of their own. Those
// equal to what the profile before has are given up for it.
void Share(std::vector<ListedProfile>* profiles) {
  for (size_t i = 1; i < profiles->size(); ++i) {
    const ListedProfile& before = (*profiles)[i - 1];
    ListedProfile& p = (*profiles)[i];
    if (*p.block == *before.block) p.block = before.block;
    if (*p.type == *before.type) p.type = before.type;
    if (p.series == before.series) p.series = before.series;
  }
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
  const auto block = std::make_shared<const std::string>(scan.reader->block().key);
  std::vector<std::shared_ptr<const ProfileType>> types(scan.table->types.size());
  size_t held = 0;
  ProfileIds ids(*scan.table);
  // Rows are numbered on from dataset to dataset.
  const size_t first = scan.reader->footer().first_profile;
  const size_t count = scan.profiles();
  DOLERITE_RETURN_IF_ERROR(
      scan.reader->HoldAtMost(count * sizeof(ListedProfile), "list of profiles"));
  out->profiles.reserve(count);
  for (size_t p = 0; p < scan.selected.size(); ++p) {
    if (!scan.selected[p]) continue;
    const ProfileRow& row = scan.table->profiles[p];
    const Series& series = scan.table->series[row.series];
    std::shared_ptr<const ProfileType>& type = types[series.type];
    if (type == nullptr) type = std::make_shared<const ProfileType>(scan.table->types[series.type]);
    const ListedProfile* before = out->profiles.empty() ? nullptr : &out->profiles.back();
    ListedProfile listed{row.time_nanos,     series.labels, ids.Of(row),        type,
                         row.duration_nanos, row.samples,   row.exact_totals(), block,
                         first + p};
    held += MemoryOf(listed, before);
    DOLERITE_RETURN_IF_ERROR(scan.reader->HoldAtMost(held, "list of profiles"));
    out->profiles.push_back(std::move(listed));
  }
  return out;
}

// The one way in: keeps `held_`, the size of the answer.
void ListCore::Append(std::vector<ListedProfile>&& more) {
  for (size_t i = 0; i < more.size(); ++i) {
    held_ += MemoryOf(more[i], i == 0 ? nullptr : &more[i - 1]);
  }
  if (profiles_.empty()) {
    profiles_ = std::move(more);
    return;
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
  Share(&profiles);
  Append(std::move(profiles));
}

// The order is total: block and index differ where all else is equal.
absl::StatusOr<std::vector<ListedProfile>> ListCore::Finish(const std::vector<Measure>&,
                                                            const ListQuestion::Finish& how,
                                                            const CallContext& call) {
  // Rows are large: their numbers are sorted, and each row then moves once.
  std::vector<uint32_t> order(profiles_.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto key = [&](uint32_t i) {
    const ListedProfile& p = profiles_[i];
    return std::tie(p.time_nanos, p.series, p.id, *p.block, p.index);
  };
  const auto before = [&](uint32_t a, uint32_t b) { return key(a) < key(b); };
  DOLERITE_RETURN_IF_ERROR(SortAsking(std::span(order), before, call));
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
