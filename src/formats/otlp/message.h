// The messages of OTLP, read with checks and with errors that name the path.
#ifndef DOLERITE_FORMATS_OTLP_MESSAGE_H_
#define DOLERITE_FORMATS_OTLP_MESSAGE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "dolerite/otlp.h"
#include "formats/wire/proto_reader.h"

namespace dolerite::otlp {

// Where a message stands: a chain on the stack from the inside out. `row` is left out if negative.
struct Path {
  const Path* parent = nullptr;
  const char* name = "";
  int64_t row = -1;

  std::string Text(std::string_view field = "") const;
};

// What all decoders of one call share.
struct Context {
  const OtlpReadOptions& options;
  OtlpReadReport& report;
  OtlpLayout layout = OtlpLayout::k1_11;
  size_t memory = 0;

  // ResourceExhausted past options.memory_bytes.
  absl::Status Charge(size_t bytes) {
    memory += bytes;
    if (memory <= options.memory_bytes) return absl::OkStatus();
    return CheckLimit("otlp: memory_bytes", memory, options.memory_bytes);
  }
  // OK, with a refusal noted, for what take_sound may leave out; else the status itself.
  absl::Status Refuse(const absl::Status& status, const Path& path);
};

// One message. Keeps the first fault and ends there, so that a loop over its
// fields needs no checks.
class Message {
 public:
  Message(Context& context, std::string_view bytes, const Path& path)
      : context_(context), path_(path), reader_(bytes) {}
  // Of one field that was read before.
  Message(Context& context, const WireField& field, const Path& path)
      : context_(context), path_(path), field_(field) {}

  bool Next() {
    if (!ok()) return false;
    if (reader_.Next(&field_)) return true;
    if (reader_.fault() != nullptr) Fail("", reader_.fault());
    return false;
  }
  uint32_t number() const { return field_.number; }
  const WireField& field() const { return field_; }
  const Path& path() const { return path_; }
  const ReadLimits& limits() const { return context_.options.limits; }

  // The field's value. `name` is for errors.
  uint64_t Number(const char* name) {
    if (field_.type != WireType::kVarint) return WrongType(name), 0;
    return field_.value;
  }
  int64_t Signed(const char* name) { return static_cast<int64_t>(Number(name)); }
  // A number in eight bytes, or a varint, which senders before 1.8 wrote.
  uint64_t Fixed(const char* name) {
    if (field_.type != WireType::kFixed64) return Number(name);
    return field_.value;
  }
  std::string_view Bytes(const char* name) {
    if (field_.type != WireType::kBytes) return WrongType(name), std::string_view();
    return field_.bytes;
  }
  // An index into a table of `size`; 0 after a fault.
  uint32_t Index(const char* name, size_t size) { return IndexOf(name, Number(name), size); }
  uint32_t IndexOf(const char* name, uint64_t index, size_t size) {
    if (index < size || !ok()) return static_cast<uint32_t>(index);
    return BadIndex(name, index, size);
  }
  // For repeated numbers: one, or a packed run of them. take(value) may call Fail.
  template <class Take>
  void Numbers(const char* name, Take take) {
    if (field_.type != WireType::kBytes) {
      const uint64_t value = Fixed(name);
      if (ok()) take(value);
      return;
    }
    ByteReader run(field_.bytes);
    for (uint64_t value = 0; !run.empty() && ok(); take(value)) {
      if (!run.ReadVarint(&value)) return Fail(name, "a packed number is broken");
    }
  }
  // The same in eight bytes each.
  template <class Take>
  void FixedNumbers(const char* name, Take take) {
    if (field_.type != WireType::kBytes) return Numbers(name, take);
    if (field_.bytes.size() % 8 != 0) return Fail(name, "packed words are cut off");
    for (size_t i = 0; i < field_.bytes.size(); i += 8) {
      take(LoadLittle<uint64_t>(field_.bytes.data() + i));
    }
  }

  void Unknown() { ++context_.report.unknown_fields; }
  void Fail(std::string_view name, std::string_view what);
  void SetStatus(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }

 private:
  void WrongType(const char* name);
  uint32_t BadIndex(const char* name, uint64_t index, size_t size);

  Context& context_;
  const Path& path_;
  ProtoReader reader_;
  WireField field_;
  absl::Status status_;
};

absl::Status FaultAt(const Path& path, std::string_view field, std::string_view what);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_MESSAGE_H_
