// Repair has four phases. It looks for the newest manifest that can be read, and at what has come
// after it. It takes what that manifest names and the store still has. It adds blocks of the store
// that the manifest does not name: those of lost manifests and pages, and orphans, whose profiles
// are left out by snapshots where other sources have them. It commits all that as a manifest above
// every number that was ever listed. Quarantined inputs are read again on the way.
#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/paging.h"
#include "archive/replacement.h"
#include "archive/sources.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {
namespace {

// A host that commits meanwhile is waited for so often. Hosts that do not stop are told of.
constexpr int kMostTries = 8;

class Mending {
 public:
  Mending(const ArchiveAccess& archive, const CallContext& call) : archive_(archive), call_(call) {}

  absl::StatusOr<RepairResult> Run() {
    DOLERITE_RETURN_IF_ERROR(FindSound());
    DOLERITE_ASSIGN_OR_RETURN(blocks_, ListSizes(archive_, kBlocks, call_));
    DOLERITE_RETURN_IF_ERROR(FindBases());
    DOLERITE_RETURN_IF_ERROR(TakeNamed());
    DOLERITE_RETURN_IF_ERROR(AddOthers());
    DOLERITE_RETURN_IF_ERROR(Revive());
    DOLERITE_RETURN_IF_ERROR(FindHealed());
    if (!result_.lost.empty()) {
      Lift(&next_);
      DOLERITE_RETURN_IF_ERROR(Commit());
    } else if (!result_.lifted.empty()) {
      // The chain is sound: a commit like any other.
      const auto lift = [this](Manifest* next) { return Lift(next), absl::OkStatus(); };
      DOLERITE_RETURN_IF_ERROR(CommitChange(archive_, lift, call_).status());
    }
    return std::move(result_);
  }

 private:
  // What has been seen is of two states of the archive.
  static absl::Status Changed() {
    return Aborted("others change the archive: stop them and repair it again");
  }

  void Lose(std::string what) { result_.lost.push_back(std::move(what)); }

  absl::Status FindSound() {
    DOLERITE_ASSIGN_OR_RETURN(const auto listed, ListSizes(archive_, kManifests, call_));
    next_.archive = archive_.header.id;
    for (const auto& [key, size] : listed) {  // newest first
      const auto number = ParseManifestKey(key);
      if (!number || *number == 0) continue;  // nobody's
      newest_ = std::max(newest_, *number);
      DOLERITE_RETURN_IF_ERROR(call_.Check());
      auto manifest = ReadManifest(archive_, *number, "", call_);
      // Bytes may have been damaged on the way alone, and what is given up here stays lost.
      if (CannotBeRead(manifest.status())) manifest = ReadManifest(archive_, *number, "", call_);
      if (absl::IsNotFound(manifest.status())) return Changed();
      if (manifest.ok()) {
        next_ = *std::move(manifest);
        break;
      }
      // A store that fails would make sound manifests look lost.
      if (!CannotBeRead(manifest.status())) return manifest.status();
      Lose(Concat("manifest ", *number, " can't be read (", ToStd(manifest.status().message()),
                  "): deletions and retention since the one before it are lost"));
    }
    result_.continued = next_.number;
    if (next_.number == 0) {
      Lose(
          "no manifest can be read: deletions and retention are lost, and what was deleted and is "
          "still stored comes back");
    }
    return absl::OkStatus();
  }

  // Each block and page began with a manifest that was there.
  absl::Status FindBases() {
    DOLERITE_ASSIGN_OR_RETURN(const auto pages, ListSizes(archive_, kPages, call_));
    const uint64_t listed = newest_;
    const auto add = [this](const std::optional<BlockName>& name) {
      if (name) newest_ = std::max(newest_, name->base);
    };
    for (const auto& [key, size] : blocks_) add(BlockName::Parse(key));
    for (const auto& [key, size] : pages) add(ParsePageKey(key));
    if (newest_ == listed) return absl::OkStatus();
    DOLERITE_ASSIGN_OR_RETURN(const auto again, ListSizes(archive_, kManifests, call_));
    for (const auto& [key, size] : again) {
      if (ParseManifestKey(key).value_or(0) > listed) return Changed();
    }
    if (listed > 0) {
      Lose(Concat("manifests after number ", listed, " are lost, ", newest_,
                  " among them: so are the deletions and the retention in them"));
    }
    return absl::OkStatus();
  }

