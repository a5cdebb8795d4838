// A read looks in memory, then on the disk, then asks the inner store. What was found further down
// is kept above: copied, since a slice of the inner store may hold much more memory than it shows.
// No lock is held during a call of a store. So a key may be forgotten while it is read: what was
// read is then not kept (Forgets).
#include "dolerite/caching_store.h"

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "dolerite/forwarding_store.h"
#include "store/cache_entry.h"
#include "store/least_recent.h"

namespace dolerite {
namespace {

// The disk's entries are files; here are only their names and sizes.
struct Nothing {};

// What an entry in memory takes beside its bytes and its name, which is kept twice: nodes, the
// result, and the allocator's own.
constexpr uint64_t kEntryBytes = 512;

class RangeCache : public CachingStore {
 public:
  RangeCache(ObjectStore* inner, const CacheOptions& options)
      : inner_(inner),
        options_(options),
        memory_(options.memory_bytes),
        disk_(options.disk == nullptr ? 0 : options.disk_bytes) {}

  // Takes over what an earlier process has left on the disk.
  // In the order of their names, as nothing tells which was used last.
  absl::Status FindEntries() {
    if (options_.disk == nullptr) return absl::OkStatus();
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> files, options_.disk->ListAll(""));
    std::vector<std::string> dropped;
    for (const ObjectInfo& file : files) {
      // What does not fit is removed, so that the bound holds from the start.
      if (!disk_.Add(file.key, {}, file.size, &dropped)) dropped.push_back(file.key);
    }
    RemoveFiles(dropped);
    return absl::OkStatus();
  }

  StoreTraits traits() const override { return inner_->traits(); }

  // Bytes are those held at this moment, all else sums since the start.
  CacheCounts counts() const override {
    std::lock_guard<std::mutex> lock(mutex_);
    CacheCounts counts = counts_;
    counts.memory_bytes = memory_.bytes();
    counts.disk_bytes = disk_.bytes();
    return counts;
  }

 protected:
  // The name has the version that was asked for: a read of any version is kept apart from one of a
  // given version.
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    if (!Keeps(key, range)) return inner_->Read(key, range, options);
    const std::string name = CacheName(key, options.version, range, ReadKind::kOne);
    const uint64_t forgets = ForgetsOf(key);
    if (auto kept = Find(key, name, forgets, options)) return *std::move(kept);
    DOLERITE_ASSIGN_OR_RETURN(ReadResult result, inner_->Read(key, range, options));
    Keep(key, name, forgets, result, options);
    return result;
  }

