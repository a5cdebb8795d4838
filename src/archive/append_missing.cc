// Appending what an archive does not have yet. A profile of the block is known if a tombstone or
// cut takes it, or if a source of its time has it. Of sources the hashes of their profiles are kept
// in memory: an import of n segments reads each of them once, and not n times. A damaged source is
// passed over and named: a profile twice in the archive still counts once, a lost one never comes
// back.
#include <algorithm>
#include <atomic>
#include <utility>

#include "archive/archive_state.h"
#include "archive/metadata_cache.h"
#include "archive/profile_hashes.h"
#include "archive/snapshot_state.h"
#include "archive/sources.h"
#include "base/out_of_memory.h"
#include "base/run_tasks.h"
#include "base/status.h"
#include "query/partial_wire.h"

namespace dolerite {
namespace {

using Hashes = std::vector<ProfileHash>;

// What the cache calls the hashes of a source, which depend on the rules too.
std::string NameOf(const std::string& key, const MergeRules& rules) {
  if (!rules.change_content()) return key;
  PartialWriter wire;
  wire(rules.sample_types, rules.labels);
  return Concat(key, "\n", wire.bytes());
}

void Keep(const ArchiveAccess& archive, const std::string& name,
          std::shared_ptr<const Hashes> sorted) {
  if (archive.cache != nullptr) archive.cache->KeepProfiles(name, std::move(sorted));
}

// The profiles of a source, sorted. A name never gets another content, so they can be cached.
absl::StatusOr<std::shared_ptr<const Hashes>> HashesOf(const ArchiveAccess& archive,
                                                       const Source& source,
                                                       const MergeRules& rules,
                                                       const CallContext& call) {
  const std::string name = NameOf(source.key, rules);
  if (archive.cache != nullptr) {
    if (auto known = archive.cache->FindProfiles(name)) return known;
  }
  DOLERITE_ASSIGN_OR_RETURN(const auto reader, OpenSource(archive, source, call));
  DOLERITE_ASSIGN_OR_RETURN(Hashes hashes, HashProfiles(*reader, rules, call));
  std::sort(hashes.begin(), hashes.end());
  auto sorted = std::make_shared<const Hashes>(std::move(hashes));
  Keep(archive, name, sorted);
  return sorted;
}

// The times of a block, and how many profiles it has.
Selection TimesOf(const BlockSummary& block, uint64_t* profiles) {
  Selection times{.start_nanos = INT64_MAX, .end_nanos = INT64_MIN};
  for (const DatasetSummary& dataset : block.datasets) {
    times.start_nanos = std::min(times.start_nanos, dataset.min_time_nanos);
    times.end_nanos = std::max(times.end_nanos, dataset.max_time_nanos);
    *profiles += dataset.profiles;
  }
  if (times.end_nanos < INT64_MAX) ++times.end_nanos;
  return times;
}

// A block that is to be appended, beside what the archive holds.
class Addition {
 public:
  Addition(const ArchiveAccess& archive, const Snapshot::State& snapshot, const CallContext& call)
      : archive_(archive), snapshot_(snapshot), call_(call) {}

  // Profiles that are neither known nor deleted, by their number in the block.
  absl::StatusOr<std::vector<size_t>> FindMissing(
      const std::shared_ptr<const BlockReader>& reader) {
    uint64_t profiles = 0;
    const Selection times = TimesOf(reader->summary(), &profiles);
    if (profiles == 0) return InvalidArgument("a block without profiles is not a segment");
    DOLERITE_ASSIGN_OR_RETURN(hashes_, HashProfiles(*reader, snapshot_.manifest->rules, call_));
    DOLERITE_RETURN_IF_ERROR(FindKnown(times));
    // What was deleted is left out by the view of a segment.
    Source added;
    added.reader = reader;
    DOLERITE_ASSIGN_OR_RETURN(const SnapshotBlocks blocks,
                              OpenSources(archive_, *snapshot_.manifest, {added}, call_));
    DOLERITE_ASSIGN_OR_RETURN(std::vector<size_t> missing,
                              KeptProfiles(blocks.views.blocks[0], call_));
    std::erase_if(missing, [this](size_t profile) { return known_[profile] != 0; });
    return missing;
  }

