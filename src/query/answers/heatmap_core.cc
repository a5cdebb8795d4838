// A heatmap counts values by time and size. While datasets are read the edges of its rows are not
// known, as they depend on all values, so partial answers keep each distinct value of a step with
// its count (HeatmapTable). Finish lays the edges and fills the cells (heatmap_cells.h). What is
// counted differs: a profile's sum, a sample at its timestamp, or a span's sum over all of its
// samples.
#include "query/answers/heatmap_core.h"

#include <algorithm>

#include "base/status.h"
#include "query/answers/heatmap_cells.h"
#include "query/answers/profile_values.h"
#include "query/answers/steps.h"
#include "query/answers/sum_bounds.h"
#include "query/question_fields.h"
#include "query/scan/group_keys.h"
#include "query/scan/sample_scan.h"

namespace dolerite {

using Observe = HeatmapQuestion::Observe;

absl::Status HeatmapCore::Check() const {
  DOLERITE_RETURN_IF_ERROR(CheckStep(question_.step_nanos));
  DOLERITE_RETURN_IF_ERROR(CheckExemplars(question_.exemplars));
  return CheckGroupBy(question_.group_by);
}

namespace {

// Reads one dataset. Groups are numbers while it reads; pointers into the answer's maps spare a
// look-up for each value.
class HeatmapReader {
 public:
  HeatmapReader(const HeatmapQuestion& question, const DatasetView& view, GroupKeys* keys)
      : question_(question),
        scan_(view.scans[0]),
        heads_(view.options->heads),
        keys_(*keys),
        ids_(*scan_.table),
        numbers_(question) {}

  absl::StatusOr<HeatmapTable> Read(QueryCost* cost) {
    DOLERITE_RETURN_IF_ERROR(
        scan_.reader->HoldAnswer(scan_.selected.size() * 8, "profiles of a heatmap"));
    // Each profile is a cell of its own, numbered by its row.
    const std::vector<char> with = ProfilesWithValue(scan_);
    // Profiles without the wanted value do not count.
    for (uint32_t p = 0; p < with.size(); ++p) cells_.push_back(with[p] ? p : kNoCell);
    DOLERITE_RETURN_IF_ERROR(question_.observe == Observe::kProfiles ? ReadProfiles(cost)
                                                                     : ReadSamples(cost));
    return std::move(out_);
  }

 private:
  // One value for each profile and group: the sums that time series use as well.
  absl::Status ReadProfiles(QueryCost* cost) {
    CellWants wants;
    wants.cells = cells_;
    wants.count = cells_.size();
    wants.heads = heads_;
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<CellValue> values,
                              SumCells(scan_, wants, &keys_, cost));
    for (const CellValue& value : values) {
      const int64_t time = scan_.table->profiles[value.cell].time_nanos;
      DOLERITE_RETURN_IF_ERROR(AddValue(value.group, time, value.value, value.cell));
    }
    return absl::OkStatus();
  }

  // Samples are taken one by one, as each has a time or a span of its own.
  absl::Status ReadSamples(QueryCost* cost) {
    DOLERITE_ASSIGN_OR_RETURN(const StackUses uses, UsesOfStacks(scan_, "", false));
    RowWants wants;
    wants.meant_value = true;
    wants.cells = &cells_;
    wants.labels = keys_.needs_sample_labels();
    wants.links = question_.observe == Observe::kSpans;
    wants.times = question_.observe == Observe::kTimestamps;
    return ScanSamples(scan_, wants, uses.stacks, cost, [&](const RowBatch& batch) {
      for (size_t i = 0; i < batch.rows; ++i) {
        if (uses[batch.stacks[i]] == StackUses::kNone) continue;
        DOLERITE_RETURN_IF_ERROR(TakeRow(batch, i));
      }
      return absl::OkStatus();
    });
  }

