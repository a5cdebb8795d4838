// Manifests, pages, hashes of profiles and open blocks that archives have read, so that nothing is
// read twice.
#ifndef DOLERITE_ARCHIVE_METADATA_CACHE_H_
#define DOLERITE_ARCHIVE_METADATA_CACHE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "archive/pages.h"
#include "archive/profile_hashes.h"
#include "dolerite/archive.h"
#include "dolerite/block_reader.h"
#include "store/least_recent.h"

namespace dolerite {

// Values by name, up to a number of bytes; the least recently used one goes first. Safe from many
// threads.
template <class Value>
class SharedLeastRecent {
 public:
  explicit SharedLeastRecent(uint64_t most_bytes) : most_bytes_(most_bytes), values_(most_bytes) {}

  bool keeps() const { return most_bytes_ > 0; }
  Value Find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const Value* found = values_.Find(name);
    return found == nullptr ? nullptr : *found;
  }
  void Keep(const std::string& name, Value value, uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> dropped;
    values_.Add(name, std::move(value), bytes, &dropped);
  }
  void Drop(const std::string& prefix) {
    const std::lock_guard lock(mutex_);
    values_.ErasePrefix(prefix);
  }

 private:
  const uint64_t most_bytes_;
  std::mutex mutex_;
  LeastRecent<Value> values_;
};

// Of all archives; names begin with a number of the archive.
class ArchiveCache {
 public:
  using Pages = std::shared_ptr<const Page>;
  using Profiles = std::shared_ptr<const std::vector<ProfileHash>>;
  using Reader = std::shared_ptr<const BlockReader>;

  ArchiveCache(uint64_t metadata_bytes, uint64_t reader_bytes)
      : pages(metadata_bytes), profiles(metadata_bytes), readers(reader_bytes) {}

  uint64_t NextNumber() { return number_.fetch_add(1); }

  SharedLeastRecent<Pages> pages;
  SharedLeastRecent<Profiles> profiles;
  SharedLeastRecent<Reader> readers;

 private:
  std::atomic<uint64_t> number_{0};
};

// One archive's part of it, and its manifest. Safe from many threads.
class MetadataCache {
 public:
  explicit MetadataCache(std::shared_ptr<ArchiveCache> shared)
      : shared_(std::move(shared)), prefix_(std::to_string(shared_->NextNumber()) + "/") {}
  // Readers hold the archive's store, which may die after it.
  ~MetadataCache() {
    shared_->pages.Drop(prefix_);
    shared_->profiles.Drop(prefix_);
    shared_->readers.Drop(prefix_);
  }
  MetadataCache(const MetadataCache&) = delete;
  MetadataCache& operator=(const MetadataCache&) = delete;

  // The newest manifest that was read last. A store's version tells it from another object that
  // came under the same name.
  std::shared_ptr<const Manifest> FindManifest(uint64_t number, const std::string& version) const {
    const std::lock_guard lock(mutex_);
    const bool same = manifest_ != nullptr && manifest_->number == number && version_ == version;
    return same ? manifest_ : nullptr;
  }
  void KeepManifest(std::shared_ptr<const Manifest> manifest, std::string version) {
    const std::lock_guard lock(mutex_);
    manifest_ = std::move(manifest), version_ = std::move(version);
  }

  ArchiveCache::Pages FindPage(const PageEntry& entry) {
    return shared_->pages.Find(NameOf(entry));
  }
  void KeepPage(const PageEntry& entry, ArchiveCache::Pages page, uint64_t bytes) {
    shared_->pages.Keep(NameOf(entry), std::move(page), bytes);
  }

  // Hashes of the profiles of a segment or block, sorted.
  using Profiles = ArchiveCache::Profiles;
  Profiles FindProfiles(const std::string& key) { return shared_->profiles.Find(prefix_ + key); }
  void KeepProfiles(const std::string& key, Profiles profiles) {
    const uint64_t bytes = profiles->size() * sizeof(ProfileHash);
    shared_->profiles.Keep(prefix_ + key, std::move(profiles), bytes);
  }

  // Open segments and blocks, which never change. A reader takes its first read, and what it may
  // keep of decoded tables.
  using Reader = ArchiveCache::Reader;
  bool keeps_readers() const { return shared_->readers.keeps(); }
  Reader FindReader(const std::string& key) { return shared_->readers.Find(prefix_ + key); }
  void KeepReader(const std::string& key, Reader reader, uint64_t bytes) {
    shared_->readers.Keep(prefix_ + key, std::move(reader), bytes);
  }

 private:
  // The hash too: what an entry means is what it says, not only what it is called.
  std::string NameOf(const PageEntry& entry) const {
    return (prefix_ + PageKey(entry.name))
        .append(reinterpret_cast<const char*>(entry.hash.data()), 16);
  }

  const std::shared_ptr<ArchiveCache> shared_;
  const std::string prefix_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Manifest> manifest_;
  std::string version_;
};

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_METADATA_CACHE_H_