  // Blocks of the sound manifest, and of its pages as far as they can be read.
  absl::Status TakeNamed() {
    const auto unread = [this](const PageEntry& page, const absl::Status& status) -> absl::Status {
      if (!absl::IsAborted(status) && !CannotBeRead(status)) return status;
      partial_ = true;
      Lose(Concat(PageKey(page.name), " can't be read (", ToStd(status.message()),
                  "): blocks that only it names are read anew"));
      return absl::OkStatus();
    };
    DOLERITE_ASSIGN_OR_RETURN(next_.blocks, ReadBlocks(archive_, next_, AllPages, unread, call_));
    const auto gone = [&](const BlockEntry& block) { return blocks_.count(block.name.key()) == 0; };
    for (const BlockEntry& block : next_.blocks) {
      if (gone(block)) {
        Lose(Concat(block.name.key(),
                    " is not in the store: its profiles are lost, but for those "
                    "that its inputs still hold"));
        missing_ = true;
      }
    }
    std::erase_if(next_.blocks, gone);
    return absl::OkStatus();
  }

  // Blocks that nothing names. Those below the floor are garbage, unless a manifest or page is
  // lost.
  absl::Status AddOthers() {
    std::set<BlockName> known;
    for (const DroppedBlock& block : next_.dropped) known.insert(block.name);
    if (!partial_) {
      for (const BlockEntry& block : next_.blocks) known.insert(block.name);
    }
    const bool all = !result_.lost.empty();
    for (const auto& [key, size] : blocks_) {
      const auto name = BlockName::Parse(key);
      if (!name || known.count(*name) > 0 || (!all && name->base < next_.floor)) continue;
      DOLERITE_RETURN_IF_ERROR(Add(*name));
    }
    return absl::OkStatus();
  }

  // Reads a block's entry from the block.
  absl::Status Add(const BlockName& name) {
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    const BlockEntry* there = next_.FindBlock(name);
    const std::string key = name.key();
    const auto reader = BlockReader::Open(archive_.store, key, archive_.host.reading, call_);
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    if (!reader.ok() && !CannotBeRead(reader.status())) return reader.status();
    if (!reader.ok() || reader->summary().datasets.empty()) {
      // What a manifest names stays named, and says itself what is wrong.
      if (there == nullptr) Lose(Concat(key, " can't be read, and the collector will remove it"));
      return absl::OkStatus();
    }
    BlockEntry entry = there == nullptr ? BlockEntry() : *there;
    entry.name = name;
    entry.Describe(reader->summary());
    if (there == nullptr) {
      // What is not known is taken to be the least: it is compacted again, with all deletions.
      entry.level = 1;
      ++result_.added;
      Lose(Concat(key, " was named by no manifest that can be read, and is live now"));
    }
    added_.push_back(std::move(entry));
    return absl::OkStatus();
  }

  // Inputs of blocks that are missing, as far as the collector has not removed them: what other
  // blocks have of them too is left out by snapshots.
  absl::Status Revive() {
    if (!missing_) return absl::OkStatus();
    next_.consumed.clear();
    for (const DroppedBlock& block : std::exchange(next_.dropped, {})) {
      if (blocks_.count(block.name.key()) > 0) DOLERITE_RETURN_IF_ERROR(Add(block.name));
    }
    Lose("inputs that were compacted and are still stored are live again");
    return absl::OkStatus();
  }

