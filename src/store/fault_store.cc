#include "dolerite/fault_store.h"

#include <mutex>
#include <optional>
#include <utility>

#include "base/text.h"
#include "store/errors.h"

namespace dolerite {
namespace {

bool Is(const std::optional<Fault>& fault, Fault::Kind kind) {
  return fault.has_value() && fault->kind == kind;
}

absl::Status StatusOf(const std::optional<Fault>& fault) {
  return MakeStatus(fault->code, "fault at call ", fault->call);
}

// Makes the call, or fails before or after it as the fault says.
template <class Call>
auto Spoil(const std::optional<Fault>& fault, const Call& call) -> decltype(call()) {
  if (Is(fault, Fault::Kind::kFailBefore)) return StatusOf(fault);
  auto result = call();
  if (Is(fault, Fault::Kind::kFailAfter)) return StatusOf(fault);
  return result;
}

Slice FlipBit(std::string_view bytes, uint64_t bit) {
  std::string copy(bytes);
  if (!copy.empty()) copy[bit / 8 % copy.size()] ^= static_cast<char>(1 << bit % 8);
  return Slice::Own(std::move(copy));
}

// Counts calls, and makes the armed one go wrong: before it reaches `inner`, after it has, or in
// what a read gives.
class SpoiledStore : public FaultStore {
 public:
  explicit SpoiledStore(ObjectStore* inner) : inner_(inner) {}

  StoreTraits traits() const override { return inner_->traits(); }

  void Arm(const Fault& fault) override {
    std::lock_guard<std::mutex> lock(mutex_);
    fault_ = fault;
    calls_ = 0;
  }
  void Heal() override {
    std::lock_guard<std::mutex> lock(mutex_);
    fault_.reset();
    calls_ = 0;
  }
  uint64_t calls() const override {
    std::lock_guard<std::mutex> lock(mutex_);
    return calls_;
  }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    const std::optional<Fault> fault = Next();
    auto result = Spoil(fault, [&] { return inner_->Read(key, range, options); });
    if (!result.ok()) return result;
    Slice& slice = result->slice;
    if (Is(fault, Fault::Kind::kShortRead) && !slice.bytes.empty()) slice.bytes.remove_suffix(1);
    if (Is(fault, Fault::Kind::kFlipBit)) slice = FlipBit(slice.bytes, fault->bit);
    return result;
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    const std::optional<Fault> fault = Next();
    if (Is(fault, Fault::Kind::kSkip)) return "skipped";
    return Spoil(fault, [&] { return inner_->Put(key, bytes, put, options); });
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    return Spoil(Next(), [&] { return inner_->Head(key, options); });
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    return Spoil(Next(), [&] { return inner_->List(prefix, list, options); });
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    const std::optional<Fault> fault = Next();
    if (Is(fault, Fault::Kind::kSkip)) return absl::OkStatus();
    return Spoil(fault, [&] { return inner_->Delete(key, options); });
  }

 private:
  // Counts a call; the fault if this call is to go wrong.
  std::optional<Fault> Next() const {
    std::lock_guard<std::mutex> lock(mutex_);
    ++calls_;
    const bool now =
        fault_ && (calls_ == fault_->call || (fault_->sticky && calls_ > fault_->call));
    return now ? fault_ : std::nullopt;
  }

  ObjectStore* const inner_;
  mutable std::mutex mutex_;
  mutable uint64_t calls_ = 0;  // under mutex_, as the fault
  std::optional<Fault> fault_;
};

}  // namespace

std::unique_ptr<FaultStore> MakeFaultStore(ObjectStore* inner) {
  return std::make_unique<SpoiledStore>(inner);
}

}  // namespace dolerite
