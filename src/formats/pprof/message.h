// The messages of a pprof file.
#ifndef DOLERITE_FORMATS_PPROF_MESSAGE_H_
#define DOLERITE_FORMATS_PPROF_MESSAGE_H_

#include <cstdint>
#include <string_view>

#include "dolerite/pprof.h"
#include "formats/wire/memory_meter.h"
#include "formats/wire/message_reader.h"

namespace dolerite::pprof {

// What the decoders of one Read share.
struct Input {
  const PprofReadOptions& options;
  PprofReadReport& report;
  MemoryMeter& memory;
  std::string_view bytes;  // decompressed
  Profile& profile;
  MessageScope scope;
  size_t strings = 0;  // of the string table, once it is known

  // ResourceExhausted if the profile would take more memory than its bytes allow.
  absl::Status Charge(size_t size) const {
    return memory.Take(size) ? absl::OkStatus() : memory.Exceeded("pprof");
  }
};

class Message : public MessageReader {
 public:
  Message(const Input& input, std::string_view bytes, const Path& path)
      : MessageReader(input.scope, bytes, path), input_(input) {}
  Message(const Input& input, const WireField& field, const Path& path)
      : MessageReader(input.scope, field, path), input_(input) {}
  Message(const Input&, std::string_view, Path&&) = delete;
  Message(const Input&, const WireField&, Path&&) = delete;

  // The string of an index. `name` is for errors.
  StringId Text(const char* name) { return TextAt(name, Number(name)); }
  StringId TextAt(const char* name, uint64_t index) {
    if (index < input_.strings) return StringId{static_cast<uint32_t>(index)};
    return BadString(name, index);
  }
  void Charge(size_t size) {
    if (!input_.memory.Take(size)) SetStatus(input_.memory.Exceeded("pprof"));
  }
  // A fault of the message as a whole.
  void FailWhole(std::string_view name, std::string_view what) { SetStatus(Fault(name, what)); }
  // Ends with the fault of a message inside, if that has one.
  void Adopt(const Message& inner) { SetStatus(inner.status()); }

  // It may count in the report what it passes over.
  static constexpr bool kCareful = true;

 private:
  StringId BadString(const char* name, uint64_t index);

  const Input& input_;
};

// Reads a message of the form that encoders give: known fields of the right types, tags of one
// byte, sound. It has Message's calls, so that a decoder is one template over both, but tells
// nothing of a fault: at anything unusual it ends with ok() false. Then read the message again as a
// Message, which takes what is only unusual and names what is wrong.
class PlainMessage {
 public:
  PlainMessage(const Input& input, std::string_view bytes, const Path&)
      : input_(input), in_(bytes) {}

  // One of the calls below must read the field before the next. A tag of several bytes has a number
  // here that no message knows.
  bool Next() { return ok_ && in_.ReadLittle(&tag_); }
  uint32_t number() const { return tag_ >> 3; }
  bool ok() const { return ok_; }

  uint64_t Number(const char*) { return Expect(WireType::kVarint), Varint(); }
  StringId Text(const char* name) { return TextAt(name, Number(name)); }
  StringId TextAt(const char*, uint64_t index) {
    ok_ = ok_ && index < input_.strings;
    return StringId{static_cast<uint32_t>(index)};
  }
  std::string_view Bytes(const char*) {
    std::string_view bytes;
    Expect(WireType::kBytes);
    ok_ = in_.ReadBytes(Varint(), &bytes) && ok_;
    return bytes;
  }
  template <class Take>
  void Numbers(const char* name, Take take) {
    if (type() != WireType::kBytes) return take(Number(name));
    ByteReader run(Bytes(name));
    for (uint64_t value = 0; !run.empty(); take(value)) {
      if (!run.ReadVarint(&value)) return Unknown();
    }
  }
  size_t MostNumbers() const { return in_.remaining(); }

  void Unknown() { ok_ = false; }
  void Fail(std::string_view, std::string_view) { ok_ = false; }
  void FailWhole(std::string_view, std::string_view) { ok_ = false; }
  void SetStatus(const absl::Status& status) { ok_ = ok_ && status.ok(); }
  void Adopt(const PlainMessage& inner) { ok_ = ok_ && inner.ok_; }
  void Charge(size_t size) { ok_ = input_.memory.Take(size) && ok_; }

  static constexpr bool kCareful = false;

 private:
  WireType type() const { return static_cast<WireType>(tag_ & 7); }
  void Expect(WireType expected) { ok_ = ok_ && type() == expected; }
  uint64_t Varint() {
    uint64_t value = 0;
    ok_ = in_.ReadVarint(&value) && ok_;
    return value;
  }

  const Input& input_;
  ByteReader in_;
  uint8_t tag_ = 0;
  bool ok_ = true;
};

// Reads a message by take(PlainMessage*), and if it is not plain, by undo() and take(Message*).
template <class Take, class Undo>
absl::Status ReadMessage(const Input& input, std::string_view bytes, const Path& path, Take take,
                         Undo undo) {
  PlainMessage plain(input, bytes, path);
  take(&plain);
  if (plain.ok()) return absl::OkStatus();
  undo();
  Message careful(input, bytes, path);
  take(&careful);
  return careful.status();
}

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_MESSAGE_H_
