// Three phases:
//
//   1. types, series and headers are sorted, and their places in that order become their ids;
//   2. each profile gets the new ids, its samples are sorted by them, and its totals are summed;
//   3. each profile gets its content check and, if it came without an id, a derived one; profiles
//      are sorted by all that they hold, and of equal neighbours one stays.
#include "block/canonical_profiles.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "model/content_hash.h"

namespace dolerite {

namespace {

using Pending = CollectedProfiles::Pending;

// Moves values in sorted order to `out`; returns the place there of each.
template <class T>
std::vector<uint32_t> SortInto(std::vector<T> values, std::vector<T>* out) {
  std::vector<uint32_t> order(values.size()), ranks(values.size());
  std::iota(order.begin(), order.end(), 0u);
  // Merge sort compares least, and comparing texts is what takes time.
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return values[a] < values[b]; });
  for (uint32_t row : order) {
    ranks[row] = static_cast<uint32_t>(out->size());
    out->push_back(std::move(values[row]));
  }
  return ranks;
}

}  // namespace

// Types come first, since series are sorted by their numbers.
CollectedRanks RankTables(const CollectedTables& in, const CanonicalTables& canonical,
                          ProfileTable* table) {
  CollectedRanks ranks;
  std::vector<ProfileType> types;
  for (uint32_t i = 0; i < in.types.size(); ++i) types.push_back(in.types[i]);
  ranks.types = SortInto(std::move(types), &table->types);
  std::vector<Series> series;
  for (uint32_t i = 0; i < in.series.size(); ++i) {
    series.push_back({ranks.types[in.series[i].type], in.series[i].labels});
  }
  ranks.series = SortInto(std::move(series), &table->series);
  std::vector<ProfileHeader> headers;
  for (uint32_t i = 0; i < in.headers.size(); ++i) {
    ProfileHeader& header = headers.emplace_back(in.headers[i]);
    header.attributes = {canonical.attribute_sets[header.attributes.value]};
  }
  ranks.headers = SortInto(std::move(headers), &table->headers);
  return ranks;
}

namespace {

// Owns what was collected while ids change from the order of arrival to ranks.
class Ranking {
 public:
  Ranking(CollectedProfiles collected, const CanonicalTables& canonical)
      : in_(std::move(collected)), canonical_(canonical) {}

  CanonicalProfiles Run() && {
    const CollectedRanks ranks = RankTables(in_, canonical_, &out_.table);
    for (Pending& profile : in_.profiles) Rank(ranks, &profile);
    Identify();
    SortAndDeduplicate();
    return std::move(out_);
  }

 private:
  void Rank(const CollectedRanks& ranks, Pending* profile) const;
  void Sum(Pending* profile) const;
  void Identify();
  void SortAndDeduplicate();

  CollectedProfiles in_;
  const CanonicalTables& canonical_;
  CanonicalProfiles out_;
};

// Phase 2 for one profile: ids of merged tables become ids of canonical ones, then the rows can be
// sorted.
void Ranking::Rank(const CollectedRanks& ranks, Pending* profile) const {
  profile->row.series = ranks.series[profile->row.series];
  profile->row.header = ranks.headers[profile->row.header];
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
    // `low` is the total modulo 2^64, read as signed. What is left is a multiple of 2^64.
    const int64_t low = static_cast<int64_t>(total);
    profile->row.totals.push_back({low, static_cast<int64_t>((total - low) >> 64)});
  }
}

// Phase 3: content checks need rows in canonical order, and derived ids need checks and totals.
void Ranking::Identify() {
  const ContentHashes hashes = HashContent(canonical_.tables);
  const ProfileTable& table = out_.table;
  ProfileIds ids(table);
  for (Pending& profile : in_.profiles) {
    profile.row.check = ContentCheck(profile.rows, table.checked_header(profile.row), hashes);
    profile.row.id = ids.Of(profile.row);
  }
}

// The order is by everything that is stored, so that it does not depend on the order in which
// profiles came. Series and time decide nearly always: they are sorted beside the places of their
// profiles, which stay where they are until all are in order.
void Ranking::SortAndDeduplicate() {
  struct Place {
    uint32_t series, at;
    int64_t time;
  };
  // All other fields, in the order in which they are compared. The id comes first: it decides
  // unless two profiles are equal or came with the same id. The check comes before samples, so that
  // a merge of blocks can sort by the profile tables alone.
  const auto rest = [](const Pending& p) {
    return std::tie(p.row.id, p.row.duration_nanos, p.row.header, p.row.layout, p.row.has_id,
                    p.row.check, p.rows.stack, p.rows.labels, p.rows.values, p.rows.link,
                    p.rows.shape, p.rows.timestamps.ends, p.rows.timestamps.items,
                    p.rows.timestamp_values, p.rows.payload, p.rows.unknown_fields);
  };
  std::vector<Pending>& all = in_.profiles;
  std::vector<Place> places(all.size());
  for (uint32_t i = 0; i < all.size(); ++i) {
    places[i] = {all[i].row.series, i, all[i].row.time_nanos};
  }
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    const auto left = std::tie(a.series, a.time), right = std::tie(b.series, b.time);
    return left != right ? left < right : rest(all[a.at]) < rest(all[b.at]);
  });
  const auto end = std::unique(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    return a.series == b.series && a.time == b.time && rest(all[a.at]) == rest(all[b.at]);
  });
  places.erase(end, places.end());
  out_.table.profiles.reserve(places.size());
  out_.rows.reserve(places.size()), out_.loads.reserve(places.size());
  // Rows move once, into their final place.
  for (const Place& place : places) {
    Pending& profile = all[place.at];
    out_.table.profiles.push_back(std::move(profile.row));
    out_.rows.push_back(std::move(profile.rows));
    out_.loads.push_back(profile.load);
  }
  all.clear();
}

}  // namespace

// Capacities, not sizes: that is what is allocated.
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
