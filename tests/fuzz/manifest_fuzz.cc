// libFuzzer: whatever bytes call themselves a manifest, a page or an archive's header, reading them
// does no harm, what is taken is written the same way again, and an archive whose newest manifest
// it is can be used: calls answer or fail, and no block that is live is deleted. Each input is read
// as it is, and once more as the content of a sealed manifest, page and header.
#include "archive/manifest.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "archive/pages.h"
#include "base/checksum.h"
#include "dolerite/archive.h"
#include "dolerite/stores.h"
#include "query/envelope.h"
#include "support/must.h"

namespace {

using dolerite::Archive;
using dolerite::EncodeArchiveHeader;
using dolerite::EncodeManifest;
using dolerite::Manifest;
using dolerite::testing::Must;

dolerite::ArchiveHost Host() {
  dolerite::ArchiveHost host;
  host.random = [] { return uint64_t{7}; };
  host.now_nanos = [] { return INT64_MAX; };
  host.page_entries = 2;
  return host;
}

// Objects are rubbish, so that calls end where they would read blocks.
void Use(const Manifest& manifest) {
  const auto store = dolerite::MakeMemoryStore();
  Must(store
           ->Put("archive",
                 EncodeArchiveHeader(dolerite::ArchiveHeader{manifest.archive, "service_name"}))
           .ok());
  Must(store->Put(dolerite::ManifestKey(manifest.number), EncodeManifest(manifest)).ok());
  for (const dolerite::BlockEntry& block : manifest.blocks) {
    Must(store->Put(block.name.key(), "rubbish").ok());
  }
  auto archive = Archive::Open(store.get(), Host());
  Must(archive.ok());
  const auto snapshot = archive->TakeSnapshot();
  if (!snapshot.ok()) return;
  const dolerite::Selection everything;
  snapshot->Open({&everything}).status().IgnoreError();
  const auto jobs = archive->PlanCompaction(*snapshot, {});
  if (jobs.ok() && !jobs->empty()) {
    archive->Compact(jobs->front(), size_t{1} << 20).status().IgnoreError();
  }
  const dolerite::CollectOptions impatient = {.grace_nanos = 0, .tombstone_nanos = 0};
  archive->Collect(impatient).status().IgnoreError();
  // Commits, and puts most blocks into pages.
  archive->Retain(std::nullopt, INT64_MIN).IgnoreError();
  archive->TakeSnapshot().status().IgnoreError();
  // What is live stays; a block whose datasets are all cut goes at any commit.
  for (const dolerite::BlockEntry& block : manifest.blocks) {
    const bool is_cut = std::all_of(block.datasets.begin(), block.datasets.end(),
                                    [&](const auto& dataset) { return manifest.IsCut(dataset); });
    Must(is_cut || store->Head(block.name.key()).ok());
  }
}

void Read(std::string_view bytes) {
  const auto manifest = dolerite::DecodeManifest(bytes);
  if (manifest.ok()) {
    Must(EncodeManifest(*dolerite::DecodeManifest(EncodeManifest(*manifest))) ==
         EncodeManifest(*manifest));
    Use(*manifest);
  }
  const auto header = dolerite::DecodeArchiveHeader(bytes);
  if (header.ok()) Must(dolerite::DecodeArchiveHeader(EncodeArchiveHeader(*header)).ok());
}

// A page that a manifest names by its hash; what else the manifest says is compared at the end.
void ReadPage(const std::string& bytes) {
  Manifest manifest;
  manifest.number = manifest.last_tombstone = UINT64_MAX;
  dolerite::PageEntry entry;
  entry.hash = dolerite::ContentHash128(bytes);
  DecodePage(bytes, entry, manifest).status().IgnoreError();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Read(bytes);
  Read(dolerite::Seal({"DOLMANI", 1, "manifest"}, bytes));
  ReadPage(bytes);
  ReadPage(dolerite::Seal({"DOLPAGE", 1, "page"}, bytes));
  Read(dolerite::Seal({"DOLARCH", 1, "archive header"}, bytes));
  return 0;
}
