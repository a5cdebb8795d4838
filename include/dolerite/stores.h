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

// Objects in memory; reads copy nothing.
DOLERITE_EXPORT std::unique_ptr<ObjectStore> MakeMemoryStore();

struct LocalStoreOptions {
  // Flushes file and directory before a Put or Delete returns. Without it they are much faster, and
  // a crash of the machine may lose or tear what was acknowledged.
  bool sync = true;
};

// The files below the directory `root`, made if it is missing. Follows no symbolic link below
// it; several processes may use it at once. Unfinished writes lie in `root`/#tmp, which no key
// reaches; those of dead processes are swept away here. A key can't be stored
// while it is a directory of other keys, or has been (FailedPrecondition); kIfMatch is
// Unimplemented. A version is the file's inode, size and time of change.
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

// Shows the keys of `inner` that begin with `prefix`, a key with a slash behind it ("tenant/a/"),
// without it. InvalidArgument for another prefix. `inner` must outlive it.
DOLERITE_EXPORT absl::StatusOr<std::unique_ptr<ObjectStore>> MakePrefixStore(
    ObjectStore* inner, const std::string& prefix);

struct RetryOptions {
  // Waits for so many milliseconds; not OK ends the call with that status. Must be set.
  std::function<absl::Status(uint64_t millis)> wait;
  // A number in [0, 1) by which waits are spread. Without it they are all of full length.
  std::function<double()> random = {};
  int attempts = 10;
  uint64_t first_wait_millis = 100;  // doubled each time
  uint64_t longest_wait_millis = 15'000;
  uint64_t all_waits_millis = 180'000;  // of one call
};

// Repeats what ended as Unavailable, Aborted or ResourceExhausted. A repeated Put
// that meets an object of the same bytes counts as done: it was the first attempt's. `inner` must
// outlive it.
DOLERITE_EXPORT std::unique_ptr<ObjectStore> MakeRetryStore(ObjectStore* inner,
                                                            const RetryOptions& options);

}  // namespace dolerite

#endif  // DOLERITE_STORES_H_
