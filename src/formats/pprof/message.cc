#include "formats/pprof/message.h"

#include <algorithm>

namespace dolerite {

namespace {

std::string PathOf(const PprofPlace& place, std::string_view field) {
  std::string path = Concat("pprof: ", place.kind);
  if (*place.kind != '\0') path += Concat('[', place.row, ']');
  if (place.part != nullptr) path += Concat('.', place.part, '[', place.part_row, ']');
  if (!field.empty()) path += Concat(*place.kind != '\0' ? "." : "", field);
  return path;
}

}  // namespace

absl::Status PprofInput::Fault(const char* at, const PprofPlace& place, std::string_view field,
                               std::string_view what) const {
  const std::string path = PathOf(place, field);
  return InvalidArgument(path, path.back() == ' ' ? "" : ": ", what, " (at byte ",
                         at - bytes.data(), ")");
}

size_t PprofMessage::CountNumbers() const {
  if (field_.type != WireType::kBytes) return 1;
  return static_cast<size_t>(std::count_if(field_.bytes.begin(), field_.bytes.end(),
                                           [](char c) { return static_cast<int8_t>(c) >= 0; }));
}

bool PprofMessage::End() {
  if (reader_.fault() != nullptr) {
    SetStatus(input_.Fault(reader_.at(), place_, "", reader_.fault()));
  }
  return false;
}

void PprofMessage::WrongType(const char* name) { Fail(name, kWrongWireType); }

StringId PprofMessage::BadString(const char* name, uint64_t index) {
  if (!ok()) return {};
  if (!input_.options.lenient) {
    Fail(name, Concat(static_cast<int64_t>(index), " is not in the string table"));
  } else if (index != 0) {
    ++input_.report.strings_replaced;
  }
  return {};
}

}  // namespace dolerite
