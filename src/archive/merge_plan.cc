// Each dataset of each input says in its footer when its profiles were and what it stores. Where
// that is one window, and nothing is left out, no more is read. From other datasets the profile
// table is read, and each of its profiles put into its window. Then each window's datasets, by
// name, are dealt out to blocks.
#include "archive/merge_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "archive/windows.h"
#include "base/status.h"
#include "block/label_summary.h"
#include "block/read_rows.h"
#include "query/scan/scan.h"

namespace dolerite {
namespace {

std::string_view DatasetOf(const LabelSet& series, const std::string& label) {
  return series.Get(label).value_or("");
}

// Whether all series of a dataset have its name as the value of this label, as far as the footer
// tells. Others were made by a host that names its datasets by another label.
bool IsNamedBy(const FooterDataset& dataset, const std::string& label) {
  const auto summary = LabelSummary::Read(dataset.label_summary);
  return summary && !summary->MayHold(label, [&](std::string_view value) {
    return value != dataset.summary.name;
  });
}

bool LeavesNothingOut(const Omission* omission, const DatasetSummary& dataset) {
  return omission == nullptr || (omission->selected.empty() && omission->profiles.empty() &&
                                 omission->before_nanos <= dataset.min_time_nanos);
}

// What a dataset of a block stores, in all and in hot sections.
struct StoredBytes {
  uint64_t all = 0, hot = 0;
};

StoredBytes StoredBytesOf(const BlockReader::Internal& block, const FooterDataset& dataset) {
  StoredBytes bytes;
  for (const SectionEntry& entry : block.footer.SectionsOf(dataset)) {
    bytes.all += entry.stored;
    if (entry.kind >= SectionKind::kHeads) bytes.hot += entry.stored;
  }
  return bytes;
}

// A dataset of a window in the making.
struct Gathered {
  std::vector<MergePart> parts;
  StoredBytes bytes;
  uint64_t profiles = 0;
  int64_t min_time_nanos = INT64_MAX, max_time_nanos = INT64_MIN;
};

// The parts that have profiles from one time to another.
std::vector<MergePart> PartsWithin(const std::vector<MergePart>& parts, int64_t first,
                                   int64_t last) {
  std::vector<MergePart> within;
  for (MergePart part : parts) {
    if (part.max_time_nanos < first || part.min_time_nanos > last) continue;
    part.whole &= part.min_time_nanos >= first && part.max_time_nanos <= last;
    within.push_back(part);
  }
  return within;
}

}  // namespace

class MergePlanner {
 public:
  MergePlanner(MergePlan* plan, MemoryBudget* memory, const CallContext& call)
      : plan_(*plan), limits_(plan->limits_), memory_(memory), call_(call) {}

  absl::Status Run() {
    for (size_t input = 0; input < plan_.inputs_.size(); ++input) {
      const size_t datasets = BlockAccess::Of(*plan_.inputs_[input].block).footer.datasets.size();
      for (uint32_t d = 0; d < datasets; ++d) DOLERITE_RETURN_IF_ERROR(Gather(input, d));
    }
    for (auto& [window, datasets] : windows_) DealOut(window, &datasets);
    return absl::OkStatus();
  }

 private:
  absl::Status Gather(size_t input, uint32_t d) {
    const BlockView& view = plan_.inputs_[input];
    const BlockReader::Internal& block = BlockAccess::Of(*view.block);
    const FooterDataset& dataset = block.footer.datasets[d];
    const DatasetSummary& summary = dataset.summary;
    const StoredBytes bytes = StoredBytesOf(block, dataset);
    const int64_t first = WindowOf(summary.min_time_nanos, limits_.window_nanos);
    const int64_t last = WindowOf(summary.max_time_nanos, limits_.window_nanos);
    if (first == last && LeavesNothingOut(view.OmissionOf(d), summary) &&
        IsNamedBy(dataset, limits_.dataset_label)) {
      Add(first, summary.name,
          {input, d, true, summary.profiles, summary.min_time_nanos, summary.max_time_nanos}, bytes,
          1);
      return absl::OkStatus();
    }
    IoCost io;
    io.memory = memory_, io.call = &call_;
    DatasetReader reader(block, d, &io);
    reader.FetchSparingly();
    DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, reader.Profiles());
    std::map<std::pair<int64_t, std::string_view>, MergePart> parts;  // by window and dataset
    const std::vector<char> left_out = LeftOut(*table, view.OmissionOf(d));
    for (size_t p = 0; p < left_out.size(); ++p) {
      plan_.left_out_ += left_out[p] != 0;
      if (left_out[p]) continue;
      const ProfileRow& row = table->profiles[p];
      MergePart& part = parts[{WindowOf(row.time_nanos, limits_.window_nanos),
                               DatasetOf(table->series[row.series].labels, limits_.dataset_label)}];
      ++part.profiles;
      part.min_time_nanos = std::min(part.min_time_nanos, row.time_nanos);
      part.max_time_nanos = std::max(part.max_time_nanos, row.time_nanos);
    }
    for (auto& [place, part] : parts) {
      part.input = input, part.dataset = d;
      part.whole = part.profiles == left_out.size();
      Add(place.first, std::string(place.second), part, bytes,
          static_cast<double>(part.profiles) / static_cast<double>(left_out.size()));
    }
    return absl::OkStatus();
  }

