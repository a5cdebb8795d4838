// Where blocks live: the interface that a host implements over its own storage.
#ifndef DOLERITE_OBJECT_STORE_H_
#define DOLERITE_OBJECT_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/export.h"

namespace dolerite {

// A part of an object: [offset, offset + length), or the last `length` bytes.
struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;
  bool from_end = false;  // then offset is not looked at

  static constexpr ByteRange At(uint64_t offset, uint64_t length) {
    return {offset, length, false};
  }
  static constexpr ByteRange Last(uint64_t length) { return {0, length, true}; }
  static constexpr ByteRange All() { return Last(UINT64_MAX); }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// Bytes, and what keeps them alive. Copies share the owner.
struct Slice {
  std::string_view bytes;
  std::shared_ptr<const void> owner;

  static Slice Own(std::string bytes) {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    return {*owner, owner};
  }
};

struct ReadResult {
  Slice slice;
  uint64_t offset = 0;  // of the slice in the object
  uint64_t object_size = 0;
  std::string version;
};

struct ReadManyResult {
  std::vector<Slice> slices;  // in the order of the ranges
  // What it cost: bytes_read also counts the holes between ranges.
  uint64_t requests = 0;
  uint64_t bytes_read = 0;
};

struct ObjectInfo {
  std::string key;
  uint64_t size = 0;
  std::string version;
};

enum class PutMode {
  kCreate,   // AlreadyExists if there is such an object
  kReplace,  // whatever is there
  kIfMatch,  // FailedPrecondition unless the object is there in PutOptions::version
};

struct PutOptions {
  PutMode mode = PutMode::kCreate;
  std::string version = {};
};

struct ListOptions {
  std::string start_after = {};  // only keys behind this one, on every page
  std::string page_token = {};   // ListPage::next_page of the page before; else ""
  size_t limit = 1000;           // objects on a page; at least 1
};

struct ListPage {
  std::vector<ObjectInfo> objects;
  std::string next_page;  // "" on the last page; opaque
};

struct CallOptions {
  // `check` is asked before each request; a patient store also asks it while it waits.
  CallContext context = {};
  // Reads only: FailedPrecondition unless the object has this version. "" takes any.
  std::string version = {};
};

// What a store is like. Defaults suit a local disk.
struct StoreTraits {
  uint64_t first_byte_micros = 100;  // from a request to the first byte of its reply
  uint64_t bytes_per_second = uint64_t{1} << 30;
  bool exclusive_create = true;  // of all racing kCreate at most one wins
  bool if_match = true;          // kIfMatch works; else it is Unimplemented
  bool suffix_ranges = true;     // else the last n bytes cost a Head and a read
  bool ordered_list = true;      // pages come in the order of the keys' bytes

  // Bytes that are cheaper to read than to ask again: latency x bandwidth, within 8 KiB .. 4 MiB.
  uint64_t hole_bytes() const;
  // Ranges are not joined to requests larger than this: 9 holes, within 1 .. 16 MiB.
  uint64_t request_bytes() const;
};

// Which requests fetch some ranges.
struct ReadPlan {
  std::vector<ByteRange> requests;  // by offset
  // For each range the request that holds it; for empty ranges any number.
  std::vector<size_t> request_of;
};

// Joins ranges that lie no more than a hole apart. A range that is larger than a request stays
// whole. Ranges must not count from the end nor pass 2^64.
DOLERITE_EXPORT ReadPlan PlanReads(std::span<const ByteRange> ranges, const StoreTraits& traits);

// A key is segments of [A-Za-z0-9._~-] between slashes: at most 1024 bytes, segments of 1 to
// 255, none `.` or `..`. InvalidArgument for others.
DOLERITE_EXPORT absl::Status ValidateKey(std::string_view key);

// Named, immutable-by-habit byte strings. All methods may be called from many threads at once
// and block until they are done. Each object is seen whole or not at all, and what a call has
// acknowledged every later call sees, lists too. Versions are opaque; another content under a key
// has another version.
//
// A host derives from this class and implements the five Do calls; it may override
// traits and DoReadMany (say, to read in parallel). The public calls check keys and
// ranges before and results after, so that a Do call sees only sound arguments.
//
// Errors: NotFound; AlreadyExists, FailedPrecondition (a condition did not hold, nothing changed);
// OutOfRange (the object is too short); Aborted (lost a race, nothing changed, try again);
// Unauthenticated, PermissionDenied; ResourceExhausted (throttled, disk full); Unavailable
// (transport, server; also when fewer bytes came than were promised); Cancelled, DeadlineExceeded;
// Unimplemented for what the store can't do: a condition is never ignored. After Unavailable,
// DeadlineExceeded or Cancelled it is unknown whether a Put or Delete took place.
class DOLERITE_EXPORT ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore();

  virtual StoreTraits traits() const;

  // Exactly the range. OutOfRange if it passes the object's end; the last n bytes
  // of a shorter object are all of it. InvalidArgument for an empty range.
  absl::StatusOr<ReadResult> Read(std::string_view key, const ByteRange& range,
                                  const CallOptions& options = {}) const;

  // All ranges, in few requests, all of one version. Ranges may overlap and
  // be empty, but not count from the end.
  absl::StatusOr<ReadManyResult> ReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                          const CallOptions& options = {}) const;

  // Stores `bytes` durably; gives the new version.
  absl::StatusOr<std::string> Put(std::string_view key, std::string_view bytes,
                                  const PutOptions& put = {}, const CallOptions& options = {});

  absl::StatusOr<ObjectInfo> Head(std::string_view key, const CallOptions& options = {}) const;

  // One page of the keys that begin with `prefix`, a plain run of bytes.
  absl::StatusOr<ListPage> List(std::string_view prefix, const ListOptions& list = {},
                                const CallOptions& options = {}) const;
  // All pages, in the order of the keys' bytes.
  absl::StatusOr<std::vector<ObjectInfo>> ListAll(std::string_view prefix,
                                                  const CallOptions& options = {}) const;

  // OK too if there is no such object.
  absl::Status Delete(std::string_view key, const CallOptions& options = {});

 protected:
  // For hosts to implement, each as the public call of its name.
  virtual absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                            const CallOptions& options) const = 0;
  virtual absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                            const PutOptions& put, const CallOptions& options) = 0;
  virtual absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                            const CallOptions& options) const = 0;
  virtual absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                          const CallOptions& options) const = 0;
  virtual absl::Status DoDelete(std::string_view key, const CallOptions& options) = 0;

  // One Read behind the other, as PlanReads says.
  virtual absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key,
                                                    std::span<const ByteRange> ranges,
                                                    const CallOptions& options) const;

 private:
  absl::StatusOr<ReadResult> ReadSuffix(std::string_view key, uint64_t length,
                                        const CallOptions& options) const;
};

}  // namespace dolerite

#endif  // DOLERITE_OBJECT_STORE_H_
