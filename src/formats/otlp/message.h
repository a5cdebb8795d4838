// The messages of OTLP, and what all decoders of one call share.
#ifndef DOLERITE_FORMATS_OTLP_MESSAGE_H_
#define DOLERITE_FORMATS_OTLP_MESSAGE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "dolerite/otlp.h"
#include "formats/wire/memory_meter.h"
#include "formats/wire/message_reader.h"

namespace dolerite::otlp {

// A Context stays where it is: messages refer to its scope.
struct Context {
  Context(const OtlpReadOptions& read_options, OtlpReadReport& read_report, size_t stored_bytes)
      : options(read_options),
        report(read_report),
        scope{"otlp", options.limits, report.unknown_fields},
        memory(std::min(options.memory_bytes, MemoryBound(options.limits, stored_bytes))) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const OtlpReadOptions& options;
  OtlpReadReport& report;
  const MessageScope scope;
  OtlpLayout layout = OtlpLayout::k1_11;
  MemoryMeter memory;
  size_t scratch = 0;

  // ResourceExhausted if what the call gives would take more memory than it may.
  absl::Status Charge(size_t bytes) {
    return memory.Take(bytes) ? absl::OkStatus() : memory.Exceeded("otlp");
  }
  // The same for what lasts as long as a message: its dictionary, its samples.
  absl::Status ChargeScratch(size_t bytes) {
    scratch += bytes;
    return Charge(bytes);
  }
  void ReturnScratch() {
    memory.Return(scratch);
    scratch = 0;
  }
  // OK, with a refusal noted, for what take_sound may leave out; else the status itself.
  absl::Status Refuse(const absl::Status& status, const Path& path);
};

class Message : public MessageReader {
 public:
  Message(Context& context, std::string_view bytes, const Path& path)
      : MessageReader(context.scope, bytes, path), context_(context) {}
  Message(Context& context, const WireField& field, const Path& path)
      : MessageReader(context.scope, field, path), context_(context) {}
  Message(Context&, std::string_view, Path&&) = delete;
  Message(Context&, const WireField&, Path&&) = delete;

  // `index` if a table of `size` has it; else a fault, and 0.
  uint32_t IndexOf(const char* name, uint64_t index, size_t size) {
    if (index < size || !ok()) return static_cast<uint32_t>(index);
    return BadIndex(name, index, size);
  }
  void ChargeScratch(size_t bytes) { SetStatus(context_.ChargeScratch(bytes)); }

 private:
  uint32_t BadIndex(const char* name, uint64_t index, size_t size);

  Context& context_;
};

absl::Status FaultAt(const Path& path, std::string_view field, std::string_view what);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_MESSAGE_H_
