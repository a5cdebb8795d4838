// The host of the library in programs that use the C interface: the clock, threads and random
// numbers that the library itself never takes.
#include "c_api/host.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <system_error>
#include <thread>
#include <vector>

#include "base/status.h"

namespace dolerite::c_api {

namespace {

int64_t SteadyNanos() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

// Where the system has no thread to give, those that there are do the work.
void Threads::Run(size_t tasks, const std::function<void(size_t)>& task) {
  std::atomic<size_t> next{0};
  // Every thread, the caller's too, takes the next task that nobody has taken.
  const auto work = [&] {
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) task(i);
  };
  std::vector<std::thread> threads;
  const size_t helpers = std::min(tasks, width_) - std::min<size_t>(tasks, 1);
  try {
    threads.reserve(helpers);
    for (size_t i = 0; i < helpers; ++i) threads.emplace_back(work);
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
  work();
  for (std::thread& thread : threads) thread.join();
}

absl::Status Call::SetTimeout(int64_t nanos) {
  if (nanos < 0) return InvalidArgument("nanos is negative");
  int64_t deadline = 0;
  // A timeout past the end of the clock is none.
  if (__builtin_add_overflow(SteadyNanos(), nanos, &deadline)) deadline = INT64_MAX;
  deadline_.store(deadline, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status Call::SetLimits(uint64_t memory_bytes, uint32_t threads, bool skip_damaged) {
  if (threads < 1 || threads > kMostThreads) {
    return InvalidArgument("threads is ", threads, ", not 1 to ", kMostThreads);
  }
  // SIZE_MAX leaves the bound that follows the size of what is read.
  memory_bytes_ = memory_bytes == 0 ? SIZE_MAX : memory_bytes;
  skip_damaged_ = skip_damaged;
  threads_ = Threads(threads);
  return absl::OkStatus();
}

// The flag first: it is cheaper, and stays.
absl::Status Call::Check() const {
  if (cancelled_.load(std::memory_order_relaxed)) {
    return MakeStatus(absl::StatusCode::kCancelled, "the caller cancelled the call");
  }
  const int64_t deadline = deadline_.load(std::memory_order_relaxed);
  if (deadline != INT64_MAX && SteadyNanos() >= deadline) {
    return MakeStatus(absl::StatusCode::kDeadlineExceeded, "the call's time is over");
  }
  return absl::OkStatus();
}

CallContext Call::ContextOf(const std::shared_ptr<Call>& call) {
  return {[call] { return call->Check(); }, ""};
}

QueryOptions Call::OptionsOf(const std::shared_ptr<Call>& call) {
  QueryOptions options;
  options.memory_bytes = call->memory_bytes_;
  options.skip_damaged = call->skip_damaged_;
  // The executor lives in the call, which the context below keeps alive.
  options.executor = call->threads_.width() > 1 ? &call->threads_ : nullptr;
  options.now_nanos = &SteadyNanos;
  options.call = ContextOf(call);
  return options;
}

int64_t UnixNanos() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

ArchiveHost HostOf() {
  ArchiveHost host;
  host.random = [] {
    std::random_device device;
    return (uint64_t{device()} << 32) | device();
  };
  host.now_nanos = &UnixNanos;
  return host;
}

absl::Status Sleep(uint64_t millis) {
  std::this_thread::sleep_for(std::chrono::milliseconds(millis));
  return absl::OkStatus();
}

}  // namespace dolerite::c_api
