// Compaction: a job turns its inputs into blocks of whole windows of time. It applies the
// tombstones and cuts of the manifest that it begins with; its outputs say so (`cleaned`), and a
// deletion that is committed meanwhile stays pending for them.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/replacement.h"
#include "archive/sources.h"
#include "archive/windows.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {
namespace {

// One job. The base is the manifest of its beginning: what it leaves out, and the names of its
// outputs, are the base's. What others commit meanwhile is looked at in Replace.
class Compaction {
 public:
  Compaction(const ArchiveAccess& archive, const CompactionJob& job, size_t budget_bytes,
             const BlockOptions& blocks, const CallContext& call)
      : archive_(archive), job_(job), budget_bytes_(budget_bytes), options_(blocks), call_(call) {
    // Of the archive, whatever the caller's options say.
    options_.dataset_label = archive.header.dataset_label;
  }

  absl::StatusOr<CompactionResult> Run() {
    if (job_.window_nanos <= 0)
      return InvalidArgument("CompactionJob::window_nanos is not positive");
    DOLERITE_ASSIGN_OR_RETURN(base_, ReadNewestManifest(archive_, call_));
    DOLERITE_RETURN_IF_ERROR(FindInputs());
    auto opened = OpenSources(archive_, base_, sources_, call_);
    if (absl::IsNotFound(opened.status())) return FailedPrecondition(GoneMessage(opened.status()));
    if (!opened.ok()) return opened.status();
    for (const BlockView& view : opened->views.blocks) DOLERITE_RETURN_IF_ERROR(Take(view));
    DOLERITE_RETURN_IF_ERROR(WriteOutputs());
    const auto change = [this](Manifest* next) { return Replace(change_, next); };
    DOLERITE_RETURN_IF_ERROR(CommitChange(archive_, change, call_).status());
    return std::move(result_);
  }

 private:
  static std::string GoneMessage(const absl::Status& status) {
    return Concat("an input is gone: ", ToStd(status.message()));
  }

  // Parses what may come from another host: a job is plain data.
  absl::Status FindInputs() {
    std::set<std::string_view> keys;
    std::map<BlockName, BlockEntry> live;
    const auto is_block = [](const std::string& key) { return BlockName::Parse(key).has_value(); };
    if (std::any_of(job_.inputs.begin(), job_.inputs.end(), is_block)) {
      DOLERITE_ASSIGN_OR_RETURN(std::vector<BlockEntry> all, ReadBlocks(archive_, base_, call_));
      for (BlockEntry& block : all) live.emplace(block.name, std::move(block));
    }
    for (const std::string& key : job_.inputs) {
      if (!keys.insert(key).second) return InvalidArgument("a job names an input twice: ", key);
      if (const auto segment = SegmentName::Parse(key)) {
        change_.segments.push_back(*segment);
        sources_.push_back(SourceOf(LiveSegment{*segment, 0}));
      } else if (const auto block = BlockName::Parse(key)) {
        const auto entry = live.find(*block);
        if (entry == live.end()) return FailedPrecondition(key, " is live no more");
        change_.blocks.push_back(entry->second);
        sources_.push_back(SourceOf(entry->second));
      } else {
        return InvalidArgument("a job's input is neither a segment nor a block: ", key);
      }
    }
    if (sources_.empty()) return InvalidArgument("a job has no inputs");
    change_.base = base_.number;
    // Asked of the base before the work, and of the newest manifest at the commit: only the second
    // one decides.
    return CheckLive(change_, base_);
  }

  // Adds the profiles of one input to the blocks of their windows.
  absl::Status Take(const BlockView& view) {
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<size_t> kept, KeptProfiles(view, call_));
    for (const DatasetSummary& dataset : view.block->summary().datasets) {
      result_.left_out += dataset.profiles;
    }
    result_.left_out -= kept.size();
    const auto add = [this](const LabelSet& series, const Profile& profile) {
      return Add(series, profile);
    };
    return VisitProfiles(*view.block, kept, add, call_);
  }

  absl::Status Add(const LabelSet& series, const Profile& profile) {
    // All windows are open at once, as profiles of a block come by dataset and not by time.
    const int64_t window = WindowOf(profile.time_nanos, job_.window_nanos);
    auto at = builders_.find(window);
    if (at == builders_.end()) {
      DOLERITE_ASSIGN_OR_RETURN(BlockBuilder builder, BlockBuilder::Make(options_));
      at = builders_.emplace(window, std::move(builder)).first;
    }
    const size_t before = at->second.memory_bytes();
    DOLERITE_RETURN_IF_ERROR(at->second.Add(series, profile));
    held_bytes_ += at->second.memory_bytes() - before;
    ++result_.profiles;
    if (held_bytes_ <= budget_bytes_) return absl::OkStatus();
    return ResourceExhausted("the job needs more than the ", budget_bytes_,
                             " bytes that it may hold");
  }

  // Blocks become visible one by one, but nobody looks at them before they are committed.
  absl::Status WriteOutputs() {
    const Id128 job = archive_.NewId();
    for (auto& [window, builder] : builders_) {
      DOLERITE_RETURN_IF_ERROR(call_.Check());
      BlockEntry entry;
      entry.name = {base_.number, job};
      // The last two bytes number the outputs of a job; the rest tells jobs apart.
      entry.name.job[14] = static_cast<uint8_t>(change_.outputs.size() >> 8);
      entry.name.job[15] = static_cast<uint8_t>(change_.outputs.size());
      if (change_.outputs.size() > 0xffff)
        return ResourceExhausted("a job makes more than 65,536 blocks");
      DOLERITE_ASSIGN_OR_RETURN(const std::string bytes, std::move(builder).Finish());
      // Read back, so that a block which can't be opened is never committed.
      DOLERITE_ASSIGN_OR_RETURN(const BlockReader made,
                                BlockReader::FromBytes(bytes, archive_.host.reading, call_));
      entry.content = made.summary().id;
      entry.bytes = bytes.size();
      entry.level = job_.level;
      // The base's: a tombstone that is committed during the job is pending for its outputs.
      entry.cleaned = base_.last_tombstone;
      for (const DatasetSummary& d : made.summary().datasets) {
        entry.datasets.push_back({d.name, d.profiles, d.min_time_nanos, d.max_time_nanos});
      }
      std::sort(entry.datasets.begin(), entry.datasets.end(),
                [](const DatasetEntry& a, const DatasetEntry& b) { return a.name < b.name; });
      DOLERITE_RETURN_IF_ERROR(
          archive_.store->Put(entry.name.key(), bytes, {}, {.context = call_}).status());
      result_.outputs.push_back(entry.name.key());
      change_.outputs.push_back(std::move(entry));
    }
    return absl::OkStatus();
  }

  const ArchiveAccess& archive_;
  const CompactionJob& job_;
  const size_t budget_bytes_;
  BlockOptions options_;
  const CallContext& call_;
  Manifest base_;
  std::vector<Source> sources_;
  Replacement change_;                        // of the manifest, once the outputs are there
  std::map<int64_t, BlockBuilder> builders_;  // by window
  size_t held_bytes_ = 0;
  CompactionResult result_;
};

}  // namespace

absl::StatusOr<CompactionResult> Archive::Compact(const CompactionJob& job, size_t budget_bytes,
                                                  const BlockOptions& blocks,
                                                  const CallContext& call) {
  return WithinMemory([&]() -> absl::StatusOr<CompactionResult> {
    DOLERITE_RETURN_IF_ERROR(state_->access->CheckWritable());
    return Compaction(*state_->access, job, budget_bytes, blocks, call).Run();
  });
}

}  // namespace dolerite
