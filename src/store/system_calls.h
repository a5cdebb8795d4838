// The calls to the operating system whose failures stores must survive. Tests replace them.
#ifndef DOLERITE_STORE_SYSTEM_CALLS_H_
#define DOLERITE_STORE_SYSTEM_CALLS_H_

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dolerite/stores.h"

namespace dolerite {

// Each as the function of its name: -1 and errno on failure. openat always has a mode.
struct SystemCalls {
  int (*openat)(int directory, const char* name, int flags, mode_t mode);
  ssize_t (*pread)(int fd, void* buffer, size_t size, off_t offset);
  ssize_t (*write)(int fd, const void* bytes, size_t size);
  int (*fsync)(int fd);
  int (*flock)(int fd, int operation);
};

// Those of the operating system.
const SystemCalls& RealSystemCalls();

// OpenLocalStore with other system calls, which must outlive the store.
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenLocalStoreWith(const std::string& root,
                                                                const LocalStoreOptions& options,
                                                                const SystemCalls& calls);

}  // namespace dolerite

#endif  // DOLERITE_STORE_SYSTEM_CALLS_H_
