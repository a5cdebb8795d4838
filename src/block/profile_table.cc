// Writes the profiles section (FORMAT.md, section 12) and derives ids of profiles. The texts of
// types, series and headers are collected first and sorted, so that the columns behind them can
// name texts by rank. The columns follow in the order of the tables: types and series, headers,
// profiles, totals, groups and chunks. profile_table_decoder.cc reads them back.
#include "block/profile_table.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "base/bytes.h"
#include "base/checksum.h"
#include "block/distinct.h"
#include "block/profile_table_fields.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

// Sorted strings of this section alone; id 0 is "".
class StringRanks {
 public:
  void Add(std::string_view s) { texts_.Add(s); }
  void Rank() {
    ranks_.resize(texts_.size());
    sorted_ = texts_.Sorted();
    for (uint32_t rank = 0; rank < sorted_.size(); ++rank) ranks_[sorted_[rank]] = rank;
  }
  uint32_t operator[](std::string_view s) const { return ranks_[texts_.Find(s)]; }
  // Without "".
  std::vector<std::string_view> Sorted() const {
    std::vector<std::string_view> out;
    for (size_t i = 1; i < sorted_.size(); ++i) out.push_back(texts_[sorted_[i]]);
    return out;
  }

 private:
  DistinctTexts texts_;
  std::vector<uint32_t> sorted_, ranks_;  // rows by rank, ranks by row
};

// All texts of the table, each once, whatever rows have it.
StringRanks RankStrings(const ProfileTable& table) {
  StringRanks ranks;
  const auto add = [&](std::string_view s) { ranks.Add(s); };
  for (const ProfileType& type : table.types) VisitTypeStrings(type, add);
  for (const Series& series : table.series) {
    for (const auto& [name, value] : series.labels.pairs()) add(name), add(value);
  }
  for (const ProfileHeader& header : table.headers) {
    VisitHeaderStrings(header, add);
    for (const std::string& comment : header.comments) add(comment);
  }
  ranks.Rank();
  return ranks;
}

// Lists are stored as sizes and items: each type's number of values, each series' number of labels.
// Profiles ascend by series, so a number for each series says which profiles it has.
void EncodeTypesAndSeries(const ProfileTable& table, const StringRanks& ranks, SectionWriter* out) {
  Column32 type_strings, value_counts, series_types, label_counts, labels, series_profiles;
  for (const ProfileType& type : table.types) {
    VisitTypeStrings(type, [&](const std::string& s) { type_strings.push_back(ranks[s]); });
    value_counts.push_back(static_cast<uint32_t>(type.sample_types.size()));
  }
  for (const Series& series : table.series) {
    series_types.push_back(series.type);
    label_counts.push_back(static_cast<uint32_t>(series.labels.pairs().size()));
    for (const auto& [name, value] : series.labels.pairs()) {
      labels.push_back(ranks[name]), labels.push_back(ranks[value]);
    }
  }
  series_profiles.resize(table.series.size());
  for (const ProfileRow& row : table.profiles) ++series_profiles[row.series];
  out->Integers(column::kTypeStrings, type_strings);
  out->Integers(column::kTypeValueCounts, value_counts);
  out->Integers(column::kSeriesTypes, series_types);
  out->Integers(column::kSeriesLabelCounts, label_counts);
  out->Integers(column::kSeriesLabels, labels);
  out->Integers(column::kSeriesProfiles, series_profiles);
}

// All seven integers of a header are in one column, as headers are few.
void EncodeHeaders(const ProfileTable& table, const StringRanks& ranks, SectionWriter* out) {
  Column64 fields;
  Column32 comment_counts, comments;
  for (const ProfileHeader& h : table.headers) {
    fields.push_back(ZigZag(h.period));
    VisitHeaderStrings(h, [&](const std::string& s) { fields.push_back(ranks[s]); });
    fields.push_back(h.attributes.value);
    fields.push_back(h.dropped_attributes);
    comment_counts.push_back(static_cast<uint32_t>(h.comments.size()));
    for (const std::string& comment : h.comments) comments.push_back(ranks[comment]);
  }
  out->Integers(column::kHeaders, fields);
  out->Integers(column::kHeaderCommentCounts, comment_counts);
  out->Integers(column::kHeaderComments, comments);
}

// A time is stored as the step from the profile before it in its series: from its time, or from its
// end. The first one of a series is a step from the first of the series before.
Column64 TimeSteps(const ProfileTable& table, bool from_ends) {
  Column64 steps;
  // Differences are modulo 2^64, so any two times have one.
  uint64_t series_first = 0, last = 0;
  for (size_t i = 0; i < table.profiles.size(); ++i) {
    const ProfileRow& row = table.profiles[i];
    const uint64_t time = static_cast<uint64_t>(row.time_nanos);
    const bool first = i == 0 || table.profiles[i - 1].series != row.series;
    steps.push_back(ZigZag(static_cast<int64_t>(time - (first ? series_first : last))));
    if (first) series_first = time;
    last = from_ends ? time + static_cast<uint64_t>(row.duration_nanos) : time;
  }
  return steps;
}

// A rough size of a column, to choose between two forms of it.
size_t CountBits(const Column64& column) {
  size_t bits = 0;
  for (uint64_t value : column) bits += std::bit_width(value);
  return bits;
}

