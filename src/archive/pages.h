// Pages: parts of a long list of blocks, each an object that is written once (ARCHIVE.md, "Pages").
#ifndef DOLERITE_ARCHIVE_PAGES_H_
#define DOLERITE_ARCHIVE_PAGES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "archive/manifest.h"

namespace dolerite {

// What a page holds: blocks by name, each with those of its datasets that lie in the page.
struct Page {
  std::vector<BlockEntry> blocks;
};

// Entries are the datasets of blocks. So many fit into a page, and beside pages into a manifest.
inline constexpr size_t kMostEntries = 4096;

// What an entry counts. Long names count more, so that a page has a bounded size.
inline size_t WeightOf(const DatasetEntry& entry) { return 1 + entry.name.size() / 256; }
size_t WeightOf(const std::vector<BlockEntry>& blocks);

struct NewPage {
  PageEntry entry;
  std::string bytes;
};

// Pages of all entries of some blocks, sorted by dataset and time, in as few pages of about one
// size as hold `most_entries` each. `first` names the first one; the others follow it.
// ResourceExhausted past 65,536 pages.
absl::StatusOr<std::vector<NewPage>> MakePages(const Id128& archive, const BlockName& first,
                                               const std::vector<BlockEntry>& blocks,
                                               size_t most_entries);

// The page of an entry of the manifest. DataLoss if the bytes are not those that the manifest
// means, or contradict it.
absl::StatusOr<Page> DecodePage(std::string_view bytes, const PageEntry& entry,
                                const Manifest& manifest);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_PAGES_H_
