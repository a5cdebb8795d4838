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
#include "formats/wire/plain_reader.h"

namespace dolerite::otlp {

// A Context stays where it is: messages refer to its scope.
struct Context {
  Context(const OtlpReadOptions& read_options, OtlpReadReport& read_report)
      : options(read_options),
        report(read_report),
        scope{"otlp", options.limits, report.unknown_fields} {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const OtlpReadOptions& options;
  OtlpReadReport& report;
  const MessageScope scope;
  OtlpLayout layout = OtlpLayout::k1_11;
  MemoryMeter memory;
  size_t scratch = 0;

  // Begins an input, of so many bytes as it was handed in.
  void Begin(size_t stored_bytes) {
    report = {};
    layout = OtlpLayout::k1_11;
    memory = MemoryMeter(std::min(options.memory_bytes, MemoryBound(options.limits, stored_bytes)));
    scratch = 0;
  }

  // ResourceExhausted if what the call gives would take more memory than it may.
  absl::Status Charge(size_t bytes) {
    return memory.Take(bytes) ? absl::OkStatus() : memory.Exceeded("otlp");
  }
  // The same for what lasts as long as a message: its dictionary, its samples.
  absl::Status ChargeScratch(size_t bytes) {
    return TakeScratch(bytes) ? absl::OkStatus() : memory.Exceeded("otlp");
  }
  bool TakeScratch(size_t bytes) {
    scratch += bytes;
    return memory.Take(bytes);
  }
  // All but the first `kept` bytes of it.
  void ReturnScratch(size_t kept = 0) {
    memory.Return(scratch - kept);
    scratch = kept;
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

  // This reader names faults; see PlainReader.
  static constexpr bool kCareful = true;
  // Ends with the fault of a message inside, if that has one.
  void Adopt(const Message& inner) { SetStatus(inner.status()); }

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

class PlainMessage : public PlainReader {
 public:
  PlainMessage(Context& context, std::string_view bytes, const Path&)
      : PlainReader(bytes), context_(context) {}

  const ReadLimits& limits() const { return context_.options.limits; }
  void ChargeScratch(size_t bytes) {
    if (!context_.TakeScratch(bytes)) Unknown();
  }

 private:
  Context& context_;
};

// Reads a message by take(PlainMessage*), and if it is not plain, once more by take(Message*).
// Scratch memory of the first reading is returned; undo() takes back the rest.
template <class Take, class Undo>
absl::Status ReadMessage(Context& context, std::string_view bytes, const Path& path,
                         const Take& take, const Undo& undo) {
  const size_t scratch = context.scratch;
  return ReadMessageAs<PlainMessage, Message>(context, bytes, path, take, [&] {
    context.ReturnScratch(scratch);
    undo();
  });
}

absl::Status FaultAt(const Path& path, std::string_view field, std::string_view what);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_MESSAGE_H_
