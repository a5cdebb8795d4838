// A store that keeps what was read, for objects that never change.
#ifndef DOLERITE_CACHING_STORE_H_
#define DOLERITE_CACHING_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

struct CacheOptions {
  // Whether an object keeps its bytes as long as it exists, and its key never gets others. Reads of
  // other objects are passed on. If empty: all objects. Safe from many threads.
  std::function<bool(std::string_view key)> immutable = {};
  // What is kept in all, with what each entry takes beside its bytes; at a bound the entries that
  // were used least recently go.
  uint64_t memory_bytes = uint64_t{64} << 20;
  uint64_t disk_bytes = uint64_t{1} << 30;
  // Longer reads are passed on and not kept.
  uint64_t longest_entry = uint64_t{16} << 20;
  // Entries outlive the process here: a store that nobody else uses, say OpenLocalStore with `sync`
  // off. Everything in it is checked when it is read; what a crash has torn costs that entry only.
  // If null, entries are in memory alone. Must outlive the cache.
  ObjectStore* disk = nullptr;
};

struct CacheCounts {
  uint64_t memory_hits = 0, disk_hits = 0, misses = 0;  // ranges
  uint64_t hit_bytes = 0, missed_bytes = 0;
  uint64_t damaged = 0;      // entries on the disk that were not what had been written
  uint64_t not_written = 0;  // entries that the disk did not take
  uint64_t memory_bytes = 0, disk_bytes = 0;  // kept now
};

// Answers a read of a key, version and range from what an earlier read of the same three gave. A
// read without a version may be answered although someone else has deleted the object meanwhile;
// Put and Delete through this store drop what it keeps of their key.
class DOLERITE_EXPORT CachingStore : public ObjectStore {
 public:
  // Safe from many threads, during other calls too.
  virtual CacheCounts counts() const = 0;
};

// Lists the entries in `options.disk`, so that this may take a while. `inner` must outlive the
// store.
DOLERITE_EXPORT absl::StatusOr<std::unique_ptr<CachingStore>> MakeCachingStore(
    ObjectStore* inner, const CacheOptions& options = {});

}  // namespace dolerite

#endif  // DOLERITE_CACHING_STORE_H_
