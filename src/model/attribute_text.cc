#include "model/attribute_text.h"

#include <bit>
#include <charconv>

namespace dolerite {

// The shortest text that reads back as the same number, by to_chars: it knows no locale. 64 bytes
// hold any of them.
std::string NumberText(AttributeKind kind, uint64_t value) {
  char text[64];
  std::to_chars_result end{text, {}};
  switch (kind) {
    case AttributeKind::kBoolean:
      return value != 0 ? "true" : "false";
    case AttributeKind::kInteger:
      end = std::to_chars(text, text + sizeof text, static_cast<int64_t>(value));
      break;
    case AttributeKind::kDouble:
      end = std::to_chars(text, text + sizeof text, std::bit_cast<double>(value));
      break;
    default:
      break;
  }
  return std::string(text, end.ptr);
}

}  // namespace dolerite
