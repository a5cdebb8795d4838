// Reads the profiles section, table by table, in the order in which they refer to each other:
//
//   strings  -> types -> series -> headers   texts become strings of each row
//   profiles                                 plain columns, then times, which need series and
//                                            durations, then totals, which need types
//   groups   -> chunks                       cut the profiles of a series, and the groups
//   ids                                      what deriving them costs, for profiles without one
//
// A few bytes can claim many rows, and a text can be named by many rows. So each table takes its
// memory from the section's budget, rows and texts, before it is made.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/status.h"
#include "block/format_bounds.h"
#include "block/profile_table.h"
#include "block/profile_table_fields.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

class ProfilesDecoder {
 public:
  ProfilesDecoder(const SectionReader& in, const BlockLimits& limits, uint64_t most_samples,
                  ProfileTable* table)
      : in_(in), limits_(limits), most_samples_(most_samples), table_(*table) {}

  absl::Status Run() {
    // Counts bound everything below: each is compared with the limits before a column is read, so
    // no column is decoded to more rows than the limits allow.
    DOLERITE_RETURN_IF_ERROR(in_.Counts(8, &counts_));
    for (uint64_t count : counts_) {
      DOLERITE_RETURN_IF_ERROR(
          CheckLimit(Concat(in_.place(), ": rows"), count, limits_.section_rows));
    }
    // Rows of profiles, series, types and headers are much larger than integers, hence the tighter
    // bound.
    const size_t rows = *std::max_element(counts_.begin() + 1, counts_.begin() + 5);
    DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(in_.place(), ": profiles, series or types"), rows,
                                        limits_.section_rows / kProfileRowCost));
    table_ = {};
    DOLERITE_RETURN_IF_ERROR(in_.SortedStrings(column::kProfileStrings, counts_[0],
                                               limits_.section_bytes, &bytes_, &ends_));
    DOLERITE_RETURN_IF_ERROR(Types());
    DOLERITE_RETURN_IF_ERROR(SeriesRows());
    DOLERITE_RETURN_IF_ERROR(Headers());
    DOLERITE_RETURN_IF_ERROR(Rows());
    DOLERITE_RETURN_IF_ERROR(Times());
    DOLERITE_RETURN_IF_ERROR(Totals());
    DOLERITE_RETURN_IF_ERROR(Groups());
    return TakeIds();
  }

 private:
  absl::Status Types();
  absl::Status SeriesRows();
  absl::Status Headers();
  absl::Status Times();
  absl::Status Rows();
  absl::Status Totals();
  absl::Status Groups();
  absl::Status TakeIds();

  // The string of an id, which has been checked to be below strings().
  std::string_view Text(uint64_t id) const {
    if (id == 0) return "";
    const size_t begin = id == 1 ? 0 : ends_[id - 2];
    return std::string_view(bytes_).substr(begin, ends_[id - 1] - begin);
  }
  // Checks ids of strings, and takes the memory of the strings that they name.
  absl::Status TakeTexts(std::string_view what, const Column32& ids) {
    DOLERITE_RETURN_IF_ERROR(CheckBelow(what, ids, strings()));
    uint64_t bytes = 0;
    for (uint32_t id : ids) bytes += Text(id).size();
    return in_.Take(bytes, 1);
  }
  template <class T>
  absl::Status CheckBelow(std::string_view what, const std::vector<T>& values, uint64_t bound) {
    for (T value : values) {
      if (value < bound) continue;
      return in_.Damaged(Concat(what, ": ", value, " is outside its table of ", bound));
    }
    return absl::OkStatus();
  }
  absl::Status Sum(const Column32& values, uint64_t* sum) {
    *sum = 0;
    for (uint32_t value : values) *sum += value;
    return CheckLimit(Concat(in_.place(), ": list items"), *sum, limits_.section_rows);
  }
  // The time to read samples is bounded by what the dataset stores.
  absl::Status CheckSamples(std::string_view what, const Column64& counts) {
    uint64_t sum = 0;  // or UINT64_MAX, if it is more
    for (uint64_t count : counts) sum = count > UINT64_MAX - sum ? UINT64_MAX : sum + count;
    return CheckLimit(Concat(in_.place(), ": ", what, " of all profiles"), sum, most_samples_);
  }
  uint64_t strings() const { return counts_[0] + 1; }
  uint32_t TypeOf(const RowGroup& group) const {
    return table_.series[table_.profiles[group.first_profile].series].type;
  }

  const SectionReader& in_;
  const BlockLimits& limits_;
  uint64_t most_samples_;
  ProfileTable& table_;
  Column64 counts_;
  std::string bytes_;
  std::vector<size_t> ends_;
  std::vector<uint32_t> series_ends_;  // profiles
};

