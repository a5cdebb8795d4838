// Manifests, pages, hashes of profiles and open blocks that an open archive has read, so that
// nothing is read twice.
#ifndef DOLERITE_ARCHIVE_METADATA_CACHE_H_
#define DOLERITE_ARCHIVE_METADATA_CACHE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "archive/pages.h"
#include "archive/profile_hashes.h"
#include "dolerite/block_reader.h"
#include "store/least_recent.h"

namespace dolerite {

// Safe from many threads. Pages are held up to a number of bytes, so are profiles, and readers up
// to another; the least recently used one goes first.
class MetadataCache {
 public:
  MetadataCache(uint64_t most_bytes, uint64_t reader_bytes)
      : pages_(most_bytes), profiles_(most_bytes), readers_(reader_bytes) {}

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

  std::shared_ptr<const Page> FindPage(const PageEntry& entry) {
    const std::lock_guard lock(mutex_);
    const auto* found = pages_.Find(NameOf(entry));
    return found == nullptr ? nullptr : *found;
  }
  void KeepPage(const PageEntry& entry, std::shared_ptr<const Page> page, uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> dropped;
    pages_.Add(NameOf(entry), std::move(page), bytes, &dropped);
  }

  // Hashes of the profiles of a segment or block, sorted.
  using Profiles = std::shared_ptr<const std::vector<ProfileHash>>;
  Profiles FindProfiles(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const Profiles* found = profiles_.Find(key);
    return found == nullptr ? nullptr : *found;
  }
  void KeepProfiles(const std::string& key, Profiles profiles) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> dropped;
    const uint64_t bytes = profiles->size() * sizeof(ProfileHash);
    profiles_.Add(key, std::move(profiles), bytes, &dropped);
  }

  // Open segments and blocks, which never change. A reader takes its first read, and what it may
  // keep of decoded tables.
  using Reader = std::shared_ptr<const BlockReader>;
  Reader FindReader(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const Reader* found = readers_.Find(key);
    return found == nullptr ? nullptr : *found;
  }
  void KeepReader(const std::string& key, Reader reader, uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> dropped;
    readers_.Add(key, std::move(reader), bytes, &dropped);
  }

 private:
  // The hash too: what an entry means is what it says, not only what it is called.
  static std::string NameOf(const PageEntry& entry) {
    return PageKey(entry.name).append(reinterpret_cast<const char*>(entry.hash.data()), 16);
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const Manifest> manifest_;
  std::string version_;
  LeastRecent<std::shared_ptr<const Page>> pages_;
  LeastRecent<Profiles> profiles_;
  LeastRecent<Reader> readers_;
};

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_METADATA_CACHE_H_
