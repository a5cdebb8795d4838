// Deleting and retaining change the manifest alone: snapshots leave out what tombstones and cuts
// take, compaction rewrites it, the collector removes the objects.
#include <algorithm>
#include <set>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/paging.h"
#include "archive/pending.h"
#include "archive/replacement.h"
#include "archive/snapshot_state.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/dataset_reader.h"
#include "query/scan/scan.h"

namespace dolerite {
namespace {

absl::StatusOr<Tombstone> TombstoneFor(const DeleteRequest& request, int64_t now_nanos) {
  // An empty form would delete everything.
  if (request.matchers.empty() && request.profile_ids.empty()) {
    return InvalidArgument(
        "a deletion needs a selector or a profile id; to delete by time alone, "
        "retain from that time on");
  }
  Tombstone tombstone;
  tombstone.matchers = request.matchers;
  tombstone.profile_ids = request.profile_ids;
  tombstone.start_nanos = request.start_nanos;
  // Profiles of this very moment are deleted too.
  tombstone.end_nanos =
      request.end_nanos.value_or(now_nanos == INT64_MAX ? now_nanos : now_nanos + 1);
  // Selectors are compiled once here, so that a bad one is refused and not committed.
  DOLERITE_RETURN_IF_ERROR(SelectionFilter::Make(tombstone.selection()).status());
  return tombstone;
}

// What a selection takes of a snapshot.
struct Selected {
  uint64_t profiles = 0, blocks = 0;  // that are seen
  // Opened blocks without any such profile, neither one that is seen nor one that is left out.
  std::set<BlockName> clean;
};

// Adds one block. Most datasets are ruled out by their summaries, without a read.
absl::Status CountBlock(const BlockView& view, const SelectionFilter& filter,
                        const CallContext& call, Selected* out) {
  const BlockReader::Internal& block = BlockAccess::Of(*view.block);
  uint64_t seen = 0, left_out = 0;
  for (uint32_t d = 0; d < block.footer.datasets.size(); ++d) {
    if (!MayTake(filter, block.footer.datasets[d])) continue;
    IoCost io;
    io.call = &call;
    DatasetReader reader(block, d, &io);
    DOLERITE_ASSIGN_OR_RETURN(const DatasetScan scan,
                              ScanDataset(&reader, filter, view.OmissionOf(d)));
    seen += scan.profiles();
    if (seen > 0) continue;  // a block with one that is seen is not clean
    DOLERITE_ASSIGN_OR_RETURN(const DatasetScan whole, ScanDataset(&reader, filter, nullptr));
    left_out += whole.profiles();
  }
  out->profiles += seen;
  out->blocks += seen > 0;
  const auto name = BlockName::Parse(block.key);
  if (name && seen + left_out == 0) out->clean.insert(*name);
  return absl::OkStatus();
}

absl::StatusOr<Selected> CountSelected(const Snapshot& snapshot, const Selection& selection,
                                       const CallContext& call) {
  DOLERITE_ASSIGN_OR_RETURN(const SelectionFilter filter, SelectionFilter::Make(selection));
  DOLERITE_ASSIGN_OR_RETURN(const SnapshotBlocks blocks, snapshot.Open({&selection}, call));
  const Snapshot::State& state = SnapshotAccess::Of(snapshot);
  Selected out;
  for (const BlockView& view : blocks.views.blocks) {
    const absl::Status counted = CountBlock(view, filter, call, &out);
    if (!counted.ok()) return ExplainGone(state, counted, call);
  }
  return out;
}

// Drops blocks of pages that lie before cuts as a whole. Pages are not written for it: a dataset
// that is cut and has company in its block stays there, and nobody sees it.
absl::Status DropCutInPages(const ArchiveAccess& archive, Manifest* next, const CallContext& call) {
  const auto may_be_cut = [&](const PageEntry& page) {
    return std::any_of(next->cuts.begin(), next->cuts.end(),
                       [&](const Cut& cut) { return MayTake(cut, page); });
  };
  if (std::none_of(next->pages.begin(), next->pages.end(), may_be_cut)) return absl::OkStatus();
  // All pages, since other datasets of a block may lie in pages without cuts. If one of them can't
  // be read no block is known as a whole: the cut holds, and blocks go after a repair.
  const auto blocks = ReadBlocks(archive, *next, AllPages, NoneUnread, call);
  if (CannotBeRead(blocks.status())) return absl::OkStatus();
  if (!blocks.ok()) return blocks.status();
  std::vector<BlockEntry> dead;
  for (const BlockEntry& block : *blocks) {
    const auto cut = [&](const DatasetEntry& dataset) { return next->IsCut(dataset); };
    if (std::all_of(block.datasets.begin(), block.datasets.end(), cut)) dead.push_back(block);
  }
  DropBlocks(dead, next);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeleteResult> Archive::RehearseDelete(const DeleteRequest& request,
                                                     const CallContext& call) const {
  return WithinMemory([&]() -> absl::StatusOr<DeleteResult> {
    DOLERITE_ASSIGN_OR_RETURN(const Tombstone tombstone,
                              TombstoneFor(request, state_->access->host.now_nanos()));
    DOLERITE_ASSIGN_OR_RETURN(const Snapshot snapshot, TakeSnapshot(call));
    DOLERITE_ASSIGN_OR_RETURN(const Selected selected,
                              CountSelected(snapshot, tombstone.selection(), call));
    return DeleteResult{0, selected.profiles, selected.blocks};
  });
}

// Counted in a snapshot first, then committed. Profiles that are stored between the two are deleted
// without being counted. Blocks of which the count has found nothing to delete are clean of the
// deletion from the start, and are not written again for it: what is in a block never changes.
absl::StatusOr<DeleteResult> Archive::Delete(const DeleteRequest& request,
                                             const CallContext& call) {
  return WithinMemory([&]() -> absl::StatusOr<DeleteResult> {
    const ArchiveAccess& archive = *state_->access;
    DOLERITE_RETURN_IF_ERROR(archive.CheckWritable());
    DOLERITE_ASSIGN_OR_RETURN(Tombstone tombstone, TombstoneFor(request, archive.host.now_nanos()));
    DOLERITE_ASSIGN_OR_RETURN(const Snapshot snapshot, TakeSnapshot(call));
    DOLERITE_ASSIGN_OR_RETURN(const Selected selected,
                              CountSelected(snapshot, tombstone.selection(), call));
    SourceFilter filter(archive.header.dataset_label);
    DOLERITE_RETURN_IF_ERROR(filter.Add(tombstone.selection()));
    DeleteResult result{0, selected.profiles, selected.blocks};
    const auto change = [&](Manifest* next) -> absl::Status {
      // An earlier attempt of this very deletion may have landed meanwhile.
      for (const Tombstone& there : next->tombstones) {
        if (there.commit != next->commit) continue;
        result.tombstone = there.number;
        return absl::OkStatus();
      }
      tombstone.number = result.tombstone = ++next->last_tombstone;
      tombstone.manifest = next->number;
      tombstone.commit = next->commit;
      // The commit's time and not the request's: from it the collector counts how long to remember.
      tombstone.committed_nanos = next->time_nanos;
      next->tombstones.push_back(tombstone);
      const auto wanted = [&](const PageEntry& page) { return filter.WantsPage(page); };
      DOLERITE_RETURN_IF_ERROR(TakeBack(archive, selected.clean, wanted, next, call));
      return RaiseCleaned(selected.clean, archive.header.dataset_label, next);
    };
    DOLERITE_RETURN_IF_ERROR(CommitChange(archive, change, call).status());
    return result;
  });
}

absl::Status Archive::Retain(const std::optional<std::string>& dataset, int64_t before_nanos,
                             const CallContext& call) {
  return WithinMemory([&]() -> absl::Status {
    // Finds the cut again by its dataset, so a repeated call changes nothing.
    const auto change = [&](Manifest* next) {
      const Cut cut{dataset.value_or(""), !dataset.has_value(), before_nanos};
      const auto same = [&](const Cut& c) { return c.place() == cut.place(); };
      const auto there = std::find_if(next->cuts.begin(), next->cuts.end(), same);
      if (there == next->cuts.end()) {
        next->cuts.push_back(cut);
      } else {
        // A cut never falls: what was seen no more stays unseen.
        there->before_nanos = std::max(there->before_nanos, before_nanos);
      }
      std::sort(next->cuts.begin(), next->cuts.end(),
                [](const Cut& a, const Cut& b) { return a.place() < b.place(); });
      DropCut(next);
      return DropCutInPages(*state_->access, next, call);
    };
    return CommitChange(*state_->access, change, call).status();
  });
}

}  // namespace dolerite