// Types: a count of values each, then all strings of all types in the order of VisitTypeStrings.
absl::Status ProfilesDecoder::Types() {
  Column32 values, ids;
  uint64_t all = 0;
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kTypeValueCounts, counts_[1], &values));
  DOLERITE_RETURN_IF_ERROR(Sum(values, &all));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kTypeStrings, 4 * counts_[1] + 2 * all, &ids));
  DOLERITE_RETURN_IF_ERROR(TakeTexts("a type's string", ids));
  DOLERITE_RETURN_IF_ERROR(in_.Take(counts_[1], sizeof(ProfileType)));
  DOLERITE_RETURN_IF_ERROR(in_.Take(all, sizeof(ProfileType::Value)));
  table_.types.reserve(counts_[1]);
  size_t next = 0;
  for (uint32_t count : values) {
    ProfileType type;
    type.sample_types.resize(count);
    VisitTypeStrings(type, [&](std::string& s) { s = Text(ids[next++]); });
    table_.types.push_back(std::move(type));
  }
  return absl::OkStatus();
}

// Series: a type, labels and a number of profiles each. `series_ends_` becomes the row behind each
// series' last profile: Times and Groups cut profiles by it.
absl::Status ProfilesDecoder::SeriesRows() {
  Column32 types, label_counts, labels, profiles;
  uint64_t all = 0;
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kSeriesTypes, counts_[2], &types));
  DOLERITE_RETURN_IF_ERROR(CheckBelow("a series' type", types, table_.types.size()));
  if (!std::is_sorted(types.begin(), types.end())) {
    return in_.Damaged("series are out of order: their types do not ascend");
  }
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kSeriesLabelCounts, counts_[2], &label_counts));
  DOLERITE_RETURN_IF_ERROR(Sum(label_counts, &all));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kSeriesLabels, 2 * all, &labels));
  DOLERITE_RETURN_IF_ERROR(TakeTexts("a series' label", labels));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kSeriesProfiles, counts_[2], &profiles));
  DOLERITE_RETURN_IF_ERROR(in_.Take(counts_[2], sizeof(Series)));
  DOLERITE_RETURN_IF_ERROR(in_.Take(all, sizeof(LabelSet::Pair)));
  table_.series.reserve(counts_[2]);
  size_t next = 0;
  uint64_t end = 0;
  for (size_t i = 0; i < types.size(); ++i) {
    std::vector<LabelSet::Pair> pairs;
    pairs.reserve(label_counts[i]);
    for (uint32_t k = 0; k < label_counts[i]; ++k, next += 2) {
      pairs.emplace_back(Text(labels[next]), Text(labels[next + 1]));
    }
    // Make refuses an empty or repeated name, which a hostile block may have.
    absl::StatusOr<LabelSet> set = LabelSet::Make(std::move(pairs));
    if (!set.ok()) return in_.Damaged(Concat("series ", i, ": ", ToStd(set.status().message())));
    table_.series.push_back({types[i], *std::move(set)});
    // The sum may not pass the number of profiles at any series, so it fits 32 bits.
    end += profiles[i];
    if (end > counts_[4]) {
      return in_.Damaged(Concat("series 0 to ", i, " have ", end, " profiles, of ", counts_[4]));
    }
    series_ends_.push_back(static_cast<uint32_t>(end));
  }
  if (end == counts_[4]) return absl::OkStatus();
  return in_.Damaged(Concat("of ", counts_[4], " profiles, ", end, " have a series"));
}