  // Quarantined inputs that can be read now. What is damaged still, or gone, stays quarantined.
  absl::Status FindHealed() {
    for (const QuarantinedInput& input : next_.quarantined) {
      std::optional<Source> source;
      if (const auto segment = SegmentName::Parse(input.key)) {
        source = SourceOf(LiveSegment{*segment, 0});
      } else if (const auto block = BlockName::Parse(input.key)) {
        if (const BlockEntry* entry = next_.FindBlock(*block)) source = SourceOf(*entry);
      }
      if (!source) continue;
      const auto well = ReadsWell(archive_, *source, call_);
      if (!well.ok() && !absl::IsNotFound(well.status())) return well.status();
      if (well.ok() && *well) result_.lifted.push_back(input.key);
    }
    return absl::OkStatus();
  }
  void Lift(Manifest* next) const {
    const std::set<std::string> keys(result_.lifted.begin(), result_.lifted.end());
    std::erase_if(next->quarantined,
                  [&](const QuarantinedInput& input) { return keys.count(input.key) > 0; });
  }

  // The floor is the new manifest: jobs that began before must not be committed on top, since
  // nobody knows what became of their inputs.
  absl::Status Commit() {
    if (newest_ == UINT64_MAX) return OutOfRange("the archive has no manifest numbers left");
    next_.number = next_.floor = newest_ + 1;
    next_.commit = archive_.NewId();
    next_.time_nanos = std::max(next_.time_nanos, archive_.host.now_nanos());
    std::set<BlockName> anew;
    for (const BlockEntry& block : added_) anew.insert(block.name);
    std::erase_if(next_.blocks, [&](const BlockEntry& b) { return anew.count(b.name) > 0; });
    std::move(added_.begin(), added_.end(), std::back_inserter(next_.blocks));
    next_.blocks = JoinParts(std::move(next_.blocks));
    result_.blocks = next_.blocks.size();
    // All blocks are in the manifest now, and go to new pages if they are too many.
    for (const PageEntry& page : next_.pages) {
      next_.dropped_pages.push_back({page.name, next_.number});
    }
    std::sort(next_.dropped_pages.begin(), next_.dropped_pages.end(),
              [](const DroppedPage& a, const DroppedPage& b) { return a.name < b.name; });
    next_.pages.clear();
    next_.paged_blocks = next_.paged_bytes = 0;
    for (DroppedBlock& block : next_.dropped) block.paged = false;
    DropCut(&next_);
    DOLERITE_RETURN_IF_ERROR(PageOut(archive_, archive_.page_entries(), &next_, call_));
    const std::string key = ManifestKey(next_.number);
    const absl::Status put =
        archive_.store->Put(key, EncodeManifest(next_), {}, {.context = call_}).status();
    if (absl::IsAlreadyExists(put)) return Changed();
    DOLERITE_RETURN_IF_ERROR(put);
    result_.manifest = next_.number;
    return absl::OkStatus();
  }

  const ArchiveAccess& archive_;
  const CallContext& call_;
  uint64_t newest_ = 0;  // the highest number that is listed
  Manifest next_;        // what is going to be committed
  Sizes blocks_;         // of the store
  std::vector<BlockEntry> added_;
  bool partial_ = false;  // a page can't be read, so that blocks may lack datasets
  bool missing_ = false;  // a live block is not in the store
  RepairResult result_;
};

}  // namespace

absl::StatusOr<RepairResult> Archive::Repair(const CallContext& call) {
  return WithinMemory([&]() -> absl::StatusOr<RepairResult> {
    DOLERITE_RETURN_IF_ERROR(state_->access->CheckWritable());
    ArchiveAccess archive = *state_->access;
    archive.cache = nullptr;
    for (int tries = 1;; ++tries) {
      auto result = Mending(archive, call).Run();
      if (!absl::IsAborted(result.status()) || tries == kMostTries) return result;
    }
  });
}

}  // namespace dolerite
