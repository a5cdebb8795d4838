// One piece of care at a time, the most urgent first: cuts, since they free the most for the least;
// then jobs; then the collector, which removes what both gave up.
#include <algorithm>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/snapshot_state.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {
namespace {

constexpr int64_t kOneMinute = int64_t{60} * 1'000'000'000;

// Cuts are made in steps of about a 24th of the age, so that a commit is worth it.
int64_t CutFor(int64_t now_nanos, int64_t age_nanos) {
  if (now_nanos < INT64_MIN + age_nanos) return INT64_MIN;
  const int64_t step = std::clamp(age_nanos / 24, kOneMinute, 60 * kOneMinute);
  const int64_t before = now_nanos - age_nanos;
  return before < INT64_MIN + step ? before : before - (before % step + step) % step;
}

// A cut that the options ask for and the manifest does not have, if something lies before it.
std::optional<Cut> DueCut(const Snapshot::State& state, const MaintainOptions& options,
                          int64_t now_nanos) {
  const Manifest& manifest = *state.manifest;
  const auto due = [&](const Cut& cut) {
    for (const Cut& there : manifest.cuts) {
      const bool covers = there.all_datasets || there.place() == cut.place();
      if (covers && there.before_nanos >= cut.before_nanos) return false;
    }
    const auto of_block = [&](const BlockEntry& block) {
      return std::any_of(block.datasets.begin(), block.datasets.end(), [&](const DatasetEntry& d) {
        return (cut.all_datasets || d.name == cut.dataset) && d.min_time_nanos < cut.before_nanos;
      });
    };
    const auto of_page = [&](const PageEntry& page) { return MayTake(cut, page); };
    // Segments do not tell their datasets, and wait for a short time only.
    return std::any_of(manifest.blocks.begin(), manifest.blocks.end(), of_block) ||
           std::any_of(manifest.pages.begin(), manifest.pages.end(), of_page);
  };
  if (options.retain_nanos) {
    const Cut cut{"", true, CutFor(now_nanos, *options.retain_nanos)};
    if (due(cut)) return cut;
  }
  for (const auto& [dataset, age] : options.retain_dataset_nanos) {
    const Cut cut{dataset, false, CutFor(now_nanos, age)};
    if (due(cut)) return cut;
  }
  return std::nullopt;
}

absl::Status CheckOptions(const MaintainOptions& options) {
  const auto negative = [](const auto& entry) { return entry.second < 0; };
  const auto& ages = options.retain_dataset_nanos;
  if (options.retain_nanos.value_or(0) < 0 || std::any_of(ages.begin(), ages.end(), negative)) {
    return InvalidArgument("MaintainOptions: a negative age");
  }
  if (options.look_nanos <= 0 || options.collect_nanos <= 0) {
    return InvalidArgument("MaintainOptions: times between calls must be positive");
  }
  return absl::OkStatus();
}

// A time that does not pass the end of time.
int64_t After(int64_t now_nanos, int64_t nanos) {
  return now_nanos > INT64_MAX - nanos ? INT64_MAX : now_nanos + nanos;
}

using Did = MaintainResult::Did;

// One call. Each step says whether it has done something.
class Caretaker {
 public:
  Caretaker(Archive* archive, Maintenance* memory, int64_t now_nanos, size_t budget_bytes,
            const MaintainOptions& options, const CallContext& call)
      : archive_(*archive),
        memory_(*memory),
        now_nanos_(now_nanos),
        budget_bytes_(budget_bytes),
        options_(options),
        call_(call) {}

  absl::StatusOr<MaintainResult> Run() {
    result_.call_again_nanos = now_nanos_;
    DOLERITE_ASSIGN_OR_RETURN(const Snapshot snapshot, archive_.TakeSnapshot(call_));
    DOLERITE_RETURN_IF_ERROR(CutOne(snapshot));
    if (result_.did != Did::kNothing) return result_;
    DOLERITE_RETURN_IF_ERROR(CompactOne(snapshot));
    if (result_.did != Did::kNothing) return result_;
    // Nothing else is left, so that the next look can wait.
    result_.call_again_nanos = After(now_nanos_, options_.look_nanos);
    DOLERITE_RETURN_IF_ERROR(CollectIfDue());
    return result_;
  }

