#include "formats/otlp/message.h"

#include <algorithm>
#include <vector>

namespace dolerite::otlp {

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

absl::Status FaultAt(const Path& path, std::string_view field, std::string_view what) {
  return InvalidArgument("otlp: ", path.Text(field), ": ", what);
}

absl::Status Context::Refuse(const absl::Status& status, const Path& path) {
  constexpr size_t kListed = 1000;
  if (status.ok() || !options.take_sound || !absl::IsInvalidArgument(status)) return status;
  ++report.refused;
  if (report.refusals.size() < kListed) report.refusals.push_back({path.Text(), status});
  return absl::OkStatus();
}

void Message::Fail(std::string_view name, std::string_view what) {
  if (ok()) SetStatus(FaultAt(path_, name, what));
}

void Message::WrongType(const char* name) { Fail(name, "of another wire type than it should be"); }

uint32_t Message::BadIndex(const char* name, uint64_t index, size_t size) {
  Fail(name, Concat(static_cast<int64_t>(index), " is outside a table of ", size));
  return 0;
}

}  // namespace dolerite::otlp
