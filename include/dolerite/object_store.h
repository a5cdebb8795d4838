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
#include "dolerite/upload.h"

namespace dolerite {

// A part of an object: [offset, offset + length), or the last `length` bytes.
struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;
  bool from_end = false;  // if true, offset has no meaning

  static constexpr ByteRange At(uint64_t offset, uint64_t length) {
    return {offset, length, false};
  }
  static constexpr ByteRange Last(uint64_t length) { return {0, length, true}; }
  static constexpr ByteRange All() { return Last(UINT64_MAX); }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// Bytes and their owner: the bytes live as long as any copy of `owner`. Copies share the owner, and
// may be used by many threads at once.
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
  kReplace,  // replaces what is there, or creates the object
  kIfMatch,  // FailedPrecondition unless the object is there in PutOptions::version
};

struct PutOptions {
  PutMode mode = PutMode::kCreate;
  std::string version = {};
};

struct ListOptions {
  std::string start_after = {};  // lists only keys greater than this one, on every page
  std::string page_token = {};   // "" for the first page, then ListPage::next_page of the last one
  size_t limit = 1000;           // objects on a page at most; at least 1
};

struct ListPage {
  std::vector<ObjectInfo> objects;
  std::string next_page;  // opaque; "" on the last page
};

// A store reads the options during the call and keeps no reference to them.
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
  bool exclusive_create = true;   // of several kCreate of one key at once at most one succeeds
  bool if_match = true;           // kIfMatch works; otherwise it is Unimplemented
  bool suffix_ranges = true;      // otherwise the last n bytes cost a Head and a read
  bool ordered_list = true;       // pages come in the order of the keys' bytes
  bool streamed_uploads = false;  // otherwise an upload is a buffer in memory and one Put

  // The largest hole between two ranges that costs less to read than a second request: latency x
  // bandwidth, within 8 KiB .. 4 MiB.
  uint64_t hole_bytes() const;
  // Ranges are not joined to requests larger than this: 9 holes, within 1 .. 16 MiB.
  uint64_t request_bytes() const;
};

// The requests that fetch a list of ranges.
struct ReadPlan {
  std::vector<ByteRange> requests;  // by offset
  // For each range the request that holds it; for empty ranges any number.
  std::vector<size_t> request_of;
};

// Joins ranges that lie no more than a hole apart. A range that is larger than a request stays
// whole. Ranges must not count from the end nor pass 2^64.
DOLERITE_EXPORT ReadPlan PlanReads(std::span<const ByteRange> ranges, const StoreTraits& traits);

// A key consists of segments of [A-Za-z0-9._~-] between slashes: at most 1024 bytes, segments of 1
// to 255, none of them `.` or `..`. InvalidArgument for any other string.
DOLERITE_EXPORT absl::Status ValidateKey(std::string_view key);

// Byte strings by name, which are seldom changed. All methods may be called from many threads at
// once and block until they are done. Arguments need to live only during the call. Each object is
// seen whole or not at all. Every call, List too, sees what earlier calls have acknowledged.
// Versions are opaque; different contents of one key have different versions.
//
// A host derives from this class and implements the five Do calls; it may override traits,
// DoReadMany (say, to read in parallel) and DoStartUpload. The public calls check keys and ranges
// before a Do call and its result afterwards, so a Do call gets only valid arguments.
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

  // Reads exactly the range. OutOfRange if it passes the object's end; but the last n bytes of a
  // shorter object are the whole object. InvalidArgument for an empty range.
  absl::StatusOr<ReadResult> Read(std::string_view key, const ByteRange& range,
                                  const CallOptions& options = {}) const;

  // Reads all ranges in few requests, all of one version of the object. Ranges may overlap and be
  // empty. InvalidArgument if a range counts from the end.
  absl::StatusOr<ReadManyResult> ReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                          const CallOptions& options = {}) const;

  // Stores `bytes` durably and returns the new version.
  absl::StatusOr<std::string> Put(std::string_view key, std::string_view bytes,
                                  const PutOptions& put = {}, const CallOptions& options = {});

  // Begins an object that is written piece by piece and is created at the end, as by a Put with
  // kCreate. See Upload.
  absl::StatusOr<std::unique_ptr<Upload>> StartUpload(std::string_view key,
                                                      const CallOptions& options = {});

  absl::StatusOr<ObjectInfo> Head(std::string_view key, const CallOptions& options = {}) const;

  // One page of the keys that begin with `prefix`, which may end within a segment.
  absl::StatusOr<ListPage> List(std::string_view prefix, const ListOptions& list = {},
                                const CallOptions& options = {}) const;
  // All pages, in the order of the keys' bytes.
  absl::StatusOr<std::vector<ObjectInfo>> ListAll(std::string_view prefix,
                                                  const CallOptions& options = {}) const;

  // Also OK if there is no such object.
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

  // By default one Read after the other, as PlanReads says.
  virtual absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key,
                                                    std::span<const ByteRange> ranges,
                                                    const CallOptions& options) const;

  // By default a buffer in memory, and one Put at the end.
  virtual absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                                const CallOptions& options);

 private:
  absl::StatusOr<ReadResult> ReadSuffix(std::string_view key, uint64_t length,
                                        const CallOptions& options) const;
};

}  // namespace dolerite

#endif  // DOLERITE_OBJECT_STORE_H_
