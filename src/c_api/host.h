// What the C interface does as a host of the library: time, random numbers, threads, and the calls
// that a caller can stop.
#ifndef DOLERITE_C_API_HOST_H_
#define DOLERITE_C_API_HOST_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/archive.h"
#include "dolerite/executor.h"
#include "dolerite/query.h"

namespace dolerite::c_api {

inline constexpr uint32_t kMostThreads = 256;

// Tasks on threads that live for as long as they run.
class Threads : public Executor {
 public:
  explicit Threads(size_t width) : width_(width) {}
  size_t width() const override { return width_; }
  void Run(size_t tasks, const std::function<void(size_t)>& task) override;

 private:
  size_t width_;
};

// Safe from many threads, but for SetLimits and SetTimeout.
class Call {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  absl::Status SetTimeout(int64_t nanos);
  absl::Status SetLimits(uint64_t memory_bytes, uint32_t threads, bool skip_damaged);

  absl::Status Check() const;
  // Contexts keep what they need: they may outlive the call's object.
  static CallContext ContextOf(const std::shared_ptr<Call>& call);
  static QueryOptions OptionsOf(const std::shared_ptr<Call>& call);

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<int64_t> deadline_{INT64_MAX};  // of the steady clock
  size_t memory_bytes_ = SIZE_MAX;
  bool skip_damaged_ = false;
  Threads threads_{1};
};

// An archive and the store that it lives in.
struct OpenArchive {
  std::shared_ptr<ObjectStore> store;
  std::optional<Archive> archive;
};

int64_t UnixNanos();
ArchiveHost HostOf();
// Waits of the retry store.
absl::Status Sleep(uint64_t millis);

}  // namespace dolerite::c_api

#endif  // DOLERITE_C_API_HOST_H_
