// Values that JSON has no kind for, as texts: times, durations, ids, matchers.
#ifndef DOLERITE_ASK_VALUE_TEXTS_H_
#define DOLERITE_ASK_VALUE_TEXTS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dolerite/selection.h"

namespace dolerite::ask {

// `2026-05-04T10:00:00.5Z`: as many decimals as the time has.
std::string TimeText(int64_t nanos);
// Times of samples are unsigned; always with nine decimals.
std::string SampleTimeText(uint64_t nanos);
// RFC 3339 with up to nine decimals; nullopt for all else, and for times beyond 64 bits.
std::optional<int64_t> ParseTimeText(std::string_view text);

// `90s`, `1m`: in the largest unit of which it is a whole number.
std::string DurationText(int64_t nanos);
// One or more whole numbers with a unit each, d h m s ms us ns: `1h30m`.
std::optional<int64_t> ParseDurationText(std::string_view text);

// Two digits for each byte of `out`, in any case.
bool ParseHexText(std::string_view text, std::span<uint8_t> out);

// What ParseMatchers reads back, all ASCII or UTF-8; "" for no matchers. Nullopt if a matcher has
// no name or an unknown operator.
std::optional<std::string> MatchersText(std::span<const LabelMatcher> matchers);

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_VALUE_TEXTS_H_