  // Only what is missing is read; its entries have names of their own, since ReadMany tells neither
  // the version nor the size of the object.
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    ReadManyResult all;
    all.slices.resize(ranges.size());
    // Places of the missing ranges in the answer.
    std::vector<ByteRange> missing;
    std::vector<size_t> places;
    const uint64_t forgets = ForgetsOf(key);
    for (size_t i = 0; i < ranges.size(); ++i) {
      std::optional<ReadResult> kept;
      if (Keeps(key, ranges[i])) {
        kept = Find(key, CacheName(key, options.version, ranges[i], ReadKind::kMany), forgets,
                    options);
      }
      if (kept) {
        all.slices[i] = std::move(kept->slice);
      } else if (ranges[i].length > 0) {
        missing.push_back(ranges[i]);
        places.push_back(i);
      }
    }
    if (missing.empty()) return all;
    DOLERITE_ASSIGN_OR_RETURN(ReadManyResult read, inner_->ReadMany(key, missing, options));
    // What was found costs nothing: requests and bytes are those of the inner store.
    all.requests = read.requests;
    all.bytes_read = read.bytes_read;
    for (size_t i = 0; i < missing.size(); ++i) {
      if (Keeps(key, missing[i])) {
        Keep(key, CacheName(key, options.version, missing[i], ReadKind::kMany), forgets,
             {read.slices[i], missing[i].offset, 0, ""}, options);
      }
      all.slices[places[i]] = std::move(read.slices[i]);
    }
    return all;
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    auto version = inner_->Put(key, bytes, put, options);
    // Also after a failure: it may have taken place.
    Forget(key);
    return version;
  }

  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    return inner_->StartUpload(key, options);  // of a key that has no object, and so no entries
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    return inner_->Head(key, options);
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    return inner_->List(prefix, list, options);
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    absl::Status status = inner_->Delete(key, options);
    Forget(key);
    return status;
  }

 private:
  bool Keeps(std::string_view key, const ByteRange& range) const {
    // An object that may change is never kept.
    if (range.length == 0 || (options_.immutable && !options_.immutable(key))) return false;
    // The size of a read from the end is known only after the read.
    return range.from_end || range.length <= options_.longest_entry;
  }

  // How often the key was forgotten, or another one that shares its counter.
  uint64_t& Forgets(std::string_view key) const {
    return forgets_[std::hash<std::string_view>()(key) % forgets_.size()];
  }
  uint64_t ForgetsOf(std::string_view key) const {
    std::lock_guard<std::mutex> lock(mutex_);
    return Forgets(key);
  }

  // `forgets` is what ForgetsOf said before the first look: what was found is kept if it says so
  // still.
  std::optional<ReadResult> Find(std::string_view key, const std::string& name, uint64_t forgets,
                                 const CallOptions& options) const {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      // The pointer is good only while the lock is held; a copy shares the bytes.
      if (const ReadResult* found = memory_.Find(name)) {
        ++counts_.memory_hits;
        counts_.hit_bytes += found->slice.bytes.size();
        return *found;
      }
    }
    std::optional<ReadResult> found = FindOnDisk(CacheFile(key, name), name, options);
    if (!found) return {};
    // The next read finds it in memory.
    Remember(key, name, forgets, *found);
    std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.disk_hits;
    counts_.hit_bytes += found->slice.bytes.size();
    return found;
  }

  // An entry that can't be read or is not what was written is removed.
  std::optional<ReadResult> FindOnDisk(const std::string& file, const std::string& name,
                                       const CallOptions& options) const {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      // Names of files are known here, so a miss asks no disk.
      if (disk_.Find(file) == nullptr) return {};
    }
    // The check of the caller ends a slow read of the disk too.
    auto read = options_.disk->Read(file, ByteRange::All(), {.context = options.context});
    // The caller was stopped: that says nothing of the entry.
    if (!options.context.Check().ok()) return {};
    std::optional<ReadResult> entry;
    if (read.ok()) entry = DecodeCacheEntry(read->slice, name);
    if (entry) return entry;
    RemoveFiles({file});
    std::lock_guard<std::mutex> lock(mutex_);
    disk_.Erase(file);
    ++counts_.damaged;
    return {};
  }

  void Keep(std::string_view key, const std::string& name, uint64_t forgets,
            const ReadResult& result, const CallOptions& options) const {
    const uint64_t size = result.slice.bytes.size();
    // A miss counts also where nothing is kept of it.
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++counts_.misses;
      counts_.missed_bytes += size;
    }
    if (size > options_.longest_entry) return;
    // The result itself goes to the caller uncopied.
    ReadResult copy = result;
    copy.slice = Slice::Own(std::string(result.slice.bytes));
    Remember(key, name, forgets, std::move(copy));
    if (options_.disk != nullptr) Write(key, name, forgets, result, options);
  }

  // Without the disk: an entry that goes from memory is there still.
  void Remember(std::string_view key, const std::string& name, uint64_t forgets,
                ReadResult result) const {
    std::vector<std::string> dropped;
    // The name is held as well, and may be longer than what was read.
    const uint64_t bytes = result.slice.bytes.size() + 2 * name.size() + kEntryBytes;
    std::lock_guard<std::mutex> lock(mutex_);
    if (Forgets(key) == forgets) memory_.Add(name, std::move(result), bytes, &dropped);
  }

  // A disk that fails costs entries, never an answer.
  void Write(std::string_view key, const std::string& name, uint64_t forgets,
             const ReadResult& result, const CallOptions& options) const {
    const std::string file = CacheFile(key, name);
    const std::string bytes = EncodeCacheEntry(name, result);
    // Replaces: another process or thread may have written the same entry.
    const bool written =
        options_.disk->Put(file, bytes, {.mode = PutMode::kReplace}, {.context = options.context})
            .ok();
    std::vector<std::string> dropped;
    {
      // Counted only when it is there, so the bound is about real files.
      std::lock_guard<std::mutex> lock(mutex_);
      if (!written) ++counts_.not_written;
      const bool kept =
          written && Forgets(key) == forgets && disk_.Add(file, {}, bytes.size(), &dropped);
      if (written && !kept) dropped.push_back(file);
    }
    RemoveFiles(dropped);
  }

  // All versions and ranges of the key, in memory and on the disk.
  void Forget(std::string_view key) const {
    std::vector<std::string> files;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++Forgets(key);
      memory_.ErasePrefix(CacheNamesOf(key));
      files = disk_.ErasePrefix(CacheFilesOf(key));
    }
    RemoveFiles(files);
  }

  // Never under the lock: each is a call of a store.
  void RemoveFiles(const std::vector<std::string>& files) const {
    // What stays is found again by the next process, and counts towards its bound.
    for (const std::string& file : files) (void)options_.disk->Delete(file);
  }

  ObjectStore* const inner_;
  const CacheOptions options_;
  mutable std::mutex mutex_;  // of all below
  mutable CacheCounts counts_;
  mutable std::array<uint64_t, 256> forgets_{};
  mutable LeastRecent<ReadResult> memory_;  // by CacheName
  mutable LeastRecent<Nothing> disk_;       // by CacheFile
};

}  // namespace

absl::StatusOr<std::unique_ptr<CachingStore>> MakeCachingStore(ObjectStore* inner,
                                                               const CacheOptions& options) {
  auto cache = std::make_unique<RangeCache>(inner, options);
  // If the disk can't be listed, nobody knows how much is on it.
  DOLERITE_RETURN_IF_ERROR(cache->FindEntries());
  return cache;
}

}  // namespace dolerite
