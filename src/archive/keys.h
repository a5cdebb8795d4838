// Names of an archive's objects (ARCHIVE.md, "Keys"). All numbers are hex of fixed width, so that
// the order of keys is the order of numbers.
#ifndef DOLERITE_ARCHIVE_KEYS_H_
#define DOLERITE_ARCHIVE_KEYS_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dolerite {

using Id128 = std::array<uint8_t, 16>;

inline constexpr std::string_view kArchiveKey = "archive";
inline constexpr std::string_view kSegments = "segments/";
inline constexpr std::string_view kBlocks = "blocks/";
inline constexpr std::string_view kPages = "pages/";
inline constexpr std::string_view kManifests = "manifest/";
inline constexpr std::string_view kProbes = "probe/";  // of Create, gone at its end

// segments/CREATED.FROM.TO.HASH. All of it is in the name, so that a listing tells which segments
// can hold what a query asks for.
struct SegmentName {
  int64_t created_nanos = 0;               // as the writer's clock said, for people
  int32_t from_minute = 0, to_minute = 0;  // of the profiles' times, both inclusive
  Id128 hash{};                            // of the object's bytes

  std::string key() const;
  static std::optional<SegmentName> Parse(std::string_view key);

  // The times that a profile of the segment may have, both inclusive.
  int64_t min_time_nanos() const;
  int64_t max_time_nanos() const;
  friend auto operator<=>(const SegmentName&, const SegmentName&) = default;
};

int32_t MinuteOf(int64_t nanos);

// blocks/BASE-JOB. BASE keeps a name from ever coming again; JOB distinguishes names of one base.
struct BlockName {
  uint64_t base = 0;  // number of the manifest that the job was planned on
  Id128 job{};        // random, but for the last two bytes: the number of the job's output

  bool SameJob(const BlockName& other) const;

  std::string key() const;
  static std::optional<BlockName> Parse(std::string_view key);
  friend auto operator<=>(const BlockName&, const BlockName&) = default;
};

// pages/BASE-JOB, where the last two bytes of JOB number the pages that were made together.
std::string PageKey(const BlockName& name);
std::optional<BlockName> ParsePageKey(std::string_view key);

// manifest/N, where N is 2^64 - 1 - number: the newest comes first in a listing.
std::string ManifestKey(uint64_t number);
std::optional<uint64_t> ParseManifestKey(std::string_view key);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_KEYS_H_
