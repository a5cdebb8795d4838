#include "formats/otlp/message.h"

namespace dolerite::otlp {

// A place in the message for an error.
absl::Status FaultAt(const Path& path, std::string_view field, std::string_view what) {
  const std::string where = path.Text(field);
  return InvalidArgument("otlp: ", where, where.empty() ? "" : ": ", what);
}

// Limits and lack of memory are never refusals: they end the call.
absl::Status Context::Refuse(const absl::Status& status, const Path& path) {
  constexpr size_t kListed = 1000;
  if (status.ok() || !options.take_sound || !absl::IsInvalidArgument(status)) return status;
  ++report.refused;
  if (report.refusals.size() < kListed) report.refusals.push_back({path.Text(), status});
  return absl::OkStatus();
}

uint32_t Message::BadIndex(const char* name, uint64_t index, size_t size) {
  Fail(name, Concat(static_cast<int64_t>(index), " is outside a table of ", size));
  return 0;
}

}  // namespace dolerite::otlp
