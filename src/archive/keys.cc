#include "archive/keys.h"

#include <algorithm>
#include <limits>

namespace dolerite {
namespace {

constexpr int64_t kMinute = int64_t{60} * 1'000'000'000;
constexpr char kDigits[] = "0123456789abcdef";

template <class Unsigned>
void AppendHex(std::string* out, Unsigned value) {
  for (int shift = sizeof(Unsigned) * 8 - 4; shift >= 0; shift -= 4) {
    out->push_back(kDigits[value >> shift & 15]);
  }
}

void AppendHex(std::string* out, const Id128& id) {
  for (uint8_t byte : id) AppendHex(out, byte);
}

// Takes fields from the front of a key. Each key is written in one way only: upper-case digits,
// other widths and what is left over are refused.
// Digits are read at fixed places, so the parser needs no search and every name has one reading.
class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : rest_(key) {}

  void Skip(std::string_view text) {
    ok_ = ok_ && rest_.starts_with(text);
    if (ok_) rest_.remove_prefix(text.size());
  }

  template <class Unsigned>
  Unsigned Hex() {
    uint64_t value = 0;
    ok_ = ok_ && rest_.size() >= 2 * sizeof(Unsigned);
    for (size_t i = 0; ok_ && i < 2 * sizeof(Unsigned); ++i) {
      // Lower case only: find knows no other digits.
      const char* digit = std::find(kDigits, kDigits + 16, rest_[i]);
      ok_ = digit != kDigits + 16;
      value = value << 4 | static_cast<uint64_t>(digit - kDigits);
    }
    if (ok_) rest_.remove_prefix(2 * sizeof(Unsigned));
    return static_cast<Unsigned>(value);
  }

  Id128 Id() {
    Id128 id{};
    for (uint8_t& byte : id) byte = Hex<uint8_t>();
    return id;
  }

  bool Done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// Signed numbers as unsigned ones of the same order.
// Flipping the highest bit moves negative numbers before the others.
uint64_t Biased(int64_t value) { return static_cast<uint64_t>(value) ^ (uint64_t{1} << 63); }
int64_t Unbiased(uint64_t value) { return static_cast<int64_t>(value ^ (uint64_t{1} << 63)); }
uint32_t Biased(int32_t value) { return static_cast<uint32_t>(value) ^ (uint32_t{1} << 31); }
int32_t Unbiased(uint32_t value) { return static_cast<int32_t>(value ^ (uint32_t{1} << 31)); }

// PREFIX/BASE-JOB, the name of what a job has made.
std::string JobKey(std::string_view prefix, const BlockName& name) {
  std::string key(prefix);
  AppendHex(&key, name.base);
  key.push_back('-');
  AppendHex(&key, name.job);
  return key;
}

std::optional<BlockName> ParseJobKey(std::string_view prefix, std::string_view key) {
  KeyReader reader(key);
  BlockName name;
  reader.Skip(prefix);
  name.base = reader.Hex<uint64_t>();
  reader.Skip("-");
  name.job = reader.Id();
  return reader.Done() ? std::optional(name) : std::nullopt;
}

}  // namespace

// Rounds down, so that minutes before 1970 hold what they say.
int32_t MinuteOf(int64_t nanos) {
  const int64_t minute = nanos / kMinute;
  return static_cast<int32_t>(minute - (nanos < minute * kMinute));
}

// The first and last minute are cut at the ends of time, where a whole one would overflow.
int64_t SegmentName::min_time_nanos() const {
  if (from_minute <= MinuteOf(std::numeric_limits<int64_t>::min())) {
    return std::numeric_limits<int64_t>::min();
  }
  return from_minute * kMinute;
}

int64_t SegmentName::max_time_nanos() const {
  if (to_minute >= MinuteOf(std::numeric_limits<int64_t>::max())) {
    return std::numeric_limits<int64_t>::max();
  }
  return (to_minute + int64_t{1}) * kMinute - 1;
}

std::string SegmentName::key() const {
  std::string key(kSegments);
  AppendHex(&key, Biased(created_nanos));
  key.push_back('.');
  AppendHex(&key, Biased(from_minute));
  key.push_back('.');
  AppendHex(&key, Biased(to_minute));
  key.push_back('.');
  AppendHex(&key, hash);
  return key;
}

std::optional<SegmentName> SegmentName::Parse(std::string_view key) {
  KeyReader reader(key);
  SegmentName name;
  reader.Skip(kSegments);
  name.created_nanos = Unbiased(reader.Hex<uint64_t>());
  reader.Skip(".");
  name.from_minute = Unbiased(reader.Hex<uint32_t>());
  reader.Skip(".");
  name.to_minute = Unbiased(reader.Hex<uint32_t>());
  reader.Skip(".");
  name.hash = reader.Id();
  // Minutes outside of time could not be turned back into nanoseconds.
  const bool sound = reader.Done() && name.from_minute <= name.to_minute &&
                     name.from_minute >= MinuteOf(std::numeric_limits<int64_t>::min()) &&
                     name.to_minute <= MinuteOf(std::numeric_limits<int64_t>::max());
  return sound ? std::optional(name) : std::nullopt;
}

// But for the last two bytes, which number the outputs.
bool BlockName::SameJob(const BlockName& other) const {
  return base == other.base && std::equal(job.begin(), job.end() - 2, other.job.begin());
}

std::string BlockName::key() const { return JobKey(kBlocks, *this); }

std::optional<BlockName> BlockName::Parse(std::string_view key) {
  return ParseJobKey(kBlocks, key);
}

std::string PageKey(const BlockName& name) { return JobKey(kPages, name); }

std::optional<BlockName> ParsePageKey(std::string_view key) { return ParseJobKey(kPages, key); }

std::string ManifestKey(uint64_t number) {
  std::string key(kManifests);
  // Inverted, so that the newest comes first in a list.
  AppendHex(&key, ~number);
  return key;
}

std::optional<uint64_t> ParseManifestKey(std::string_view key) {
  KeyReader reader(key);
  reader.Skip(kManifests);
  const uint64_t number = ~reader.Hex<uint64_t>();
  return reader.Done() ? std::optional(number) : std::nullopt;
}

}  // namespace dolerite
