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

 private:
  StringId BadString(const char* name, uint64_t index);

  const Input& input_;
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_MESSAGE_H_