  // The group of a row: that of its series, or, if labels of samples matter, that of its label set.
  absl::Status TakeRow(const RowBatch& batch, size_t i) {
    const uint32_t profile = batch.cell_of(i);
    const uint32_t series = scan_.table->profiles[profile].series;
    uint32_t group = keys_.SeriesGroup(series);
    if (keys_.needs_sample_labels(series)) group = keys_.GroupOf(group, batch.labels[i]);
    const __int128 value = batch.scaled(i);
    if (question_.observe == Observe::kTimestamps) {
      return AddValue(group, batch.times[i], value, profile);
    }
    return batch.links.empty() ? absl::OkStatus() : AddSpan(group, batch.links[i], value, profile);
  }

  // Groups have small numbers here and label sets in the answer; the map is asked once for each.
  absl::Status AddValue(uint32_t group, int64_t time, __int128 value, uint32_t profile) {
    if (steps_.size() <= group) steps_.resize(group + 1);
    if (steps_[group] == nullptr) steps_[group] = &out_.steps[keys_.labels(group)];
    SeenValue& seen = (*steps_[group])[numbers_.Of(time)][value];
    const bool is_new = seen.count++ == 0;
    if (question_.exemplars > 0) {
      BestProfile best = ProfileOf(profile);
      best.value = value;
      KeepBest(std::move(best), question_.exemplars, &seen.best);
    }
    return is_new ? HoldEntry() : absl::OkStatus();
  }

  // A span's samples may lie in many profiles; the earliest one gives it its time.
  absl::Status AddSpan(uint32_t group, const LinkBytes& link, __int128 value, uint32_t profile) {
    if (std::all_of(link.begin() + 16, link.end(), [](uint8_t b) { return b == 0; })) {
      return absl::OkStatus();  // a trace without a span
    }
    if (spans_.size() <= group) spans_.resize(group + 1);
    if (spans_[group] == nullptr) spans_[group] = &out_.spans[keys_.labels(group)];
    BestProfile first = ProfileOf(profile);
    const auto [at, is_new] = spans_[group]->try_emplace(link);
    SeenSpan& span = at->second;
    span.sum += value;
    if (is_new || first < span.first) span.first = std::move(first);
    return is_new ? HoldEntry() : absl::OkStatus();
  }

  // Ids and labels are copied only where exemplars are asked for: an id may have to be derived,
  // which costs a hash of its texts.
  BestProfile ProfileOf(uint32_t profile) {
    const ProfileRow& row = scan_.table->profiles[profile];
    BestProfile out;
    out.time_nanos = row.time_nanos;
    if (question_.exemplars == 0) return out;
    out.id = ids_.Of(row);
    out.series = scan_.table->series[row.series].labels;
    return out;
  }

  // Memory for what is collected is asked for in pieces of 1,024 entries, since an entry is small
  // and a question of the budget is not free.
  absl::Status HoldEntry() {
    constexpr size_t kEntries = 1024, kEntryBytes = 160;
    if (++entries_ % kEntries != 0) return absl::OkStatus();
    return scan_.reader->HoldAnswer(kEntries * kEntryBytes, "values of a heatmap");
  }

