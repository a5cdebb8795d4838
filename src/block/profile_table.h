// The profiles section: which profiles a dataset has, what each says of itself, and
// how they are put into row groups and chunks. Read alone, it lists profiles and
// answers time series of totals.
#ifndef DOLERITE_BLOCK_PROFILE_TABLE_H_
#define DOLERITE_BLOCK_PROFILE_TABLE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "block/sample_rows.h"
#include "block/sections.h"
#include "dolerite/block_reader.h"
#include "dolerite/labels.h"
#include "dolerite/limits.h"
#include "dolerite/profile.h"
#include "dolerite/profile_type.h"

namespace dolerite {

// What profiles of one process mostly share.
struct ProfileHeader {
  int64_t period = 0;
  std::string drop_frames, keep_frames, doc_url, payload_format;
  AttributeSetId attributes;
  uint64_t dropped_attributes = 0;
  std::vector<std::string> comments;

  friend auto operator<=>(const ProfileHeader&, const ProfileHeader&) = default;
};

struct Series {
  uint32_t type = 0;
  LabelSet labels;

  friend auto operator<=>(const Series&, const Series&) = default;
};

struct ProfileRow {
  uint32_t series = 0;
  uint32_t header = 0;
  uint32_t layout = 0;
  int64_t time_nanos = 0;
  int64_t duration_nanos = 0;
  uint64_t samples = 0;
  uint32_t check = 0;  // of the samples' content
  bool has_id = false;
  ProfileId id{};  // if has_id; ProfileIds derives the others from the rest
  struct Total {
    int64_t low = 0;    // modulo 2^64
    int64_t carry = 0;  // what the sum's upper 64 bits are beyond the sign of `low`

    __int128 value() const { return (static_cast<__int128>(carry) << 64) + low; }
  };
  // One for each sample type. Most profiles have one or two, which take no memory of their own:
  // a table may have a million rows.
  absl::InlinedVector<Total, 2> totals;

  // The totals; none at all if one leaves 64 bits.
  ProfileTotals exact_totals() const {
    ProfileTotals out;
    for (const Total& total : totals) {
      if (total.carry != 0) return {};
      out.push_back(total.low);
    }
    return out;
  }
};

// What a row takes beside its own size if it has so many totals.
inline size_t MemoryOfTotals(size_t values) {
  constexpr size_t kAllocation = 32;
  const bool inside = values <= decltype(ProfileRow::totals)().capacity();
  return inside ? 0 : kAllocation + values * sizeof(ProfileRow::Total);
}

// Profiles [first_profile, first_profile + profiles), of one series in one window.
struct RowGroup {
  uint32_t first_profile = 0;
  uint32_t profiles = 0;
  uint64_t runs = 0;
};

// Row groups [first_group, first_group + groups), of one profile type.
struct Chunk {
  uint32_t first_group = 0;
  uint32_t groups = 0;
  uint32_t type = 0;
};

// Types, series and headers are sorted, profiles by (series, time, id), groups by
// (type, window, series).
struct ProfileTable {
  std::vector<ProfileType> types;
  std::vector<Series> series;
  std::vector<ProfileHeader> headers;
  std::vector<ProfileRow> profiles;
  std::vector<RowGroup> groups;
  std::vector<Chunk> chunks;

  const ProfileType& type_of(const ProfileRow& row) const { return types[series[row.series].type]; }
  std::span<const RowGroup> groups_of(const Chunk& chunk) const {
    return std::span(groups).subspan(chunk.first_group, chunk.groups);
  }
  CheckedHeader checked_header(const ProfileRow& row) const {
    const ProfileHeader& header = headers[row.header];
    return {row.layout, header.attributes, header.dropped_attributes};
  }
};

// The ids of a table's profiles. Those that came without one are hashes of their series, header,
// times, totals and content check: they are derived when they are asked for, as few questions do.
// Faster in the order of the table, where profiles of one series and header follow each other.
class ProfileIds {
 public:
  // The table must outlive this.
  explicit ProfileIds(const ProfileTable& table) : table_(table) {}

  ProfileId Of(const ProfileRow& row);
  // How many bytes are hashed for it.
  size_t HashedBytes(const ProfileRow& row);

 private:
  void StartKey(const ProfileRow& row);

  const ProfileTable& table_;
  std::string key_;
  size_t shared_ = 0;  // bytes of key_ that come from series_ and header_
  uint32_t series_ = 0, header_ = 0;
};

EncodedSection EncodeProfiles(const ProfileTable& table, const ColumnOptions& options);
// `most_samples` bounds the samples of all profiles, and the runs of all row groups.
absl::Status DecodeProfiles(const SectionReader& section, const BlockLimits& limits,
                            uint64_t most_samples, ProfileTable* table);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_PROFILE_TABLE_H_