// Headers: seven integers each, among them four ids of texts; then comments. All ids are checked
// before any text is copied, so that the memory for the texts can be taken in one step.
absl::Status ProfilesDecoder::Headers() {
  Column64 fields;
  Column32 comment_counts, comments, texts;
  uint64_t all = 0;
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kHeaders, kHeaderFields * counts_[3], &fields));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kHeaderCommentCounts, counts_[3], &comment_counts));
  DOLERITE_RETURN_IF_ERROR(Sum(comment_counts, &all));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kHeaderComments, all, &comments));
  DOLERITE_RETURN_IF_ERROR(TakeTexts("a comment", comments));
  for (size_t i = 0; i < fields.size(); ++i) {
    // Period, texts, attributes, dropped attributes.
    const size_t field = i % kHeaderFields;
    if (field == 0 || field > kHeaderTexts + 1) continue;
    if (fields[i] > UINT32_MAX) return in_.Damaged("a header is outside its tables");
    if (field <= kHeaderTexts) texts.push_back(static_cast<uint32_t>(fields[i]));
  }
  DOLERITE_RETURN_IF_ERROR(TakeTexts("a header's string", texts));
  DOLERITE_RETURN_IF_ERROR(in_.Take(counts_[3], sizeof(ProfileHeader)));
  DOLERITE_RETURN_IF_ERROR(in_.Take(all, sizeof(std::string)));
  table_.headers.reserve(counts_[3]);
  size_t next_comment = 0;
  for (size_t i = 0; i < counts_[3]; ++i) {
    const uint64_t* field = &fields[i * kHeaderFields];
    ProfileHeader h;
    h.period = UnZigZag(*field++);
    VisitHeaderStrings(h, [&](std::string& s) { s = Text(*field++); });
    h.attributes = {static_cast<uint32_t>(field[0])};
    h.dropped_attributes = field[1];
    h.comments.reserve(comment_counts[i]);
    for (uint32_t k = 0; k < comment_counts[i]; ++k) {
      h.comments.emplace_back(Text(comments[next_comment++]));
    }
    table_.headers.push_back(std::move(h));
  }
  return absl::OkStatus();
}

// A time is a step from the profile before it in its series, or from that profile's end; the first
// time of a series is a step from the first time of the series before.
absl::Status ProfilesDecoder::Times() {
  // Arithmetic is modulo 2^64: a hostile step gives a wrong time, not undefined behaviour.
  Column64 times;
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kProfileTimes, counts_[4], &times));
  const bool from_ends = counts_[7] != 0;
  uint64_t series_first = 0;
  size_t i = 0;
  for (uint32_t s = 0; s < series_ends_.size(); ++s) {
    uint64_t last = series_first;
    for (bool first = true; i < series_ends_[s]; ++i, first = false) {
      last += static_cast<uint64_t>(UnZigZag(times[i]));
      if (first) series_first = last;
      ProfileRow& row = table_.profiles[i];
      row.series = s;
      row.time_nanos = static_cast<int64_t>(last);
      if (from_ends) last += static_cast<uint64_t>(row.duration_nanos);
    }
  }
  return absl::OkStatus();
}

// The plain columns of profiles. Their layouts are checked where layouts are read, in the addresses
// section.
absl::Status ProfilesDecoder::Rows() {
  const size_t n = counts_[4];
  Column64 durations, samples;
  Column32 headers, layouts, checks, has_id;
  std::string ids;
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kProfileDurations, n, &durations));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kProfileHeaders, n, &headers));
  DOLERITE_RETURN_IF_ERROR(CheckBelow("a profile's header", headers, table_.headers.size()));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kProfileLayouts, n, &layouts));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kProfileSamples, n, &samples));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kProfileChecks, n, &checks));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kProfileHasId, n, &has_id));
  DOLERITE_RETURN_IF_ERROR(CheckBelow("an id flag", has_id, 2));
  // Only profiles that came with an id store one; `ids` has these in order.
  const size_t with_id = static_cast<size_t>(std::count(has_id.begin(), has_id.end(), 1u));
  DOLERITE_RETURN_IF_ERROR(in_.Bytes(column::kProfileIds, with_id * sizeof(ProfileId), &ids));
  if (ids.size() != with_id * sizeof(ProfileId)) {
    return in_.Damaged(Concat(ids.size(), " bytes of ids for ", with_id, " profiles with one"));
  }
  DOLERITE_RETURN_IF_ERROR(CheckSamples("samples", samples));
  DOLERITE_RETURN_IF_ERROR(in_.Take(n, sizeof(ProfileRow)));
  size_t next_id = 0;
  table_.profiles.resize(n);
  for (size_t i = 0; i < n; ++i) {
    ProfileRow& row = table_.profiles[i];
    row.duration_nanos = UnZigZag(durations[i]);
    row.header = headers[i], row.layout = layouts[i], row.check = checks[i];
    row.samples = samples[i];
    row.has_id = has_id[i] != 0;
    if (row.has_id) std::memcpy(row.id.data(), &ids[16 * next_id++], row.id.size());
  }
  return absl::OkStatus();
}

