// The stores that come with the library, and stores that wrap another one. As all stores, they are
// safe from many threads at once.
#ifndef DOLERITE_STORES_H_
#define DOLERITE_STORES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

// Objects in memory. Reads copy nothing.
DOLERITE_EXPORT std::unique_ptr<ObjectStore> MakeMemoryStore();

struct LocalStoreOptions {
  // Flushes file and directory before a Put or Delete returns. If false, both are much faster, but
  // a crash of the machine may lose or tear objects that were acknowledged.
  bool sync = true;
  // An object may be a symbolic link to a file anywhere: Read and Head follow it, List does not
  // show it. For a directory that its owner has filled with links; not where others may make some.
  bool follow_links = false;
};

// The files below the directory `root`, which is made if it is missing. Follows no symbolic link
// below it unless told so. Several processes may use it at once. Unfinished writes lie in
// `root`/#tmp, which no key reaches; opening removes those of dead processes. A key can't be stored
// (FailedPrecondition) while it is a directory of other keys, or has been one. kIfMatch is
// Unimplemented. A version is made of the file's inode, size and time of change.
DOLERITE_EXPORT absl::StatusOr<std::unique_ptr<ObjectStore>> OpenLocalStore(
    const std::string& root, const LocalStoreOptions& options = {});

// Files anywhere on the disk, for tools that are given paths. Put and Delete are Unimplemented.
// Symbolic links are followed.
class DOLERITE_EXPORT ReadOnlyFiles : public ObjectStore {
 public:
  // The key of the file at `path` in this store: a number and the file's name. NotFound unless it
  // is a regular file now. Safe from many threads, during other calls too.
  virtual absl::StatusOr<std::string> Add(const std::string& path) = 0;
};
DOLERITE_EXPORT std::unique_ptr<ReadOnlyFiles> MakeReadOnlyFiles();

// Shows only keys of `inner` that begin with `prefix`, and shows them without it. `prefix` is a key
// and a slash ("tenant/a/"); InvalidArgument for any other string. `inner` must outlive the store.
DOLERITE_EXPORT absl::StatusOr<std::unique_ptr<ObjectStore>> MakePrefixStore(
    ObjectStore* inner, const std::string& prefix);

struct RetryOptions {
  // Waits for so many milliseconds. A status that is not OK ends the call with that status. Must be
  // set, and safe from many threads, as `random`.
  std::function<absl::Status(uint64_t millis)> wait;
  // A number in [0, 1) that shortens a wait by up to half of it. If empty, waits have full length.
  std::function<double()> random = {};
  int attempts = 10;
  uint64_t first_wait_millis = 100;  // each wait is twice as long as the one before
  uint64_t longest_wait_millis = 15'000;
  uint64_t all_waits_millis = 180'000;  // the sum of the waits of one call
};

// Repeats calls that ended as Unavailable, Aborted or ResourceExhausted. A repeated Put that finds
// an object of the same bytes is OK: an earlier attempt wrote it. `inner` must outlive the store.
DOLERITE_EXPORT std::unique_ptr<ObjectStore> MakeRetryStore(ObjectStore* inner,
                                                            const RetryOptions& options);

// At most `calls` calls of `inner` are under way at once; others wait until one of them is done, or
// until their check ends them. An upload takes a turn for each piece, and none while it only lives.
// InvalidArgument if `calls` is less than 1. `inner` must outlive the store.
DOLERITE_EXPORT absl::StatusOr<std::unique_ptr<ObjectStore>> MakeBoundedStore(ObjectStore* inner,
                                                                              int calls);

}  // namespace dolerite

#endif  // DOLERITE_STORES_H_