// Columns that are as the rows have them. Ids are only those that profiles came with.
void EncodeRows(const ProfileTable& table, SectionWriter* out) {
  Column64 durations, samples;
  Column32 headers, layouts, checks, has_id;
  std::string ids;
  for (const ProfileRow& row : table.profiles) {
    durations.push_back(ZigZag(row.duration_nanos));
    samples.push_back(row.samples);
    headers.push_back(row.header);
    layouts.push_back(row.layout);
    checks.push_back(row.check);
    has_id.push_back(row.has_id);
    if (row.has_id) ids.append(reinterpret_cast<const char*>(row.id.data()), row.id.size());
  }
  out->Integers(column::kProfileDurations, durations);
  out->Integers(column::kProfileHeaders, headers);
  out->Integers(column::kProfileLayouts, layouts);
  out->Integers(column::kProfileSamples, samples);
  out->Integers(column::kProfileChecks, checks);
  out->Integers(column::kProfileHasId, has_id);
  out->Bytes(column::kProfileIds, ids);
}

// One column for each value of each type: units do not mix. Profiles ascend by series and these by
// type, so the profiles of a type stand together and one walk sees each once.
void EncodeTotals(const ProfileTable& table, SectionWriter* out) {
  uint32_t index = 0;
  size_t first = 0, end = 0;
  for (uint32_t type = 0; type < table.types.size(); ++type, first = end) {
    while (end < table.profiles.size() && table.series[table.profiles[end].series].type == type) {
      ++end;
    }
    for (size_t v = 0; v < table.types[type].sample_types.size(); ++v, ++index) {
      Column64 totals, carries;
      for (size_t p = first; p < end; ++p) {
        totals.push_back(static_cast<uint64_t>(table.profiles[p].totals[v].low));
        carries.push_back(ZigZag(table.profiles[p].totals[v].carry));
      }
      out->Integers(column::kTotals, totals, index);
      out->Integers(column::kTotalCarries, carries, index);
    }
  }
}

// A group is stored as its series and its number of profiles: the reader knows where the series'
// last group ended.
void EncodeGroups(const ProfileTable& table, SectionWriter* out) {
  Column32 profiles, chunk_groups;
  Column64 runs;
  for (const RowGroup& group : table.groups) {
    profiles.push_back(table.profiles[group.first_profile].series);
    profiles.push_back(group.profiles);
    runs.push_back(group.runs);
  }
  for (const Chunk& chunk : table.chunks) chunk_groups.push_back(chunk.groups);
  out->Integers(column::kGroupProfiles, profiles);
  out->Integers(column::kGroupRuns, runs);
  out->Integers(column::kChunkGroups, chunk_groups);
}

}  // namespace

EncodedSection EncodeProfiles(const ProfileTable& table, const ColumnOptions& options) {
  const StringRanks ranks = RankStrings(table);
  const std::vector<std::string_view> strings = ranks.Sorted();
  SectionWriter out(SectionKind::kProfiles, options);
  // Where each profile begins when the one before ends, steps from ends are nearly all 0.
  const Column64 by_time = TimeSteps(table, false), by_end = TimeSteps(table, true);
  const bool from_ends = CountBits(by_end) < CountBits(by_time);
  const Column64 counts = {
      strings.size(),        table.types.size(),  table.series.size(), table.headers.size(),
      table.profiles.size(), table.groups.size(), table.chunks.size(), from_ends};
  out.Integers(column::kCounts, counts);
  out.SortedStrings(column::kProfileStrings, strings);
  EncodeTypesAndSeries(table, ranks, &out);
  EncodeHeaders(table, ranks, &out);
  out.Integers(column::kProfileTimes, from_ends ? by_end : by_time);
  EncodeRows(table, &out);
  EncodeTotals(table, &out);
  EncodeGroups(table, &out);
  return std::move(out).Finish();
}

// Makes the part of the key that profiles of one series and header share, or cuts the key back to
// it. FORMAT.md, section 17, has the order of the parts.
void ProfileIds::StartKey(const ProfileRow& row) {
  if (shared_ > 0 && series_ == row.series && header_ == row.header) return key_.resize(shared_);
  const auto text = [&](std::string_view s) {
    AppendVarint(&key_, s.size());
    key_ += s;
  };
  const Series& series = table_.series[row.series];
  const ProfileType& type = table_.types[series.type];
  key_.clear();
  AppendVarint(&key_, type.sample_types.size());
  VisitTypeStrings(type, text);
  AppendVarint(&key_, series.labels.pairs().size());
  for (const auto& [name, value] : series.labels.pairs()) text(name), text(value);
  const ProfileHeader& header = table_.headers[row.header];
  VisitHeaderStrings(header, text);
  for (const std::string& comment : header.comments) text(comment);
  AppendLittle(&key_, header.period);
  shared_ = key_.size(), series_ = row.series, header_ = row.header;
}

ProfileId ProfileIds::Of(const ProfileRow& row) {
  if (row.has_id) return row.id;
  StartKey(row);
  AppendLittle(&key_, row.time_nanos);
  AppendLittle(&key_, row.duration_nanos);
  AppendLittle(&key_, row.samples);
  AppendLittle(&key_, row.check);
  for (const ProfileRow::Total& total : row.totals) AppendLittle(&key_, total.low);
  return ContentHash128(key_);
}

// The same bytes as Of hashes, without hashing them.
size_t ProfileIds::HashedBytes(const ProfileRow& row) {
  if (row.has_id) return 0;
  StartKey(row);
  return shared_ + sizeof row.time_nanos + sizeof row.duration_nanos + sizeof row.samples +
         sizeof row.check + row.totals.size() * sizeof(int64_t);
}

}  // namespace dolerite