// One column for each value of each type, over the profiles of that type, which stand together.
absl::Status ProfilesDecoder::Totals() {
  uint32_t index = 0;
  size_t first = 0, end = 0;
  for (uint32_t type = 0; type < table_.types.size(); ++type, first = end) {
    while (end < table_.profiles.size() &&
           table_.series[table_.profiles[end].series].type == type) {
      ++end;
    }
    const size_t values = table_.types[type].sample_types.size();
    DOLERITE_RETURN_IF_ERROR(in_.Take(end - first, MemoryOfTotals(values)));
    for (size_t i = first; i < end; ++i) {
      table_.profiles[i].totals.resize(values);
    }
    for (size_t v = 0; v < values; ++v, ++index) {
      Column64 totals, carries;
      DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kTotals, end - first, &totals, index));
      DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kTotalCarries, end - first, &carries, index));
      for (size_t i = first; i < end; ++i) {
        table_.profiles[i].totals[v] = {static_cast<int64_t>(totals[i - first]),
                                        UnZigZag(carries[i - first])};
      }
    }
  }
  return absl::OkStatus();
}

// Groups are stored by (type, window, series), so each takes up its series where the
// series' last group ended. A group is stored as its series and its number of profiles.
absl::Status ProfilesDecoder::Groups() {
  Column32 profiles, chunk_groups;
  Column64 runs;
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kGroupProfiles, 2 * counts_[5], &profiles));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kGroupRuns, counts_[5], &runs));
  DOLERITE_RETURN_IF_ERROR(in_.Integers(column::kChunkGroups, counts_[6], &chunk_groups));
  DOLERITE_RETURN_IF_ERROR(CheckSamples("runs", runs));
  DOLERITE_RETURN_IF_ERROR(in_.Take(counts_[5], sizeof(RowGroup)));
  DOLERITE_RETURN_IF_ERROR(in_.Take(counts_[6], sizeof(Chunk)));
  table_.groups.reserve(counts_[5]), table_.chunks.reserve(counts_[6]);
  // By series, the first profile that no group has taken yet.
  std::vector<uint32_t> next(table_.series.size(), 0);
  for (size_t s = 1; s < next.size(); ++s) next[s] = series_ends_[s - 1];
  for (size_t g = 0; g < counts_[5]; ++g) {
    const uint32_t series = profiles[2 * g], count = profiles[2 * g + 1];
    if (series >= next.size() || count == 0 || count > series_ends_[series] - next[series]) {
      return in_.Damaged(Concat("row group ", g, " takes ", count, " profiles of series ", series,
                                ", which does not have them"));
    }
    table_.groups.push_back({next[series], count, runs[g]});
    next[series] += count;
  }
  // Chunks take groups in order. All groups of a chunk have one type, which decides how many value
  // columns it has.
  uint32_t first = 0;
  for (uint32_t groups : chunk_groups) {
    if (groups == 0 || groups > table_.groups.size() - first) {
      return in_.Damaged(Concat("a chunk takes ", groups, " row groups, where ",
                                table_.groups.size() - first, " are left"));
    }
    const RowGroup& group = table_.groups[first];
    const uint32_t type = TypeOf(group);
    for (uint32_t g = first; g < first + groups; ++g) {
      if (TypeOf(table_.groups[g]) != type) return in_.Damaged("a chunk mixes profile types");
    }
    table_.chunks.push_back({first, groups, type});
    first += groups;
  }
  if (first == table_.groups.size()) return absl::OkStatus();
  return in_.Damaged(Concat(table_.groups.size() - first, " row groups are in no chunk"));
}

// A long text under many profiles takes no memory but time, which is counted as if it did.
// Ids are derived later, if at all; what hashing them may cost is counted now.
absl::Status ProfilesDecoder::TakeIds() {
  constexpr size_t kHashedForOneByte = 64;
  ProfileIds ids(table_);
  for (const ProfileRow& row : table_.profiles) {
    DOLERITE_RETURN_IF_ERROR(in_.Take(ids.HashedBytes(row) / kHashedForOneByte, 1));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DecodeProfiles(const SectionReader& section, const BlockLimits& limits,
                            uint64_t most_samples, ProfileTable* table) {
  return ProfilesDecoder(section, limits, most_samples, table).Run();
}

}  // namespace dolerite