  const HeatmapQuestion& question_;
  const DatasetScan& scan_;
  bool heads_;
  GroupKeys& keys_;
  ProfileIds ids_;
  const Steps numbers_;
  std::vector<uint32_t> cells_;
  HeatmapTable out_;
  std::vector<SeenSteps*> steps_;  // by group
  std::vector<SeenSpans*> spans_;  // by group
  size_t entries_ = 0;
};

// What a value of a map takes beside its own size.
size_t MemoryOf(const std::vector<BestProfile>& all) {
  size_t bytes = 0;
  for (const BestProfile& best : all) bytes += sizeof best + best.series.memory_bytes();
  return bytes;
}

// Both joins return the bytes that `to` has grown by. Exemplars are counted as if none was dropped.
size_t JoinSteps(SeenSteps&& from, size_t exemplars, SeenSteps* to) {
  size_t bytes = 0;
  for (auto& [step, values] : from) {
    auto& to_values = EntryOf(step, kMapEntryBytes, to, &bytes);
    for (auto& [value, seen] : values) {
      SeenValue& to_seen = EntryOf(value, 0, &to_values, &bytes);
      bytes += MemoryOf(seen.best);
      to_seen.count += seen.count;
      for (BestProfile& best : seen.best) KeepBest(std::move(best), exemplars, &to_seen.best);
    }
  }
  return bytes;
}

size_t JoinSpans(SeenSpans&& from, SeenSpans* to) {
  size_t bytes = 0;
  for (auto& [link, span] : from) {
    const auto [at, is_new] = to->try_emplace(link);
    bytes += (is_new ? kMapEntryBytes + sizeof span : 0) + span.first.series.memory_bytes();
    at->second.sum += span.sum;
    if (is_new || span.first < at->second.first) at->second.first = std::move(span.first);
  }
  return bytes;
}

}  // namespace

// Without a value to measure nothing is read.
absl::StatusOr<std::unique_ptr<Contribution>> HeatmapCore::Read(const DatasetView& view,
                                                                QueryCost* cost) const {
  auto out = std::make_unique<TableContribution<HeatmapTable>>();
  if (!view.measures[0].known()) return out;
  DOLERITE_ASSIGN_OR_RETURN(GroupKeys keys, GroupKeys::Make(view.scans[0], question_.group_by));
  DOLERITE_ASSIGN_OR_RETURN(out->table, HeatmapReader(question_, view, &keys).Read(cost));
  return out;
}

// Maps are joined entry by entry. Bytes are counted from above.
size_t HeatmapTable::Join(HeatmapTable&& from, const HeatmapQuestion& question) {
  size_t bytes = 0;
  for (auto& [labels, more] : from.steps) {
    SeenSteps& to = EntryOf(labels, labels.memory_bytes(), &steps, &bytes);
    bytes += JoinSteps(std::move(more), question.exemplars, &to);
  }
  for (auto& [labels, more] : from.spans) {
    SeenSpans& to = EntryOf(labels, labels.memory_bytes(), &spans, &bytes);
    bytes += JoinSpans(std::move(more), &to);
  }
  return bytes;
}

// A partial answer from outside must be one that Add could have made: sums and counts in their
// bounds, exemplars sorted and not too many, and steps or spans, as the question says.
bool HeatmapTable::IsPossible(const HeatmapQuestion& question) const {
  for (const auto& [labels, of_steps] : steps) {
    for (const auto& [step, values] : of_steps) {
      for (const auto& [value, seen] : values) {
        const bool named = seen.best.size() <= question.exemplars &&
                           std::is_sorted(seen.best.begin(), seen.best.end());
        if (!named || !IsSum(value) || !IsCount(seen.count)) return false;
      }
    }
  }
  for (const auto& [labels, of_links] : spans) {
    for (const auto& [link, span] : of_links) {
      if (!IsSum(span.sum) || span.first.value != 0) return false;
    }
  }
  return question.observe == Observe::kSpans ? steps.empty() : spans.empty();
}

// Spans become values only now, when all parts of each are known.
absl::StatusOr<Heatmap> HeatmapCore::Finish(const std::vector<Measure>& measures,
                                            const HeatmapQuestion::Finish& how,
                                            const CallContext& call) {
  if (question_.observe != Observe::kSpans) {
    return MakeHeatmap(question_, how, measures[0], table().steps, call);
  }
  DOLERITE_ASSIGN_OR_RETURN(const auto steps, StepsOfSpans(question_, table().spans, call));
  return MakeHeatmap(question_, how, measures[0], steps, call);
}

std::unique_ptr<QueryCore> MakeCore(HeatmapQuestion question) {
  return std::make_unique<HeatmapCore>(std::move(question));
}

}  // namespace dolerite
