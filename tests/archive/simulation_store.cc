#include "archive/simulation_store.h"

namespace dolerite::testing {

class SimulatedStore::SimulatedUpload : public ForwardingUpload {
 public:
  SimulatedUpload(std::unique_ptr<Upload> inner, const SimulatedStore* store, std::string_view key)
      : ForwardingUpload(std::move(inner)), store_(*store), key_(key) {}

 protected:
  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override {
    return store_.Request("Append", key_, [&] { return inner().Append(bytes, options); });
  }
  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override {
    return store_.Request("Finish", key_, [&] { return inner().Finish(options); });
  }

 private:
  const SimulatedStore& store_;
  const std::string key_;
};

absl::StatusOr<std::unique_ptr<Upload>> SimulatedStore::DoStartUpload(std::string_view key,
                                                                      const CallOptions& options) {
  auto upload = Request("Start", key, [&] { return inner()->StartUpload(key, options); });
  if (!upload.ok()) return upload;
  return std::make_unique<SimulatedUpload>(*std::move(upload), this, key);
}

absl::Status SimulatedStore::Begin(std::string_view call, std::string_view key) const {
  Scheduler& scheduler = *network_.scheduler;
  scheduler.Pause();
  if (!dead_ && scheduler.random().OneIn(network_.one_death_in)) {
    dead_ = true;
    ++network_.deaths;
    network_.log(scheduler.name() + " dies before " + std::string(call));
  }
  if (dead_) return absl::CancelledError("the host is dead");
  ++network_.requests;
  network_.store->Heal();
  if (scheduler.random().OneIn(network_.one_fault_in)) {
    ++network_.faults;
    network_.store->Arm(DrawFault(call, key));
  }
  return absl::OkStatus();
}

Fault SimulatedStore::DrawFault(std::string_view call, std::string_view key) const {
  using Kind = Fault::Kind;
  using Code = absl::StatusCode;
  Random& random = network_.scheduler->random();
  Fault fault;
  constexpr Kind kKinds[] = {Kind::kFailBefore, Kind::kFailAfter, Kind::kLandLater,
                             Kind::kTwice,      Kind::kShortRead, Kind::kFlipBit};
  constexpr Code kNotDone[] = {Code::kUnavailable, Code::kResourceExhausted, Code::kAborted,
                               Code::kPermissionDenied, Code::kCancelled};
  constexpr Code kUnknown[] = {Code::kUnavailable, Code::kDeadlineExceeded};
  fault.kind = kKinds[random.Below(std::size(kKinds))];
  // Only what is requested of reads goes wrong with reads, and the other way round.
  const bool reads = call == "Read";
  const bool changes = call == "Put" || call == "Delete" || call == "Finish";
  if (!reads && (fault.kind == Kind::kShortRead || fault.kind == Kind::kFlipBit)) {
    fault.kind = Kind::kFailAfter;
  }
  const bool forbidden = !network_.segments_land_later && Begins(key, "segments/");
  if ((!changes || forbidden) && fault.kind == Kind::kLandLater) fault.kind = Kind::kFailBefore;
  fault.code = fault.kind == Kind::kFailBefore ? kNotDone[random.Below(std::size(kNotDone))]
                                               : kUnknown[random.Below(std::size(kUnknown))];
  fault.bit = random();
  fault.delay = 1 + random.Below(random.OneIn(2) ? 10 : 500);
  return fault;
}

void SimulatedStore::End(std::string_view call, std::string_view key,
                         const absl::Status& status) const {
  network_.store->Heal();
  network_.log(network_.scheduler->name() + " " + std::string(call) + " " + std::string(key) +
               ": " + std::string(absl::StatusCodeToString(status.code())));
  network_.after(call, key);
}

}  // namespace dolerite::testing
