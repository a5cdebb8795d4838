// The list of live blocks is the manifest's own blocks and those of its pages. A page has a part of
// a block: some of its datasets. So who wants whole blocks reads pages, leaves out what the
// manifest has dropped since they were written, and joins the parts by name.
#include "archive/block_list.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "archive/metadata_cache.h"
#include "base/run_tasks.h"
#include "base/status.h"

namespace dolerite {
namespace {

// Decoded pages take several times their bytes.
constexpr uint64_t kMemoryOfPageByte = 4;

// Some pages that are read at once.
class PageReading {
 public:
  PageReading(const ArchiveAccess& archive, const Manifest& manifest, const CallContext& call)
      : archive_(archive), manifest_(manifest), call_(call) {}

  absl::StatusOr<std::vector<std::shared_ptr<const Page>>> Run(const PageFilter& wanted,
                                                               const UnreadPage& unread,
                                                               QueryCost* cost) {
    for (const PageEntry& page : manifest_.pages) {
      if (wanted(page)) entries_.push_back(&page);
    }
    pages_.resize(entries_.size());
    // All are read, side by side; only then it is decided what becomes of those that failed, in the
    // order of the manifest.
    std::vector<absl::Status> statuses(entries_.size());
    const auto read = [&](size_t i, size_t) {
      auto page = ReadOne(*entries_[i]);
      statuses[i] = page.status();
      if (page.ok()) pages_[i] = *std::move(page);
      return absl::OkStatus();
    };
    DOLERITE_RETURN_IF_ERROR(RunEach(archive_.host.executor, entries_.size(), read));
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (!statuses[i].ok()) DOLERITE_RETURN_IF_ERROR(unread(*entries_[i], statuses[i]));
    }
    std::erase(pages_, nullptr);
    if (cost != nullptr) cost->requests += requests_, cost->bytes_read += bytes_;
    return std::move(pages_);
  }

 private:
  absl::StatusOr<std::shared_ptr<const Page>> ReadOne(const PageEntry& entry) {
    if (archive_.cache != nullptr) {
      if (auto page = archive_.cache->FindPage(entry)) return page;
    }
    // Nobody deletes a live page: one that is gone was given up by a newer manifest, or is lost.
    const std::string key = PageKey(entry.name);
    auto read = archive_.store->Read(key, ByteRange::All(), {.context = call_});
    if (absl::IsNotFound(read.status())) {
      return Aborted("the manifest that was read is too old, its page is gone: ", key);
    }
    if (!read.ok()) return read.status();
    ++requests_;
    bytes_ += read->slice.bytes.size();
    DOLERITE_ASSIGN_OR_RETURN(Page decoded, DecodePage(read->slice.bytes, entry, manifest_));
    auto page = std::make_shared<const Page>(std::move(decoded));
    if (archive_.cache != nullptr) {
      archive_.cache->KeepPage(entry, page, read->slice.bytes.size() * kMemoryOfPageByte);
    }
    return page;
  }

  const ArchiveAccess& archive_;
  const Manifest& manifest_;
  const CallContext& call_;
  std::vector<const PageEntry*> entries_;
  std::vector<std::shared_ptr<const Page>> pages_;  // by entry
  std::atomic<uint64_t> requests_{0}, bytes_{0};
};

// Puts the parts of one block together. No dataset is in two of them, unless someone forged pages.
void Join(BlockEntry* block, const BlockEntry& part) {
  std::vector<DatasetEntry>& all = block->datasets;
  all.insert(all.end(), part.datasets.begin(), part.datasets.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const DatasetEntry& a, const DatasetEntry& b) { return a.name < b.name; });
  const auto same = [](const DatasetEntry& a, const DatasetEntry& b) { return a.name == b.name; };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
}

}  // namespace

absl::StatusOr<std::vector<std::shared_ptr<const Page>>> ReadPages(
    const ArchiveAccess& archive, const Manifest& manifest, const PageFilter& wanted,
    const UnreadPage& unread, QueryCost* cost, const CallContext& call) {
  return PageReading(archive, manifest, call).Run(wanted, unread, cost);
}

absl::Status VisitBlocks(const ArchiveAccess& archive, const Manifest& manifest,
                         const PageFilter& wanted,
                         const std::function<void(const BlockEntry& block)>& visit, QueryCost* cost,
                         const CallContext& call) {
  DOLERITE_ASSIGN_OR_RETURN(const auto pages,
                            ReadPages(archive, manifest, wanted, NoneUnread, cost, call));
  for (const BlockEntry& block : manifest.blocks) visit(block);
  for (const auto& page : pages) {
    for (const BlockEntry& block : page->blocks) {
      if (manifest.FindDropped(block.name) == nullptr) visit(block);
    }
  }
  return absl::OkStatus();
}

std::vector<BlockEntry> JoinParts(std::vector<BlockEntry> parts) {
  std::stable_sort(parts.begin(), parts.end(),
                   [](const BlockEntry& a, const BlockEntry& b) { return a.name < b.name; });
  std::vector<BlockEntry> blocks;
  for (BlockEntry& part : parts) {
    if (!blocks.empty() && blocks.back().name == part.name) {
      Join(&blocks.back(), part);
    } else {
      blocks.push_back(std::move(part));
    }
  }
  return blocks;
}

absl::StatusOr<std::vector<BlockEntry>> ReadBlocks(const ArchiveAccess& archive,
                                                   const Manifest& manifest,
                                                   const PageFilter& wanted,
                                                   const UnreadPage& unread,
                                                   const CallContext& call) {
  DOLERITE_ASSIGN_OR_RETURN(const auto pages,
                            ReadPages(archive, manifest, wanted, unread, nullptr, call));
  std::vector<BlockEntry> parts = manifest.blocks;
  for (const auto& page : pages) {
    for (const BlockEntry& block : page->blocks) {
      if (manifest.FindDropped(block.name) == nullptr) parts.push_back(block);
    }
  }
  return JoinParts(std::move(parts));
}

}  // namespace dolerite
