// A page is made in three steps: entries of all blocks are sorted by dataset and time, the sorted
// entries are cut into pages, and in each page the entries of one block are put together again.
#include "archive/pages.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>
#include <utility>

#include "archive/manifest_fields.h"
#include "base/checksum.h"
#include "base/status.h"
#include "query/envelope.h"

namespace dolerite {
namespace {

constexpr Envelope kPageEnvelope = {"DOLPAGE", 1, "page"};
// The last two bytes of a name number the pages.
constexpr size_t kMostPages = 65'536;

// An entry and the block that it is of.
struct Row {
  const DatasetEntry* dataset;
  const BlockEntry* block;

  auto key() const {
    return std::tie(dataset->name, dataset->min_time_nanos, dataset->max_time_nanos, block->name);
  }
};

std::vector<Row> SortedRows(const std::vector<BlockEntry>& blocks) {
  std::vector<Row> rows;
  for (const BlockEntry& block : blocks) {
    for (const DatasetEntry& dataset : block.datasets) rows.push_back({&dataset, &block});
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key() < b.key(); });
  return rows;
}

// What the manifest says of a page.
PageEntry Describe(const std::vector<BlockEntry>& blocks) {
  PageEntry page;
  page.min_time_nanos = INT64_MAX, page.max_time_nanos = INT64_MIN;
  page.min_level = UINT32_MAX, page.min_cleaned = UINT64_MAX;
  for (const BlockEntry& block : blocks) {
    page.min_level = std::min(page.min_level, block.level);
    page.min_cleaned = std::min(page.min_cleaned, block.cleaned);
    for (const DatasetEntry& d : block.datasets) {
      if (page.entries == 0 || d.name < page.first) page.first = d.name;
      if (page.entries == 0 || d.name > page.last) page.last = d.name;
      page.min_time_nanos = std::min(page.min_time_nanos, d.min_time_nanos);
      page.max_time_nanos = std::max(page.max_time_nanos, d.max_time_nanos);
      ++page.entries;
    }
  }
  return page;
}

NewPage MakePage(const Id128& archive, const BlockName& name, std::span<const Row> rows) {
  std::map<BlockName, BlockEntry> parts;
  for (const Row& row : rows) {
    BlockEntry& part = parts[row.block->name];
    if (part.datasets.empty()) {
      const BlockEntry& b = *row.block;
      part = {b.name, b.content, b.bytes, b.level, b.cleaned, b.dropped, {}};
    }
    // Rows are sorted by dataset, so that those of a block stay sorted.
    part.datasets.push_back(*row.dataset);
  }
  Page page;
  for (auto& [block, part] : parts) page.blocks.push_back(std::move(part));
  PartialWriter wire;
  wire(archive, page.blocks, kEndMark);
  NewPage made{Describe(page.blocks), Seal(kPageEnvelope, wire.bytes())};
  made.entry.name = name;
  made.entry.hash = ContentHash128(made.bytes);
  made.entry.bytes = made.bytes.size();
  return made;
}

}  // namespace

size_t WeightOf(const std::vector<BlockEntry>& blocks) {
  size_t weight = 0;
  for (const BlockEntry& block : blocks) {
    for (const DatasetEntry& dataset : block.datasets) weight += WeightOf(dataset);
  }
  return weight;
}

absl::StatusOr<std::vector<NewPage>> MakePages(const Id128& archive, const BlockName& first,
                                               const std::vector<BlockEntry>& blocks,
                                               size_t most_entries) {
  const std::vector<Row> rows = SortedRows(blocks);
  const size_t weight = WeightOf(blocks);
  const size_t pages = (weight + most_entries - 1) / most_entries;
  // Of one size, so that no page is nearly empty.
  const size_t share = pages == 0 ? 0 : (weight + pages - 1) / pages;
  std::vector<NewPage> made;
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    size_t taken = 0;
    while (end < rows.size() && (end == begin || taken + WeightOf(*rows[end].dataset) <= share)) {
      taken += WeightOf(*rows[end++].dataset);
    }
    if (made.size() == kMostPages) return ResourceExhausted("more than 65,536 pages at once");
    BlockName name = first;
    name.job[14] = static_cast<uint8_t>(made.size() >> 8);
    name.job[15] = static_cast<uint8_t>(made.size());
    made.push_back(MakePage(archive, name, {rows.data() + begin, end - begin}));
  }
  return made;
}

absl::StatusOr<Page> DecodePage(std::string_view bytes, const PageEntry& entry,
                                const Manifest& manifest) {
  const std::string key = PageKey(entry.name);
  const auto wrong = [&](std::string_view what) { return DataLoss(key, ": ", what); };
  // The hash tells damage, a page under another's name, and another archive's.
  if (ContentHash128(bytes) != entry.hash) return wrong("its bytes are not those of the manifest");
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view content, Unseal(kPageEnvelope, bytes));
  PartialReader wire(content, key, content.size() * kMemoryPerByte);
  Id128 archive{};
  Page page;
  uint64_t end = 0;
  wire(archive, page.blocks, end);
  if (wire.ok() && end != kEndMark) wire.Fail("no end mark");
  DOLERITE_RETURN_IF_ERROR(wire.End());
  if (archive != manifest.archive) return wrong("belongs to another archive");
  if (!Ascends(page.blocks, kNameOf)) return wrong("blocks are not in order");
  for (const BlockEntry& block : page.blocks) {
    if (!IsSound(block, manifest)) return wrong("a block's entry contradicts itself");
  }
  PageEntry found = Describe(page.blocks);
  found.name = entry.name, found.hash = entry.hash, found.bytes = bytes.size();
  // Questions rely on what the manifest says of pages that they do not read.
  if (found != entry) return wrong("does not hold what the manifest says");
  return page;
}

}  // namespace dolerite
