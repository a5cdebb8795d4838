// The messages of a pprof file, read with checks and good errors.
#ifndef DOLERITE_FORMATS_PPROF_MESSAGE_H_
#define DOLERITE_FORMATS_PPROF_MESSAGE_H_

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "dolerite/pprof.h"
#include "formats/wire/proto_reader.h"

namespace dolerite {

inline constexpr std::string_view kWrongWireType = "wrong wire type";

// Where a message stands: `sample[12]`, `sample[12].label[3]`.
struct PprofPlace {
  const char* kind = "";
  size_t row = 0;
  const char* part = nullptr;
  size_t part_row = 0;
};

// What the decoders of one Read share.
struct PprofInput {
  const PprofReadOptions& options;
  PprofReadReport& report;
  std::string_view bytes;  // decompressed
  Profile& profile;
  size_t strings = 0;  // of the string table, once it is known

  // InvalidArgument for `at`, which points into bytes.
  absl::Status Fault(const char* at, const PprofPlace& place, std::string_view field,
                     std::string_view what) const;
};

// One message. Keeps the first fault and ends there, so that a loop over its
// fields needs no checks.
class PprofMessage {
 public:
  PprofMessage(const PprofInput& input, std::string_view bytes, const PprofPlace& place)
      : input_(input), begin_(bytes.data()), place_(place), reader_(bytes) {}

  // Of one field that was read before.
  PprofMessage(const PprofInput& input, const WireField& field, const PprofPlace& place)
      : input_(input), begin_(field.begin), place_(place), field_(field) {}

  bool Next() { return status_.ok() && (reader_.Next(&field_) || End()); }
  uint32_t number() const { return field_.number; }

  // The field's value. `name` is for errors.
  uint64_t Number(const char* name) {
    if (field_.type != WireType::kVarint) return WrongType(name), 0;
    return field_.value;
  }
  std::string_view Bytes(const char* name) {
    if (field_.type != WireType::kBytes) return WrongType(name), std::string_view();
    return field_.bytes;
  }
  StringId Text(const char* name) { return TextAt(name, Number(name)); }
  // The string of an index.
  StringId TextAt(const char* name, uint64_t index) {
    if (index < input_.strings) return StringId{static_cast<uint32_t>(index)};
    return BadString(name, index);
  }
  // For repeated numbers: one, or a packed run of them. take(value) may call Fail.
  template <class Take>
  void Numbers(const char* name, Take take) {
    if (field_.type != WireType::kBytes) {
      const uint64_t value = Number(name);
      if (status_.ok()) take(value);
      return;
    }
    ByteReader run(field_.bytes);
    for (uint64_t value = 0; !run.empty() && status_.ok(); take(value)) {
      if (!run.ReadVarint(&value)) return Fail(name, "a packed number is cut off or too long");
    }
  }
  // A bound, at no cost, for how many Numbers would give.
  size_t MostNumbers() const { return field_.type == WireType::kBytes ? field_.bytes.size() : 1; }
  // How many it would give.
  size_t CountNumbers() const;

  void Unknown() { ++input_.report.unknown_fields; }
  void Fail(const char* name, std::string_view what) {
    SetStatus(input_.Fault(field_.begin, place_, name, what));
  }
  void SetStatus(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  // A fault of the message as a whole.
  absl::Status Fault(const char* name, std::string_view what) const {
    return input_.Fault(begin_, place_, name, what);
  }

 private:
  bool End();
  void WrongType(const char* name);
  StringId BadString(const char* name, uint64_t index);

  const PprofInput& input_;
  const char* begin_;
  PprofPlace place_;
  ProtoReader reader_;
  WireField field_;
  absl::Status status_;
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_PPROF_MESSAGE_H_
