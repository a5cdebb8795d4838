// A store in memory whose reads for queries wait at a gate, so that a test has a query under way.
#ifndef DOLERITE_TESTS_HOST_GATED_STORE_H_
#define DOLERITE_TESTS_HOST_GATED_STORE_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>

#include "dolerite/forwarding_store.h"
#include "dolerite/stores.h"
#include "support/must.h"

namespace dolerite::testing {

class GatedStore : public ForwardingStore {
 public:
  GatedStore() : GatedStore(MakeMemoryStore()) {}

  // Waits until a query reads.
  void AwaitReader() {
    std::unique_lock<std::mutex> lock(mutex_);
    Must(changed_.wait_for(lock, kLong, [this] { return readers_ > 0; }));
  }
  // Waits until the call of a reader was stopped, and says how.
  absl::Status AwaitStopped() {
    std::unique_lock<std::mutex> lock(mutex_);
    Must(changed_.wait_for(lock, kLong, [this] { return !stopped_.ok(); }));
    return stopped_;
  }
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    if (options.context.purpose == "query") {
      if (absl::Status status = Pass(options.context); !status.ok()) return status;
    }
    return ForwardingStore::DoRead(key, range, options);
  }
  // By DoRead, so that each of these reads passes the gate too.
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return ObjectStore::DoReadMany(key, ranges, options);
  }

 private:
  explicit GatedStore(std::unique_ptr<ObjectStore> memory)
      : ForwardingStore(memory.get()), memory_(std::move(memory)) {}

  static constexpr std::chrono::seconds kLong{60};

  // As a patient store does: asks from time to time whether its caller still wants it.
  absl::Status Pass(const CallContext& call) const {
    std::unique_lock<std::mutex> lock(mutex_);
    ++readers_;
    changed_.notify_all();
    while (!open_) {
      if (absl::Status status = call.Check(); !status.ok()) {
        stopped_ = status;
        changed_.notify_all();
        return status;
      }
      changed_.wait_for(lock, std::chrono::milliseconds(1));
    }
    return absl::OkStatus();
  }

  const std::unique_ptr<ObjectStore> memory_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int readers_ = 0;
  mutable absl::Status stopped_;
  bool open_ = false;
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_HOST_GATED_STORE_H_
