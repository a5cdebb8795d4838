// The store of one simulated host: each request is a step, and may go wrong.
#ifndef DOLERITE_TESTS_ARCHIVE_SIMULATION_STORE_H_
#define DOLERITE_TESTS_ARCHIVE_SIMULATION_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "archive/simulation_scheduler.h"
#include "archive/world.h"

namespace dolerite::testing {

// What all hosts of a simulation share.
struct SimulatedNetwork {
  Scheduler* scheduler = nullptr;
  FaultStore* store = nullptr;
  uint64_t one_fault_in = 16;       // requests
  uint64_t one_death_in = 200;      // requests
  bool segments_land_later = true;  // false: no put of a segment takes place after it failed
  std::function<void(const std::string& line)> log;
  std::function<void(std::string_view call, std::string_view key)> after;  // each request
  uint64_t requests = 0, faults = 0, deaths = 0;
};

// Hands over to other hosts before each request, then lets a fault happen or not. A host may die at
// a request: from then on its requests fail without reaching the store, until it is born again.
class SimulatedStore : public ForwardingStore {
 public:
  explicit SimulatedStore(SimulatedNetwork* network)
      : ForwardingStore(network->store), network_(*network) {}

  bool dead() const { return dead_; }
  void Revive() { dead_ = false; }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    return Request("Read", key, [&] { return inner()->Read(key, range, options); });
  }
  // Each range a request of its own, through DoRead.
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return ObjectStore::DoReadMany(key, ranges, options);
  }
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    return Request("Put", key, [&] { return inner()->Put(key, bytes, put, options); });
  }
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    return Request("Head", key, [&] { return inner()->Head(key, options); });
  }
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    return Request("List", prefix, [&] { return inner()->List(prefix, list, options); });
  }
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    return Request("Delete", key, [&] { return inner()->Delete(key, options); });
  }
  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override;

 private:
  class SimulatedUpload;

  static const absl::Status& StatusOf(const absl::Status& status) { return status; }
  template <class T>
  static const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
    return result.status();
  }

  template <class Call>
  auto Request(std::string_view call, std::string_view key, const Call& make) const
      -> decltype(make()) {
    const absl::Status begun = Begin(call, key);
    if (!begun.ok()) return begun;
    auto result = make();
    End(call, key, StatusOf(result));
    return result;
  }

  absl::Status Begin(std::string_view call, std::string_view key) const;
  void End(std::string_view call, std::string_view key, const absl::Status& status) const;
  Fault DrawFault(std::string_view call, std::string_view key) const;

  SimulatedNetwork& network_;
  mutable bool dead_ = false;
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARCHIVE_SIMULATION_STORE_H_
