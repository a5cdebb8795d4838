#include <optional>
#include <utility>

#include "base/text.h"
#include "dolerite/stores.h"
#include "store/errors.h"

namespace dolerite {
namespace {

bool Is(const std::optional<Fault>& fault, Fault::Kind kind) {
  return fault.has_value() && fault->kind == kind;
}

absl::Status StatusOf(const std::optional<Fault>& fault) {
  return MakeStatus(fault->code, "fault at call ", fault->call);
}

// Fails before or after `call`, or leaves it as it is.
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

}  // namespace

void FaultStore::Arm(const Fault& fault) {
  std::lock_guard<std::mutex> lock(mutex_);
  fault_ = fault;
  calls_ = 0;
}

void FaultStore::Heal() {
  std::lock_guard<std::mutex> lock(mutex_);
  fault_.reset();
  calls_ = 0;
}

uint64_t FaultStore::calls() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return calls_;
}

std::optional<Fault> FaultStore::Next() const {
  std::lock_guard<std::mutex> lock(mutex_);
  ++calls_;
  const bool now = fault_ && (calls_ == fault_->call || (fault_->sticky && calls_ > fault_->call));
  return now ? fault_ : std::nullopt;
}

absl::StatusOr<ReadResult> FaultStore::DoRead(std::string_view key, const ByteRange& range,
                                              const CallOptions& options) const {
  const std::optional<Fault> fault = Next();
  auto result = Spoil(fault, [&] { return ForwardingStore::DoRead(key, range, options); });
  if (!result.ok()) return result;
  Slice& slice = result->slice;
  if (Is(fault, Fault::Kind::kShortRead) && !slice.bytes.empty()) slice.bytes.remove_suffix(1);
  if (Is(fault, Fault::Kind::kFlipBit)) slice = FlipBit(slice.bytes, fault->bit);
  return result;
}

absl::StatusOr<ReadManyResult> FaultStore::DoReadMany(std::string_view key,
                                                      std::span<const ByteRange> ranges,
                                                      const CallOptions& options) const {
  return ObjectStore::DoReadMany(key, ranges, options);  // so that each request is a DoRead
}

absl::StatusOr<std::string> FaultStore::DoPut(std::string_view key, std::string_view bytes,
                                              const PutOptions& put, const CallOptions& options) {
  const std::optional<Fault> fault = Next();
  if (Is(fault, Fault::Kind::kSkip)) return "skipped";
  return Spoil(fault, [&] { return ForwardingStore::DoPut(key, bytes, put, options); });
}

absl::StatusOr<ObjectInfo> FaultStore::DoHead(std::string_view key,
                                              const CallOptions& options) const {
  return Spoil(Next(), [&] { return ForwardingStore::DoHead(key, options); });
}

absl::StatusOr<ListPage> FaultStore::DoList(std::string_view prefix, const ListOptions& list,
                                            const CallOptions& options) const {
  return Spoil(Next(), [&] { return ForwardingStore::DoList(prefix, list, options); });
}

absl::Status FaultStore::DoDelete(std::string_view key, const CallOptions& options) {
  const std::optional<Fault> fault = Next();
  if (Is(fault, Fault::Kind::kSkip)) return absl::OkStatus();
  return Spoil(fault, [&] { return ForwardingStore::DoDelete(key, options); });
}

}  // namespace dolerite
