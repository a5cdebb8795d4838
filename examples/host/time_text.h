// Times as people and SDKs write them in a URL.
#ifndef DOLERITE_EXAMPLES_HOST_TIME_TEXT_H_
#define DOLERITE_EXAMPLES_HOST_TIME_TEXT_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace dolerite::host {

// Nanoseconds since 1970 of a number, whose digits tell the unit: up to 10 are seconds, 13 ms, 16
// us, others ns; or of `now`, or of a time before it: `now-90s`, `now-2h` (s, m, h, d, w). Empty
// for anything else.
std::optional<int64_t> ReadTime(std::string_view text, int64_t now_nanos);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_TIME_TEXT_H_
