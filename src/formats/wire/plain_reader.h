// Protobuf messages of the form that encoders give, read in one pass without a word about faults.
#ifndef DOLERITE_FORMATS_WIRE_PLAIN_READER_H_
#define DOLERITE_FORMATS_WIRE_PLAIN_READER_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "base/bytes.h"
#include "formats/wire/proto_reader.h"

namespace dolerite {

// Reads a message of known fields of the right types, tags of one byte, sound. It has
// MessageReader's calls, so that a decoder is one template over both, but at anything unusual it
// ends with ok() false. Then read the message again as a MessageReader, which takes what is only
// unusual and names what is wrong. Small, and used as a local variable, so that it lives in
// registers.
class PlainReader {
 public:
  explicit PlainReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // One of the calls below must read the field before the next. A tag of several bytes has a number
  // here that no message knows.
  bool Next() {
    if (at_ == end_) return false;
    tag_ = static_cast<uint8_t>(*at_++);
    return true;
  }
  // Next, if the next field is this one; else false, and nothing is done. Decoders ask for fields
  // in the usual order before they take what is left in a loop: that is twice as fast.
  bool NextIs(uint32_t number, WireType type) {
    const auto tag = static_cast<uint8_t>(number << 3 | static_cast<uint32_t>(type));
    if (at_ == end_ || static_cast<uint8_t>(*at_) != tag) return false;
    tag_ = tag, ++at_;
    return true;
  }
  bool NextIsNumber(uint32_t number) { return NextIs(number, WireType::kVarint); }
  bool NextIsBytes(uint32_t number) { return NextIs(number, WireType::kBytes); }
  uint32_t number() const { return tag_ >> 3; }
  bool ok() const { return ok_; }
  // The number of this field if the message goes on with it, else 0: what it means if it is left
  // out.
  uint64_t NumberIfNext(uint32_t number) { return NextIsNumber(number) ? Varint() : 0; }
  // Whether all is read, and was sound.
  bool Ends() const { return ok_ && at_ == end_; }

  uint64_t Number(const char*) {
    if (type() != WireType::kVarint) Unknown();
    return Varint();
  }
  int64_t Signed(const char* name) { return static_cast<int64_t>(Number(name)); }
  std::string_view Bytes(const char*) {
    if (type() != WireType::kBytes) Unknown();
    const uint64_t size = Varint();
    if (size > static_cast<size_t>(end_ - at_)) return Unknown(), std::string_view();
    const std::string_view bytes(at_, size);
    at_ += size;
    return bytes;
  }
  uint64_t FixedWord(const char*) {
    if (type() != WireType::kFixed64 || end_ - at_ < 8) return Unknown(), 0;
    at_ += 8;
    return LoadLittle<uint64_t>(at_ - 8);
  }
  // A number that is not packed is taken as a run of one: `take` is called in one place, so that it
  // is inlined.
  template <class Take>
  void Numbers(const char* name, const Take& take) {
    const char* at = at_;
    const char* end = at_;
    if (type() == WireType::kBytes) {
      const std::string_view run = Bytes(name);
      at = run.data(), end = at + run.size();
    } else {
      Number(name);
      end = at_;
    }
    if (!ok_) return;
    while (at != end) {
      const ParsedVarint parsed = ParseVarint(at, end);
      if (parsed.end == nullptr) return Unknown();
      at = parsed.end;
      take(parsed.value);
    }
  }
  template <class Take>
  void FixedNumbers(const char* name, const Take& take) {
    const std::string_view run = Bytes(name);
    if (run.size() % 8 != 0) return Unknown();
    for (size_t i = 0; i < run.size(); i += 8) take(LoadLittle<uint64_t>(run.data() + i));
  }
  size_t MostNumbers() const { return static_cast<size_t>(end_ - at_); }

  void Unknown() { ok_ = false, at_ = end_; }
  void Fail(std::string_view, std::string_view) { Unknown(); }
  void FailWhole(std::string_view, std::string_view) { Unknown(); }
  void SetStatus(const absl::Status& status) {
    if (!status.ok()) Unknown();
  }
  void Adopt(const PlainReader& inner) {
    if (!inner.ok_) Unknown();
  }

  // Decoders leave faults to the careful reader, which names them.
  static constexpr bool kCareful = false;

 private:
  WireType type() const { return static_cast<WireType>(tag_ & 7); }
  uint64_t Varint() {
    const ParsedVarint parsed = ParseVarint(at_, end_);
    if (parsed.end == nullptr) return Unknown(), 0;
    at_ = parsed.end;
    return parsed.value;
  }

  const char* at_;
  const char* end_;
  uint8_t tag_ = 0;
  bool ok_ = true;
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_WIRE_PLAIN_READER_H_
