#include "formats/wire/proto_reader.h"

namespace dolerite {

// Types that profiles seldom have.
bool ProtoReader::ReadRare(WireField* field) {
  if (field->type == WireType::kFixed64) {
    return in_.ReadLittle(&field->value) || Fail("a fixed number is cut off");
  }
  if (field->type == WireType::kFixed32) {
    uint32_t value = 0;
    if (!in_.ReadLittle(&value)) return Fail("a fixed number is cut off");
    field->value = value;
    return true;
  }
  if (field->type == WireType::kGroup) return SkipGroup(field->number);
  return Fail("an unknown wire type");
}

// Groups are no longer written but may come. Keeps the open groups in an array, so that input can't
// overflow the call stack.
bool ProtoReader::SkipGroup(uint32_t number) {
  constexpr int kMaxOpen = 32;
  uint32_t open[kMaxOpen] = {number};
  int depth = 1;
  while (depth > 0) {
    uint64_t tag = 0;
    if (!in_.ReadVarint(&tag)) return Fail("a group is not closed");
    if (tag < 8 || tag > UINT32_MAX) return Fail("a field number in a group is 0 or too large");
    const uint32_t member = static_cast<uint32_t>(tag >> 3);
    const WireType type = static_cast<WireType>(tag & 7);
    if (type == WireType::kGroupEnd) {
      if (open[--depth] != member) return Fail("a group is closed by another's end");
    } else if (type == WireType::kGroup) {
      if (depth == kMaxOpen) return Fail("groups are nested too deep");
      open[depth++] = member;
    } else if (!SkipGroupMember(type)) {
      return Fail("a group holds a broken field");
    }
  }
  return true;
}

// Only passes over the content.
bool ProtoReader::SkipGroupMember(WireType type) {
  uint64_t number = 0;
  uint32_t fixed32 = 0;
  std::string_view bytes;
  switch (type) {
    case WireType::kVarint:
      return in_.ReadVarint(&number);
    case WireType::kFixed64:
      return in_.ReadLittle(&number);
    case WireType::kFixed32:
      return in_.ReadLittle(&fixed32);
    case WireType::kBytes:
      return in_.ReadVarint(&number) && in_.ReadBytes(number, &bytes);
    default:
      return false;
  }
}

}  // namespace dolerite