  void Add(int64_t window, const std::string& name, const MergePart& part, const StoredBytes& bytes,
           double share) {
    Gathered& dataset = windows_[window][name];
    dataset.parts.push_back(part);
    dataset.profiles += part.profiles;
    dataset.min_time_nanos = std::min(dataset.min_time_nanos, part.min_time_nanos);
    dataset.max_time_nanos = std::max(dataset.max_time_nanos, part.max_time_nanos);
    dataset.bytes.all += static_cast<uint64_t>(static_cast<double>(bytes.all) * share);
    dataset.bytes.hot += static_cast<uint64_t>(static_cast<double>(bytes.hot) * share);
  }

  // A block ends before the dataset that would take it past a limit.
  void DealOut(int64_t window, std::map<std::string, Gathered>* datasets) {
    StoredBytes bytes;
    bool begun = false;
    // Windows at both ends of time are cut off there.
    const __int128 begin = static_cast<__int128>(window) * limits_.window_nanos;
    const __int128 end = begin + limits_.window_nanos - 1;
    const int64_t first = begin < INT64_MIN ? INT64_MIN : static_cast<int64_t>(begin);
    const int64_t last = end > INT64_MAX ? INT64_MAX : static_cast<int64_t>(end);
    for (auto& [name, dataset] : *datasets) {
      const uint64_t slices =
          std::max(dataset.profiles / std::max<uint64_t>(limits_.profiles, 1),
                   dataset.bytes.all / std::max<uint64_t>(limits_.block_bytes, 1));
      if (slices > 0 && limits_.uncut.count(name) == 0) {
        Slice(name, dataset, slices + 1);
        begun = false;
        continue;
      }
      const bool full = !begun || plan_.blocks_.back().datasets.size() >= limits_.datasets ||
                        bytes.all + dataset.bytes.all > limits_.block_bytes ||
                        bytes.hot + dataset.bytes.hot > limits_.hot_bytes;
      if (full) {
        plan_.blocks_.push_back({first, last, {}});
        bytes = {};
        begun = true;
      }
      bytes.all += dataset.bytes.all, bytes.hot += dataset.bytes.hot;
      plan_.blocks_.back().datasets.push_back({name, std::move(dataset.parts)});
    }
  }

  // Cuts a dataset into stretches of time of equal length, as profiles mostly come evenly. Blocks
  // of one dataset do not overlap so.
  void Slice(const std::string& name, const Gathered& dataset, uint64_t slices) {
    const __int128 begin = dataset.min_time_nanos;
    const __int128 span = static_cast<__int128>(dataset.max_time_nanos) - begin + 1;
    const __int128 count = std::min(static_cast<__int128>(slices), span);
    for (__int128 i = 0; i < count; ++i) {
      const int64_t first = static_cast<int64_t>(begin + span * i / count);
      const int64_t last = static_cast<int64_t>(begin + span * (i + 1) / count - 1);
      std::vector<MergePart> parts = PartsWithin(dataset.parts, first, last);
      if (!parts.empty()) plan_.blocks_.push_back({first, last, {{name, std::move(parts)}}});
    }
  }

  MergePlan& plan_;
  const MergeLimits& limits_;
  MemoryBudget* const memory_;
  const CallContext& call_;
  std::map<int64_t, std::map<std::string, Gathered>> windows_;
};

absl::StatusOr<MergePlan> MergePlan::Make(const std::vector<BlockView>& inputs,
                                          const MergeLimits& limits, MemoryBudget* memory,
                                          const CallContext& call) {
  MergePlan plan;
  plan.inputs_ = inputs;
  plan.limits_ = limits;
  DOLERITE_RETURN_IF_ERROR(MergePlanner(&plan, memory, call).Run());
  return plan;
}

std::vector<MergeInput> MergePlan::InputsOf(const PlannedBlock& block,
                                            const PlannedDataset& dataset) const {
  std::vector<MergeInput> inputs;
  for (const MergePart& part : dataset.parts) {
    const BlockView& view = inputs_[part.input];
    MergeInput& input = inputs.emplace_back();
    input.block = view.block, input.dataset = part.dataset;
    if (part.whole) continue;
    const Omission* omission = view.OmissionOf(part.dataset);
    input.taken = [this, &block, &dataset, omission](const ProfileTable& table) {
      std::vector<char> taken = LeftOut(table, omission);
      std::vector<char> named;  // by series
      for (const Series& series : table.series) {
        named.push_back(DatasetOf(series.labels, limits_.dataset_label) == dataset.name);
      }
      for (size_t p = 0; p < taken.size(); ++p) {
        const ProfileRow& row = table.profiles[p];
        taken[p] = !taken[p] && named[row.series] && row.time_nanos >= block.first_nanos &&
                   row.time_nanos <= block.last_nanos;
      }
      return taken;
    };
  }
  return inputs;
}

// Tables in memory, with what merging and sorting them takes, are many times as large as they are
// stored: columns of small differences become columns of numbers.
uint64_t MergePlan::NeededBytes(const PlannedDataset& dataset) const {
  constexpr uint64_t kTableFactor = 32;
  constexpr uint64_t kBeside = uint64_t{16} << 20;
  uint64_t tables = 0;
  for (const MergePart& part : dataset.parts) {
    const BlockReader::Internal& block = BlockAccess::Of(*inputs_[part.input].block);
    for (const SectionEntry& entry : block.footer.SectionsOf(block.footer.datasets[part.dataset])) {
      if (!IsOfChunk(entry.kind)) tables += entry.decoded;
    }
  }
  return kBeside + kTableFactor * tables;
}

}  // namespace dolerite
