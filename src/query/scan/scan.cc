// What a selection means in one dataset. MayTake decides by the footer whether to look at the
// dataset at all; ScanDataset decides by the profile table which profiles are selected, which
// types they have, and which of their values is meant. The second half of the file is about
// values: several datasets of one answer must measure the same thing (Measure).
#include "query/scan/scan.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/status.h"
#include "block/label_summary.h"
#include "dolerite/units.h"
#include "query/select/selection_state.h"

namespace dolerite {

namespace {

// Each series is matched once; its profiles then differ by time and id only.
void SelectProfiles(DatasetScan* scan) {
  const ProfileTable& table = *scan->table;
  std::vector<char> series;
  for (const Series& s : table.series) {
    series.push_back(scan->filter.TakesSeries(table.types[s.type], s.labels));
  }
  scan->selected.assign(table.profiles.size(), 0);
  const bool by_id = !scan->filter.selection().profile_ids.empty();
  ProfileIds ids(table);
  for (size_t p = 0; p < table.profiles.size(); ++p) {
    const ProfileRow& row = table.profiles[p];
    if (!series[row.series] || !scan->filter.TakesTime(row.time_nanos)) continue;
    if (by_id && !scan->filter.TakesProfile(ids.Of(row))) continue;
    scan->selected[p] = 1;
  }
}

// Rows that an omission takes are selected no more.
void DropOmitted(const Omission& omission, DatasetScan* scan) {
  const std::vector<char> left_out = LeftOut(*scan->table, &omission);
  for (size_t p = 0; p < left_out.size(); ++p) scan->selected[p] &= !left_out[p];
}

// Stacks and chunks of other types need not be fetched.
// By the types of selected profiles.
void MarkTypes(DatasetScan* scan) {
  scan->types.assign(scan->table->types.size(), 0);
  for (size_t p = 0; p < scan->selected.size(); ++p) {
    if (!scan->selected[p]) continue;
    scan->types[scan->table->series[scan->table->profiles[p].series].type] = 1;
  }
}

// Types with several values of the wanted name have none: MeasureOf refuses them where it matters.
void FindValues(DatasetScan* scan) {
  for (const ProfileType& type : scan->table->types) {
    MeantValue& value = scan->values.emplace_back();
    const std::vector<size_t> rows = type.Find(scan->filter.selection().sample_type);
    const bool one = !rows.empty() && std::all_of(rows.begin(), rows.end(), [&](size_t row) {
      return type.sample_types[row] == type.sample_types[rows[0]];
    });
    if (!one) continue;
    value.row = static_cast<uint32_t>(rows[0]);
    value.scale = UnitNamed(type.sample_types[rows[0]].unit).factor;
  }
}

// Profiles of chunks that cannot hold what is selected are not selected.
void DropProfilesOutside(const std::vector<char>& chunks, DatasetScan* scan) {
  for (size_t c = 0; c < chunks.size(); ++c) {
    if (chunks[c]) continue;
    for (const RowGroup& group : scan->table->groups_of(scan->table->chunks[c])) {
      std::fill_n(scan->selected.begin() + group.first_profile, group.profiles, 0);
    }
  }
}

}  // namespace

uint64_t DatasetScan::profiles() const {
  return static_cast<uint64_t>(std::count(selected.begin(), selected.end(), 1));
}

// Times first, as they are two comparisons. Both tests may say "maybe" too often, but say "no"
// wrongly only if the footer lies, which Verify finds.
bool MayTake(const SelectionFilter& filter, const FooterDataset& dataset) {
  if (!filter.TakesTimes(dataset.summary.min_time_nanos, dataset.summary.max_time_nanos)) {
    return false;
  }
  // The summary lists the values of each label that has few: no value that matches means no
  // series that matches.
  const std::optional<LabelSummary> summary = LabelSummary::Read(dataset.label_summary);
  if (!summary) return true;  // nothing to rely on
  const SelectionFilter::State& state = FilterAccess::Of(filter);
  if (!summary->MayHoldType([&](std::string_view v) { return state.TakesTypeName(v); })) {
    return false;
  }
  return std::all_of(state.matchers.begin(), state.matchers.end(), [&](const auto& matcher) {
    return summary->MayHold(matcher.name(), [&](std::string_view value) {
      return matcher.Takes(std::span(&value, 1));
    });
  });
}

// Filters of links come before the profile table is searched: most chunks then drop out, and with
// them their profiles.
absl::StatusOr<DatasetScan> ScanDataset(DatasetReader* reader, const SelectionFilter& filter,
                                        const Omission* omission) {
  DatasetScan scan{filter, reader, nullptr, {}, {}, {}};
  const Selection& s = filter.selection();
  // A look-up touches few chunks, so reading the block in one piece would be waste.
  if (!s.profile_ids.empty() || s.selects_links()) reader->FetchSparingly();
  // Empty unless links are selected: then the filters of trace and span ids tell which chunks may
  // hold them.
  std::vector<char> chunks;
  if (s.selects_links()) {
    DOLERITE_ASSIGN_OR_RETURN(chunks, reader->ChunksWithLinks({s.trace_ids, s.span_ids}));
  }
  DOLERITE_ASSIGN_OR_RETURN(scan.table, reader->Profiles());
  SelectProfiles(&scan);
  if (omission != nullptr) DropOmitted(*omission, &scan);
  DropProfilesOutside(chunks, &scan);
  MarkTypes(&scan);
  FindValues(&scan);
  return scan;
}

// Each condition is asked of a series once, and of its profiles where the series is taken.
std::vector<char> LeftOut(const ProfileTable& table, const Omission* omission) {
  std::vector<char> out(table.profiles.size(), 0);
  if (omission == nullptr) return out;
  for (uint32_t p : omission->profiles) {
    if (p < out.size()) out[p] = 1;
  }
  for (size_t p = 0; p < out.size(); ++p) {
    out[p] |= table.profiles[p].time_nanos < omission->before_nanos;
  }
  ProfileIds ids(table);
  for (const SelectionFilter& filter : omission->selected) {
    std::vector<char> series;
    for (const Series& s : table.series) {
      series.push_back(filter.TakesSeries(table.types[s.type], s.labels));
    }
    const bool by_id = !filter.selection().profile_ids.empty();
    for (size_t p = 0; p < out.size(); ++p) {
      const ProfileRow& row = table.profiles[p];
      if (out[p] || !series[row.series] || !filter.TakesTime(row.time_nanos)) continue;
      out[p] = !by_id || filter.TakesProfile(ids.Of(row));
    }
  }
  return out;
}

std::set<ProfileType> TypesOf(const DatasetScan& scan) {
  std::set<ProfileType> types;
  for (size_t t = 0; t < scan.types.size(); ++t) {
    if (scan.types[t]) types.insert(scan.table->types[t]);
  }
  return types;
}

namespace {

std::string Listed(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// As in messages: "cpu/nanoseconds".
std::string NameOf(const ProfileType::Value& value) { return value.type + "/" + value.unit; }

bool GoTogether(const ProfileType::Value& a, const ProfileType::Value& b) {
  return a.type == b.type && SameDimension(a.unit, b.unit);
}

}  // namespace

// Values of finer units are kept as they are and coarser ones multiplied, so nothing is rounded.
// 90 bits leave room to add 2^36 of them.
absl::StatusOr<__int128> Scaled(__int128 value, int64_t scale) {
  const __int128 most = (__int128{1} << 90) / scale;
  if (scale == 1 || (value < most && value > -most)) return value * scale;
  return OutOfRange("a value is too large for its unit to be added up");
}

// The unit that the answer is in: the finest of those that were met.
ProfileType::Value Measure::value() const {
  ProfileType::Value finest;
  const int64_t factor = scale();
  for (const ProfileType::Value& value : values) {
    if (UnitNamed(value.unit).factor == factor) return value;
  }
  return finest;
}

// The factor of the finest unit.
int64_t Measure::scale() const {
  int64_t least = INT64_MAX;
  for (const ProfileType::Value& value : values) {
    least = std::min(least, UnitNamed(value.unit).factor);
  }
  return known() ? least : 1;
}

// Fails if the two do not measure one thing: another name, another type of value, another
// dimension.
absl::StatusOr<Measure> Measure::With(const Measure& other) const {
  Measure both = *this;
  both.names.insert(other.names.begin(), other.names.end());
  both.values.insert(other.values.begin(), other.values.end());
  both.sample_types.insert(other.sample_types.begin(), other.sample_types.end());
  if (both.names.size() > 1) {
    return InvalidArgument("several profile types are selected; name one of: ", Listed(both.names));
  }
  for (const ProfileType::Value& value : both.values) {
    const ProfileType::Value& first = *both.values.begin();
    if (GoTogether(first, value)) continue;
    return InvalidArgument("values of several sample types or units are selected, as in ",
                           NameOf(first), " and ", NameOf(value), "; name one");
  }
  return both;
}

absl::Status Measure::Check(const std::string& wanted) const {
  // A type without samples may have no sample type either.
  if (known() || sample_types.empty()) return absl::OkStatus();
  return InvalidArgument("no sample type \"", wanted, "\"; there are: ", Listed(sample_types));
}

// Types of one name may come from several agents with other sample types; each must have the
// wanted one exactly once.
absl::StatusOr<Measure> MeasureOf(const DatasetScan& scan) {
  Measure measure;
  const std::string& wanted = scan.filter.selection().sample_type;
  for (const ProfileType& type : TypesOf(scan)) {
    Measure one;
    one.names.insert(type.name);
    std::set<std::string> found;
    for (size_t row : type.Find(wanted)) {
      one.values.insert(type.sample_types[row]);
      found.insert(NameOf(type.sample_types[row]));
    }
    if (found.size() > 1) {
      return InvalidArgument("the sample type \"", wanted,
                             "\" is several; name one of: ", Listed(found));
    }
    for (const ProfileType::Value& value : type.sample_types) {
      one.sample_types.insert(NameOf(value));
    }
    DOLERITE_ASSIGN_OR_RETURN(measure, measure.With(one));
  }
  return measure;
}

}  // namespace dolerite