  // Sources that could not be read.
  std::vector<Damage> TakeDamaged() { return std::move(damaged_); }

  // Notes that the archive has these profiles now, in a segment of this name.
  void Remember(const std::string& key, const std::vector<size_t>& profiles) const {
    Hashes sorted;
    for (const size_t profile : profiles) sorted.push_back(hashes_[profile]);
    std::sort(sorted.begin(), sorted.end());
    Keep(archive_, NameOf(key, snapshot_.manifest->rules),
         std::make_shared<const Hashes>(std::move(sorted)));
  }

 private:
  absl::Status FindKnown(const Selection& times) {
    SourceFilter filter(archive_.header.dataset_label);
    DOLERITE_RETURN_IF_ERROR(filter.Add(times));
    DOLERITE_ASSIGN_OR_RETURN(const ChosenSources chosen, ChooseSources(snapshot_, filter, call_));
    std::vector<std::atomic<char>> known(hashes_.size());
    std::vector<absl::Status> damage(chosen.sources.size());
    const auto look = [&](size_t i, size_t) -> absl::Status {
      const auto sorted = HashesOf(archive_, chosen.sources[i], snapshot_.manifest->rules, call_);
      if (!sorted.ok()) {
        absl::Status status = ExplainGone(snapshot_, sorted.status(), call_);
        if (!absl::IsDataLoss(status)) return status;
        damage[i] = std::move(status);
        return absl::OkStatus();
      }
      for (size_t p = 0; p < hashes_.size(); ++p) {
        if (std::binary_search((*sorted)->begin(), (*sorted)->end(), hashes_[p])) known[p] = 1;
      }
      return absl::OkStatus();
    };
    DOLERITE_RETURN_IF_ERROR(RunEach(archive_.host.executor, chosen.sources.size(), look));
    known_.assign(known.begin(), known.end());
    for (size_t i = 0; i < damage.size(); ++i) {
      if (!damage[i].ok()) damaged_.push_back({chosen.sources[i].key, damage[i]});
    }
    return absl::OkStatus();
  }

  const ArchiveAccess& archive_;
  const Snapshot::State& snapshot_;
  const CallContext& call_;
  Hashes hashes_;            // by profile of the block
  std::vector<char> known_;  // the same: whether a source has it
  std::vector<Damage> damaged_;
};

}  // namespace

absl::StatusOr<AppendResult> Archive::AppendMissing(std::string_view block, int64_t created_nanos,
                                                    const BlockOptions& options,
                                                    const CallContext& call) {
  return WithinMemory([&]() -> absl::StatusOr<AppendResult> {
    const ArchiveAccess& archive = *state_->access;
    DOLERITE_ASSIGN_OR_RETURN(BlockReader opened,
                              BlockReader::FromBytes(block, archive.host.reading, call));
    const auto reader = std::make_shared<const BlockReader>(std::move(opened));
    DOLERITE_ASSIGN_OR_RETURN(const Snapshot snapshot, TakeSnapshot(call));
    Addition addition(archive, SnapshotAccess::Of(snapshot), call);
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<size_t> missing, addition.FindMissing(reader));
    AppendResult result;
    result.damaged = addition.TakeDamaged();
    result.added = missing.size();
    for (const DatasetSummary& d : reader->summary().datasets) result.known += d.profiles;
    result.known -= result.added;
    if (result.added == 0) return result;
    std::string rest;
    // A block of which nothing is known goes in as it came.
    if (result.known > 0) {
      DOLERITE_ASSIGN_OR_RETURN(BlockBuilder builder, BlockBuilder::Make(options));
      const auto add = [&](const LabelSet& series, const Profile& profile) {
        return builder.Add(series, profile);
      };
      DOLERITE_RETURN_IF_ERROR(VisitProfiles(*reader, missing, add, call));
      DOLERITE_ASSIGN_OR_RETURN(rest, std::move(builder).Finish());
      block = rest;
    }
    result.bytes = block.size();
    DOLERITE_ASSIGN_OR_RETURN(result.key, Append(block, created_nanos, call));
    addition.Remember(result.key, missing);
    return result;
  });
}

}  // namespace dolerite
