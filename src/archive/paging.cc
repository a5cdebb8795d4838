// Pages that were made together are a run: no two of them have an entry in common, and they ascend
// by dataset. When the manifest is full its blocks become the newest run, together with older runs
// of less than twice the size: so each run is at least twice as large as the next one, there are
// few, and old ones, which hold nearly all entries, are seldom written again. A run that is written
// loses its dropped blocks, whose names need not be remembered any more then.
#include "archive/paging.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "archive/block_list.h"
#include "archive/pages.h"
#include "archive/replacement.h"
#include "base/status.h"

namespace dolerite {
namespace {

using NameSet = std::set<BlockName>;
using Pages = std::vector<std::shared_ptr<const Page>>;

// The runs of a manifest, oldest first. Pages are sorted by name: those of one job are neighbours,
// those of later manifests come last.
std::vector<std::span<const PageEntry>> RunsOf(const Manifest& manifest) {
  std::vector<std::span<const PageEntry>> runs;
  for (const PageEntry& page : manifest.pages) {
    if (runs.empty() || !runs.back().front().name.SameJob(page.name)) runs.emplace_back(&page, 0);
    runs.back() = {runs.back().data(), runs.back().size() + 1};
  }
  return runs;
}

void Choose(std::span<const PageEntry> run, NameSet* chosen) {
  for (const PageEntry& page : run) chosen->insert(page.name);
}

// Pages of the runs that are to be written again, newest run first.
NameSet ChooseRuns(const Manifest& manifest, bool all) {
  NameSet chosen;
  size_t entries = WeightOf(manifest.blocks);
  const auto runs = RunsOf(manifest);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    size_t of_run = 0;
    for (const PageEntry& page : *run) of_run += page.entries;
    if (!all && of_run >= 2 * entries) break;
    Choose(*run, &chosen);
    entries += of_run;
  }
  return chosen;
}

// Takes the blocks of the chosen pages back into the manifest.
void Unpage(const NameSet& chosen, const Pages& pages, Manifest* next) {
  NameSet named;  // live or dropped
  for (const auto& page : pages) {
    for (const BlockEntry& block : page->blocks) {
      const bool first = named.insert(block.name).second;
      if (next->FindDropped(block.name) != nullptr) continue;
      next->blocks.push_back(block);
      if (first) Subtract(block, next);
    }
  }
  next->blocks = JoinParts(std::move(next->blocks));
  for (DroppedBlock& block : next->dropped) {
    if (named.count(block.name) > 0) block.paged = false;
  }
  for (const BlockName& page : chosen) next->dropped_pages.push_back({page, next->number});
  std::sort(next->dropped_pages.begin(), next->dropped_pages.end(),
            [](const DroppedPage& a, const DroppedPage& b) { return a.name < b.name; });
  std::erase_if(next->pages, [&](const PageEntry& page) { return chosen.count(page.name) > 0; });
}

absl::StatusOr<Pages> ReadChosen(const ArchiveAccess& archive, const Manifest& manifest,
                                 const NameSet& chosen, const CallContext& call) {
  const auto is_chosen = [&](const PageEntry& page) { return chosen.count(page.name) > 0; };
  return ReadPages(archive, manifest, is_chosen, NoneUnread, nullptr, call);
}

// Moves all blocks of the manifest into a new run.
absl::Status WriteRun(const ArchiveAccess& archive, Manifest* next, const CallContext& call) {
  const BlockName first{next->number - 1, archive.NewId()};
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<NewPage> pages,
                            MakePages(next->archive, first, next->blocks, archive.page_entries()));
  for (const NewPage& page : pages) {
    // Nobody looks at a page before a manifest names it: that of a failed commit is an orphan.
    const std::string key = PageKey(page.entry.name);
    const absl::Status put = archive.store->Put(key, page.bytes, {}, {.context = call}).status();
    // Names are random: an earlier attempt of this very put was not known again. Another has
    // another name.
    if (absl::IsAlreadyExists(put)) return Aborted(key, " is there already; try again");
    DOLERITE_RETURN_IF_ERROR(put);
    next->pages.push_back(page.entry);
  }
  for (const BlockEntry& block : next->blocks) {
    ++next->paged_blocks, next->paged_bytes += block.bytes;
  }
  next->blocks.clear();
  return absl::OkStatus();
}

}  // namespace

absl::Status PageOut(const ArchiveAccess& archive, size_t most, Manifest* next,
                     const CallContext& call) {
  const auto paged = [](const DroppedBlock& block) { return block.paged; };
  const size_t worn = std::count_if(next->dropped.begin(), next->dropped.end(), paged);
  const bool full = WeightOf(next->blocks) > most;
  if (!full && worn <= most) return absl::OkStatus();
  NameSet chosen = ChooseRuns(*next, worn > most);
  auto pages = ReadChosen(archive, *next, chosen, call);
  // A page that can't be read must not stop commits: older runs stay as they are then.
  if (absl::IsDataLoss(pages.status())) {
    if (!full) return absl::OkStatus();
    chosen.clear();
    pages.emplace();
  }
  if (!pages.ok()) return pages.status();
  Unpage(chosen, *pages, next);
  DropCut(next);
  // New names have the newest base, so they sort behind all others.
  return WriteRun(archive, next, call);
}

absl::Status TakeBack(const ArchiveAccess& archive, const NameSet& blocks, const PageFilter& wanted,
                      Manifest* next, const CallContext& call) {
  if (blocks.empty()) return absl::OkStatus();
  const auto looked = ReadPages(archive, *next, wanted, NoneUnread, nullptr, call);
  if (CannotBeRead(looked.status())) return absl::OkStatus();
  if (!looked.ok()) return looked.status();
  NameSet chosen;
  auto page = looked->begin();
  for (const std::span<const PageEntry> run : RunsOf(*next)) {
    uint64_t of_pages = 0;
    std::map<BlockName, uint64_t> bytes;
    for (const PageEntry& entry : run) {
      of_pages += entry.bytes;
      if (!wanted(entry)) continue;
      for (const BlockEntry& block : (*page++)->blocks) {
        if (blocks.count(block.name) > 0) bytes[block.name] = block.bytes;
      }
    }
    uint64_t of_blocks = 0;
    for (const auto& [name, size] : bytes) of_blocks += size;
    if (of_blocks > of_pages) Choose(run, &chosen);
  }
  if (chosen.empty()) return absl::OkStatus();
  const auto pages = ReadChosen(archive, *next, chosen, call);
  if (CannotBeRead(pages.status())) return absl::OkStatus();
  if (!pages.ok()) return pages.status();
  Unpage(chosen, *pages, next);
  DropCut(next);
  return absl::OkStatus();
}

}  // namespace dolerite
