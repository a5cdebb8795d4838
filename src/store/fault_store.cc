// Faults that a test orders: the n-th call fails, before or after it took place, takes place twice
// or later, or reads wrong bytes.
#include "dolerite/fault_store.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "dolerite/forwarding_store.h"
#include "store/errors.h"

namespace dolerite {
namespace {

using Kind = Fault::Kind;

bool Is(const std::optional<Fault>& fault, Kind kind) {
  return fault.has_value() && fault->kind == kind;
}

// By the position of the call, so that a test can try each in turn.
absl::Status StatusOf(const std::optional<Fault>& fault) {
  return MakeStatus(fault->code, "fault at call ", fault->call);
}

// Makes the call, or fails before or after it as the fault says.
template <class Call>
auto Spoil(const std::optional<Fault>& fault, const Call& call) -> decltype(call()) {
  if (Is(fault, Kind::kFailBefore)) return StatusOf(fault);
  auto result = call();
  if (Is(fault, Kind::kFailAfter)) return StatusOf(fault);
  return result;
}

// A copy, since the bytes may be those of the object itself.
Slice FlipBit(std::string_view bytes, uint64_t bit) {
  std::string copy(bytes);
  if (!copy.empty()) copy[bit / 8 % copy.size()] ^= static_cast<char>(1 << bit % 8);
  return Slice::Own(std::move(copy));
}

// Which call is to go wrong, and which changes are on their way.
class Schedule {
 public:
  void Set(const std::optional<Fault>& fault) {
    std::lock_guard<std::mutex> lock(mutex_);
    fault_ = fault;
    calls_ = 0;
  }

  uint64_t calls() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return calls_;
  }

  // Counts a call, after the changes that land before it. The fault if this call is to go wrong.
  // Changes land outside the lock, for they are calls of the inner store.
  std::optional<Fault> Next() {
    std::vector<Change> due;
    std::optional<Fault> fault;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++calls_, ++time_;
      due = TakeUntil(time_);
      if (fault_ && (calls_ == fault_->call || (fault_->sticky && calls_ > fault_->call))) {
        fault = fault_;
      }
    }
    for (const Change& change : due) change.land();
    return fault;
  }

  void Land() {
    std::vector<Change> due;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      due = TakeUntil(UINT64_MAX);
    }
    for (const Change& change : due) change.land();
  }

  // Counted from the present call.
  void Later(uint64_t delay, std::function<void()> land) {
    std::lock_guard<std::mutex> lock(mutex_);
    changes_.push_back({time_ + delay, std::move(land)});
  }

 private:
  struct Change {
    uint64_t time;  // lands before this call
    std::function<void()> land;
  };

  // In the order in which they were made.
  std::vector<Change> TakeUntil(uint64_t time) {
    std::vector<Change> due, rest;
    for (Change& change : changes_) {
      (change.time <= time ? due : rest).push_back(std::move(change));
    }
    changes_ = std::move(rest);
    return due;
  }

  mutable std::mutex mutex_;  // of all below
  std::optional<Fault> fault_;
  uint64_t calls_ = 0;  // since Set
  uint64_t time_ = 0;   // calls in all
  std::vector<Change> changes_;
};

// The end of an upload, which may come from two threads when it lands later.
class Ending {
 public:
  explicit Ending(std::unique_ptr<Upload> upload) : upload_(std::move(upload)) {}

  absl::Status Append(std::string_view bytes, const CallOptions& options) {
    std::lock_guard<std::mutex> lock(mutex_);
    return upload_->Append(bytes, options);
  }

  // An upload is over once its Finish was OK; so the answer is kept for the next call.
  absl::StatusOr<std::string> Finish(const CallOptions& options) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (version_.empty()) {
      DOLERITE_ASSIGN_OR_RETURN(version_, upload_->Finish(options));
    }
    return version_;
  }

 private:
  std::mutex mutex_;
  const std::unique_ptr<Upload> upload_;
  std::string version_;  // of the finished object
};

class SpoiledUpload : public Upload {
 public:
  SpoiledUpload(std::unique_ptr<Upload> inner, Schedule* schedule)
      : inner_(std::make_shared<Ending>(std::move(inner))), schedule_(schedule) {}