 private:
  absl::Status CutOne(const Snapshot& snapshot) {
    const auto cut = DueCut(SnapshotAccess::Of(snapshot), options_, now_nanos_);
    if (!cut) return absl::OkStatus();
    const auto dataset = cut->all_datasets ? std::nullopt : std::optional(cut->dataset);
    DOLERITE_RETURN_IF_ERROR(archive_.Retain(dataset, cut->before_nanos, call_));
    result_.did = Did::kRetained;
    return absl::OkStatus();
  }

  absl::Status CompactOne(const Snapshot& snapshot) {
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<CompactionJob> jobs,
                              archive_.PlanCompaction(snapshot, options_.policy, call_));
    // The first job that fits into the budget, and no other: each call does one piece.
    for (const CompactionJob& job : jobs) {
      const std::string& first = job.inputs.front();
      if (IsTooLarge(first)) {
        result_.too_large.push_back(first);
        continue;
      }
      auto compacted = archive_.Compact(job, budget_bytes_, options_.blocks, call_, options_.rules);
      if (absl::IsResourceExhausted(compacted.status()) ||
          (compacted.ok() && compacted->changes_nothing())) {
        RememberTooLarge(first);
        result_.too_large.push_back(first);
        continue;
      }
      // Refused: another host was faster, and what is left is planned anew by the next call.
      const bool refused = absl::IsFailedPrecondition(compacted.status());
      if (!compacted.ok() && !refused) return compacted.status();
      if (compacted.ok()) result_.compaction = *std::move(compacted);
      result_.did = Did::kCompacted;
      return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  // Until it may be worth a try again: what was deleted since may have made the job smaller.
  bool IsTooLarge(const std::string& first) {
    const std::lock_guard lock(memory_.mutex);
    const auto known = memory_.too_large.find(first);
    return known != memory_.too_large.end() && known->second.budget_bytes >= budget_bytes_ &&
           known->second.again_nanos > now_nanos_;
  }
  void RememberTooLarge(const std::string& first) {
    const std::lock_guard lock(memory_.mutex);
    std::erase_if(memory_.too_large,
                  [&](const auto& entry) { return entry.second.again_nanos <= now_nanos_; });
    memory_.too_large[first] = {budget_bytes_, After(now_nanos_, 60 * kOneMinute)};
  }

  absl::Status CollectIfDue() {
    {
      const std::lock_guard lock(memory_.mutex);
      const std::optional<int64_t>& last = memory_.collected_nanos;
      // A clock that went back counts as time that is over.
      if (last && now_nanos_ >= *last && now_nanos_ < After(*last, options_.collect_nanos)) {
        return absl::OkStatus();
      }
    }
    DOLERITE_ASSIGN_OR_RETURN(result_.collected, archive_.Collect(options_.collect, call_));
    result_.did = Did::kCollected;
    const std::lock_guard lock(memory_.mutex);
    memory_.collected_nanos = now_nanos_;
    return absl::OkStatus();
  }

  Archive& archive_;
  Maintenance& memory_;
  const int64_t now_nanos_;
  const size_t budget_bytes_;
  const MaintainOptions& options_;
  const CallContext& call_;
  MaintainResult result_;
};

}  // namespace

absl::StatusOr<MaintainResult> Archive::Maintain(int64_t now_nanos, size_t budget_bytes,
                                                 const MaintainOptions& options,
                                                 const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(CheckOptions(options));
  return WithinMemory([&]() -> absl::StatusOr<MaintainResult> {
    DOLERITE_RETURN_IF_ERROR(state_->access->CheckWritable());
    Maintenance* memory = state_->maintenance.get();
    return Caretaker(this, memory, now_nanos, budget_bytes, options, call).Run();
  });
}

}  // namespace dolerite
