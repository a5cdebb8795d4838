// The messages of a pprof file.
#ifndef DOLERITE_FORMATS_PPROF_MESSAGE_H_
#define DOLERITE_FORMATS_PPROF_MESSAGE_H_

#include <cstdint>
#include <string_view>

#include "dolerite/pprof.h"
#include "formats/wire/memory_meter.h"
#include "formats/wire/message_reader.h"
#include "formats/wire/plain_reader.h"

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

class PlainMessage : public PlainReader {
 public:
  PlainMessage(const Input& input, std::string_view bytes, const Path&)
      : PlainReader(bytes), input_(input) {}

  StringId Text(const char* name) { return TextAt(name, Number(name)); }
  StringId TextAt(const char*, uint64_t index) {
    if (index >= input_.strings) Unknown();
    return StringId{static_cast<uint32_t>(index)};
  }
  void Charge(size_t size) {
    if (!input_.memory.Take(size)) Unknown();
  }

 private:
  const Input& input_;
};

// Reads a message by take(PlainMessage*), and if it is not plain, by undo() and take(Message*).
template <class Take, class Undo>
absl::Status ReadMessage(const Input& input, std::string_view bytes, const Path& path,
                         const Take& take, const Undo& undo) {
  return ReadMessageAs<PlainMessage, Message>(input, bytes, path, take, undo);
}

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_MESSAGE_H_
