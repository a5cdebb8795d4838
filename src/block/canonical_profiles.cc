// Three phases:
//
//   1. types, series and headers are sorted, and their places in that order become their ids;
//   2. each profile gets the new ids, its samples are sorted by them, and its totals are summed;
//   3. each profile gets its content check and, if it came without an id, a derived one; profiles
//      are sorted by all that they hold, and of equal neighbours one stays.
#include "block/canonical_profiles.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "model/content_hash.h"

namespace dolerite {

namespace {

using Pending = CollectedProfiles::Pending;

class Ranking {
 public:
  Ranking(CollectedProfiles collected, const CanonicalTables& canonical)
      : in_(std::move(collected)), canonical_(canonical) {}

  CanonicalProfiles Run() && {
    const std::vector<uint32_t> series = RankSeries(RankTypes());
    const std::vector<uint32_t> headers = RankHeaders();
    for (Pending& profile : in_.profiles) Rank(series, headers, &profile);
    Identify();
    SortAndDeduplicate();
    return std::move(out_);
  }

 private:
  std::vector<uint32_t> RankTypes();
  std::vector<uint32_t> RankSeries(const std::vector<uint32_t>& type_ranks);
  std::vector<uint32_t> RankHeaders();
  void Rank(const std::vector<uint32_t>& series, const std::vector<uint32_t>& headers,
            Pending* profile) const;
  void Sum(Pending* profile) const;
  void Identify();
  void SortAndDeduplicate();

  CollectedProfiles in_;
  const CanonicalTables& canonical_;
  CanonicalProfiles out_;
};

// Each of the three gives the new number of each old one.

std::vector<uint32_t> Ranking::RankTypes() {
  std::vector<ProfileType>& types = out_.table.types;
  std::vector<uint32_t> ranks(in_.types.size());
  for (const auto& [type, old] : in_.types) {
    ranks[old] = static_cast<uint32_t>(types.size());
    types.push_back(type);
  }
  return ranks;
}

std::vector<uint32_t> Ranking::RankSeries(const std::vector<uint32_t>& type_ranks) {
  std::map<Series, uint32_t> sorted;  // anew: types have other numbers now
  for (const auto& [series, old] : in_.series) {
    sorted.try_emplace({type_ranks[series.type], series.labels}, old);
  }
  std::vector<uint32_t> ranks(in_.series.size());
  for (const auto& [series, old] : sorted) {
    ranks[old] = static_cast<uint32_t>(out_.table.series.size());
    out_.table.series.push_back(series);
  }
  return ranks;
}

std::vector<uint32_t> Ranking::RankHeaders() {
  std::map<ProfileHeader, uint32_t> sorted;  // anew: attributes have other ids now
  for (const auto& [merged, old] : in_.headers) {
    ProfileHeader header = merged;
    header.attributes = {canonical_.attribute_sets[header.attributes.value]};
    sorted.emplace(std::move(header), old);
  }
  std::vector<uint32_t> ranks(in_.headers.size());
  for (const auto& [header, old] : sorted) {
    ranks[old] = static_cast<uint32_t>(out_.table.headers.size());
    out_.table.headers.push_back(header);
  }
  return ranks;
}

void Ranking::Rank(const std::vector<uint32_t>& series, const std::vector<uint32_t>& headers,
                   Pending* profile) const {
  profile->row.series = series[profile->row.series];
  profile->row.header = headers[profile->row.header];
  profile->row.layout = canonical_.layouts[profile->row.layout];
  for (uint32_t& stack : profile->rows.stack) stack = canonical_.stacks[stack];
  for (uint32_t& labels : profile->rows.labels) labels = canonical_.attribute_sets[labels];
  SortRows(&profile->rows, out_.table.type_of(profile->row).sample_types.size());
  Sum(profile);
}

// Totals may leave 64 bits: what is beyond them is kept as a carry.
void Ranking::Sum(Pending* profile) const {
  const size_t n = out_.table.type_of(profile->row).sample_types.size();
  for (size_t v = 0; v < n; ++v) {
    __int128 total = 0;
    for (size_t i = v; i < profile->rows.values.size(); i += n) total += profile->rows.values[i];
    const int64_t low = static_cast<int64_t>(total);
    profile->row.totals.push_back(low);
    profile->row.carries.push_back(static_cast<int64_t>((total - low) >> 64));
  }
}

void Ranking::Identify() {
  const ContentHashes hashes = HashContent(canonical_.tables);
  const ProfileTable& table = out_.table;
  for (Pending& profile : in_.profiles) {
    profile.row.check = ContentCheck(profile.rows, table.checked_header(profile.row), hashes);
    if (!profile.row.has_id) profile.row.id = DeriveProfileId(table, profile.row);
  }
}

// The order is by everything that is stored, so that it does not depend on the order in which
// profiles came; content decides only between profiles of one id.
void Ranking::SortAndDeduplicate() {
  const auto key = [](const Pending& p) {
    return std::tuple(p.row.series, p.row.time_nanos, p.row.id, p.row.duration_nanos, p.row.header,
                      p.row.layout, p.row.has_id);
  };
  const auto content = [](const Pending& p) {
    return std::tie(p.rows.stack, p.rows.labels, p.rows.values, p.rows.link, p.rows.shape,
                    p.rows.timestamps.ends, p.rows.timestamps.items, p.rows.timestamp_values,
                    p.rows.payload, p.rows.unknown_fields);
  };
  std::vector<Pending>& all = in_.profiles;
  std::sort(all.begin(), all.end(), [&](const Pending& a, const Pending& b) {
    const auto key_a = key(a), key_b = key(b);
    return key_a != key_b ? key_a < key_b : content(a) < content(b);
  });
  const auto end = std::unique(all.begin(), all.end(), [&](const auto& a, const auto& b) {
    return key(a) == key(b) && content(a) == content(b);
  });
  for (auto at = all.begin(); at != end; ++at) {
    out_.table.profiles.push_back(std::move(at->row));
    out_.rows.push_back(std::move(at->rows));
    out_.loads.push_back(at->load);
  }
  all.clear();
}

}  // namespace

size_t CollectedProfiles::Pending::memory_bytes() const {
  const auto bytes = [](const auto& column) { return column.capacity() * sizeof(*column.data()); };
  return sizeof(Pending) + bytes(rows.stack) + bytes(rows.labels) + bytes(rows.values) +
         bytes(rows.link) + bytes(rows.shape) + bytes(rows.timestamps.ends) +
         bytes(rows.timestamps.items) + bytes(rows.timestamp_values) + bytes(rows.payload) +
         bytes(rows.unknown_fields);
}

CanonicalProfiles MakeCanonicalProfiles(CollectedProfiles collected,
                                        const CanonicalTables& canonical) {
  return Ranking(std::move(collected), canonical).Run();
}

}  // namespace dolerite