 protected:
  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override {
    const std::optional<Fault> fault = schedule_->Next();
    // A store that lies: it says that it has written.
    if (Is(fault, Kind::kSkip)) return absl::OkStatus();
    if (Is(fault, Kind::kFailBefore)) return StatusOf(fault);
    // The piece came through although its call failed, and comes again: a store knows it by its
    // number, so that it is there once.
    if (!arrived_) DOLERITE_RETURN_IF_ERROR(inner_->Append(bytes, options));
    arrived_ = Is(fault, Kind::kFailAfter);
    return arrived_ ? StatusOf(fault) : absl::OkStatus();
  }

  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override {
    const std::optional<Fault> fault = schedule_->Next();
    if (Is(fault, Kind::kSkip)) return "skipped";
    if (Is(fault, Kind::kLandLater)) {
      // The upload lives on until then, even if the caller drops it.
      schedule_->Later(fault->delay, [upload = inner_] { (void)upload->Finish({}); });
      return StatusOf(fault);
    }
    return Spoil(fault, [&] { return inner_->Finish(options); });
  }

 private:
  std::shared_ptr<Ending> inner_;  // shared with a Finish that lands later
  Schedule* const schedule_;
  bool arrived_ = false;  // the last piece, whose call failed
};

// Counts calls, and makes the armed one go wrong: before it reaches `inner`, after it has, or in
// what a read gives.
class SpoiledStore : public FaultStore {
  // One schedule for all calls of the store and of its uploads, in the order in which they come.
 public:
  explicit SpoiledStore(ObjectStore* inner) : inner_(inner) {}

  StoreTraits traits() const override { return inner_->traits(); }

  void Arm(const Fault& fault) override { schedule_.Set(fault); }
  void Heal() override { schedule_.Set(std::nullopt); }
  uint64_t calls() const override { return schedule_.calls(); }
  void Land() override { schedule_.Land(); }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    const std::optional<Fault> fault = schedule_.Next();
    auto result = Spoil(fault, [&] { return inner_->Read(key, range, options); });
    if (!result.ok()) return result;
    // The public Read, as of any store, will notice a short one; a flipped bit only the reader of
    // the block can.
    Slice& slice = result->slice;
    if (Is(fault, Kind::kShortRead) && !slice.bytes.empty()) slice.bytes.remove_suffix(1);
    if (Is(fault, Kind::kFlipBit)) slice = FlipBit(slice.bytes, fault->bit);
    return result;
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    const std::optional<Fault> fault = schedule_.Next();
    if (Is(fault, Kind::kSkip)) return "skipped";
    if (Is(fault, Kind::kLandLater)) {
      // Copies, since the call has returned by then.
      schedule_.Later(fault->delay, [this, key = std::string(key), bytes = std::string(bytes),
                                     put] { (void)inner_->Put(key, bytes, put); });
      return StatusOf(fault);
    }
    // As a request that a network repeats: the second one meets what the first one wrote.
    if (Is(fault, Kind::kTwice)) (void)inner_->Put(key, bytes, put, options);
    return Spoil(fault, [&] { return inner_->Put(key, bytes, put, options); });
  }

  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    auto upload = Spoil(schedule_.Next(), [&] { return inner_->StartUpload(key, options); });
    if (!upload.ok()) return upload;
    return std::make_unique<SpoiledUpload>(*std::move(upload), &schedule_);
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    return Spoil(schedule_.Next(), [&] { return inner_->Head(key, options); });
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    return Spoil(schedule_.Next(), [&] { return inner_->List(prefix, list, options); });
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    const std::optional<Fault> fault = schedule_.Next();
    if (Is(fault, Kind::kSkip)) return absl::OkStatus();
    if (Is(fault, Kind::kLandLater)) {
      schedule_.Later(fault->delay, [this, key = std::string(key)] { (void)inner_->Delete(key); });
      return StatusOf(fault);
    }
    if (Is(fault, Kind::kTwice)) (void)inner_->Delete(key, options);
    return Spoil(fault, [&] { return inner_->Delete(key, options); });
  }

 private:
  ObjectStore* const inner_;
  mutable Schedule schedule_;
};

}  // namespace

std::unique_ptr<FaultStore> MakeFaultStore(ObjectStore* inner) {
  return std::make_unique<SpoiledStore>(inner);
}

}  // namespace dolerite
