#include "formats/wire/message_reader.h"

#include <algorithm>
#include <vector>

namespace dolerite {

// From the outermost message to the field: `a[3].b.c`.
std::string Path::Text(std::string_view field) const {
  std::vector<const Path*> chain;
  for (const Path* at = this; at != nullptr; at = at->parent) chain.push_back(at);
  std::reverse(chain.begin(), chain.end());
  std::string text;
  for (const Path* at : chain) {
    if (*at->name == '\0') continue;
    text += Concat(text.empty() ? "" : ".", at->name);
    if (at->row >= 0) text += Concat('[', at->row, ']');
  }
  if (!field.empty()) text += Concat(text.empty() ? "" : ".", field);
  return text;
}

// With the byte position if the whole file is in one piece.
absl::Status MessageScope::Fault(const char* at, const Path& path, std::string_view field,
                                 std::string_view what) const {
  std::string where = path.Text(field);
  if (!where.empty()) where += ": ";
  if (begin == nullptr) return InvalidArgument(format, ": ", where, what);
  return InvalidArgument(format, ": ", where, what, " (at byte ", at - begin, ")");
}

// Each byte below 0x80 ends a number.
size_t MessageReader::CountNumbers() const {
  if (field_.type != WireType::kBytes) return 1;
  return static_cast<size_t>(std::count_if(field_.bytes.begin(), field_.bytes.end(),
                                           [](char c) { return static_cast<int8_t>(c) >= 0; }));
}

// False in any case: the loop over the fields ends. A fault of the wire format becomes the status.
bool MessageReader::End() {
  if (reader_.fault() != nullptr) {
    SetStatus(scope_.Fault(reader_.at(), path_, "", reader_.fault()));
  }
  return false;
}

void MessageReader::WrongType(const char* name) { Fail(name, kWrongWireType); }

}  // namespace dolerite
