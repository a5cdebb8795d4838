#include "block/dataset_builder.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "base/bytes.h"
#include "block/chunk.h"
#include "block/link_filter.h"
#include "block/symbol_sections.h"
#include "model/content_hash.h"

namespace dolerite {

namespace {

// The name of a profile's type where no label gives one.
std::string DeriveTypeName(const ProfileType& type) {
  const auto has = [&](std::string_view name) { return type.Find(name) >= 0; };
  if (has("inuse_space") || has("alloc_space")) return "heap";
  if (has("contentions")) return "contentions";
  if (!type.period_type.type.empty()) return type.period_type.type;
  return type.sample_types.empty() ? "" : type.sample_types.back().type;
}

ProfileType::Value ValueOf(const Profile& profile, const ValueType& type) {
  const StringTable& strings = profile.symbols.strings;
  return {std::string(strings[type.type]), std::string(strings[type.unit])};
}

// The window of a time: windows begin at multiples of their length.
int64_t WindowOf(int64_t time, int64_t length) {
  const int64_t quotient = time / length;
  return quotient - (time % length < 0);
}

// From how many profiles on one row group is smaller than profile by profile.
constexpr uint32_t kWorthGrouping = 4;

// Values listed for each label name in a dataset's summary.
constexpr size_t kSummaryValues = 16;

std::string SummarizeLabels(const ProfileTable& table) {
  std::map<std::string_view, std::set<std::string_view>> values;
  std::map<std::string_view, size_t> counts;
  for (const Series& series : table.series) {
    for (const auto& [name, value] : series.labels.pairs()) {
      values[name].insert(value);
      ++counts[name];
    }
  }
  // A series that lacks a label has it as "".
  for (const auto& [name, count] : counts) {
    if (count < table.series.size()) values[name].insert("");
  }
  for (const ProfileType& type : table.types) values[""].insert(type.name);
  std::string out;
  const auto text = [&](std::string_view s) {
    AppendVarint(&out, s.size());
    out += s;
  };
  for (const auto& [name, all] : values) {
    text(name);
    const bool listed = all.size() <= kSummaryValues;
    AppendVarint(&out, listed ? all.size() : 0);
    for (std::string_view value : all) {
      if (listed) text(value);
    }
  }
  return out;
}

}  // namespace

uint32_t DatasetBuilder::TypeOf(const LabelSet& labels, const Profile& profile) {
  ProfileType type;
  for (const ValueType& t : profile.sample_types) {
    type.sample_types.push_back(ValueOf(profile, t));
  }
  type.default_sample_type = profile.symbols.strings[profile.default_sample_type];
  type.period_type = ValueOf(profile, profile.period_type);
  for (const std::string& label : options_.type_labels) {
    const std::optional<std::string_view> value = labels.Get(label);
    if (value && !value->empty() && type.name.empty()) type.name = *value;
  }
  if (type.name.empty()) type.name = DeriveTypeName(type);
  return types_.try_emplace(std::move(type), types_.size()).first->second;
}

uint32_t DatasetBuilder::SeriesOf(const LabelSet& labels, const Profile& profile) {
  Series series{TypeOf(labels, profile), labels};
  size_t bytes = sizeof(Series);
  for (const auto& [name, value] : labels.pairs()) {
    bytes += sizeof(LabelSet::Pair) + name.capacity() + value.capacity();
  }
  const auto [at, is_new] = series_.try_emplace(std::move(series), series_.size());
  if (is_new) row_bytes_ += bytes;
  return at->second;
}

uint32_t DatasetBuilder::HeaderOf(const Profile& p) {
  const StringTable& strings = p.symbols.strings;
  ProfileHeader header;
  header.period = p.period;
  header.drop_frames = strings[p.drop_frames];
  header.keep_frames = strings[p.keep_frames];
  header.doc_url = strings[p.doc_url];
  header.payload_format = strings[p.payload_format];
  header.attributes = remap_.attribute_sets[p.attributes.value];
  header.dropped_attributes = p.dropped_attributes;
  for (StringId comment : p.comments) header.comments.emplace_back(strings[comment]);
  size_t bytes = sizeof(header) + header.comments.capacity() * sizeof(std::string);
  for (const std::string* text :
       {&header.drop_frames, &header.keep_frames, &header.doc_url, &header.payload_format}) {
    bytes += text->capacity();
  }
  for (const std::string& comment : header.comments) bytes += comment.capacity();
  const auto [at, is_new] = headers_.try_emplace(std::move(header), headers_.size());
  if (is_new) row_bytes_ += bytes;
  return at->second;
}

void DatasetBuilder::Add(const LabelSet& series, const Profile& profile) {
  merger_.Add(profile.symbols, &remap_);
  Pending& to = pending_.emplace_back();
  to.row.series = SeriesOf(series, profile);
  to.row.header = HeaderOf(profile);
  to.row.layout = remap_.layout.value;
  to.row.time_nanos = profile.time_nanos;
  to.row.duration_nanos = profile.duration_nanos;
  to.row.samples = profile.samples.size();
  to.row.has_id = profile.id.has_value();
  if (profile.id) to.row.id = *profile.id;
  to.rows.payload = profile.payload;
  to.rows.unknown_fields = profile.unknown_fields;
  AddSamples(profile, &to);
  row_bytes_ += to.memory_bytes();
}

size_t DatasetBuilder::Pending::memory_bytes() const {
  const auto bytes = [](const auto& column) { return column.capacity() * sizeof(*column.data()); };
  return sizeof(Pending) + bytes(rows.stack) + bytes(rows.labels) + bytes(rows.values) +
         bytes(rows.link) + bytes(rows.shape) + bytes(rows.timestamps.ends) +
         bytes(rows.timestamps.items) + bytes(rows.timestamp_values) + bytes(rows.payload) +
         bytes(rows.unknown_fields);
}

void DatasetBuilder::AddSamples(const Profile& profile, Pending* to) {
  const Samples& samples = profile.samples;
  // Stacks that several samples share are mapped once.
  std::vector<uint32_t> nodes(profile.stacks.size(), UINT32_MAX);
  to->rows.stack.reserve(samples.size());
  to->rows.labels.reserve(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    uint32_t& node = nodes[samples.stack[i].value];
    if (node == UINT32_MAX) {
      const uint32_t row = samples.stack[i].value;
      stack_.clear();
      for (const LocationId* l = profile.stacks.begin(row); l != profile.stacks.end(row); ++l) {
        stack_.push_back(remap_.locations[l->value]);
      }
      node = merger_.AddStack(stack_).value;
    }
    to->rows.stack.push_back(node);
    to->rows.labels.push_back(remap_.attribute_sets[samples.attributes[i].value].value);
  }
  to->rows.values = samples.values;
  for (LinkId link : samples.link) {
    LinkBytes& bytes = to->rows.link.emplace_back();
    const auto& trace = profile.links.trace_id[link.value];
    const auto& span = profile.links.span_id[link.value];
    std::copy(trace.begin(), trace.end(), bytes.begin());
    std::copy(span.begin(), span.end(), bytes.begin() + trace.size());
  }
  to->rows.shape = samples.shape;
  to->rows.timestamps = samples.timestamps;
  to->rows.timestamp_values = samples.timestamp_values;
  DropIdleColumns(&to->rows);
}

std::vector<uint32_t> DatasetBuilder::RankTypes() {
  std::vector<uint32_t> ranks(types_.size());
  for (const auto& [type, old] : types_) {
    ranks[old] = static_cast<uint32_t>(table_.types.size());
    table_.types.push_back(type);
  }
  return ranks;
}

std::vector<uint32_t> DatasetBuilder::RankSeries(const std::vector<uint32_t>& type_ranks) {
  std::map<Series, uint32_t> sorted;  // anew: types have other numbers now
  for (const auto& [series, old] : series_) {
    sorted.try_emplace({type_ranks[series.type], series.labels}, old);
  }
  std::vector<uint32_t> ranks(series_.size());
  for (const auto& [series, old] : sorted) {
    ranks[old] = static_cast<uint32_t>(table_.series.size());
    table_.series.push_back(series);
  }
  return ranks;
}

std::vector<uint32_t> DatasetBuilder::RankHeaders(const CanonicalTables& canonical) {
  std::map<ProfileHeader, uint32_t> sorted;  // anew: attributes have other ids now
  for (const auto& [merged, old] : headers_) {
    ProfileHeader header = merged;
    header.attributes = {canonical.attribute_sets[header.attributes.value]};
    sorted.emplace(std::move(header), old);
  }
  std::vector<uint32_t> ranks(headers_.size());
  for (const auto& [header, old] : sorted) {
    ranks[old] = static_cast<uint32_t>(table_.headers.size());
    table_.headers.push_back(header);
  }
  return ranks;
}

void DatasetBuilder::Rank(const CanonicalTables& canonical) {
  const std::vector<uint32_t> series = RankSeries(RankTypes());
  const std::vector<uint32_t> headers = RankHeaders(canonical);
  for (Pending& profile : pending_) {
    profile.row.series = series[profile.row.series];
    profile.row.header = headers[profile.row.header];
    profile.row.layout = canonical.layouts[profile.row.layout];
    for (uint32_t& stack : profile.rows.stack) stack = canonical.stacks[stack];
    for (uint32_t& labels : profile.rows.labels) labels = canonical.attribute_sets[labels];
    SortRows(&profile.rows, table_.type_of(profile.row).sample_types.size());
    Sum(&profile);
  }
}

void DatasetBuilder::Sum(Pending* profile) const {
  const size_t n = table_.type_of(profile->row).sample_types.size();
  for (size_t v = 0; v < n; ++v) {
    __int128 total = 0;
    for (size_t i = v; i < profile->rows.values.size(); i += n) total += profile->rows.values[i];
    const int64_t low = static_cast<int64_t>(total);
    profile->row.totals.push_back(low);
    profile->row.carries.push_back(static_cast<int64_t>((total - low) >> 64));
  }
}

void DatasetBuilder::SortAndDeduplicate(const MergedTables& tables) {
  const ContentHashes hashes = HashContent(tables);
  for (Pending& profile : pending_) {
    profile.row.check = ContentCheck(profile.rows, table_.checked_header(profile.row), hashes);
    if (!profile.row.has_id) profile.row.id = DeriveProfileId(table_, profile.row);
  }
  const auto key = [](const Pending& p) {
    return std::tuple(p.row.series, p.row.time_nanos, p.row.id, p.row.duration_nanos, p.row.header,
                      p.row.layout, p.row.has_id);
  };
  const auto content = [](const Pending& p) {
    return std::tie(p.rows.stack, p.rows.labels, p.rows.values, p.rows.link, p.rows.shape,
                    p.rows.timestamps.ends, p.rows.timestamps.items, p.rows.timestamp_values,
                    p.rows.payload, p.rows.unknown_fields);
  };
  std::sort(pending_.begin(), pending_.end(), [&](const Pending& a, const Pending& b) {
    if (key(a) != key(b)) return key(a) < key(b);
    return content(a) < content(b);
  });
  const auto end = std::unique(pending_.begin(), pending_.end(), [&](const auto& a, const auto& b) {
    return key(a) == key(b) && content(a) == content(b);
  });
  for (auto at = pending_.begin(); at != end; ++at) {
    table_.profiles.push_back(std::move(at->row));
    rows_.push_back(std::move(at->rows));
  }
  pending_.clear();
}

// Profiles of a series are cut into windows, windows into groups, groups dealt out to
// chunks by type and window.
void DatasetBuilder::MakeGroups() {
  struct Placed {
    uint32_t type;
    int64_t window;
    RowGroup group;
  };
  std::vector<Placed> placed;
  const auto window = [&](size_t p) {
    return WindowOf(table_.profiles[p].time_nanos, options_.group_window_nanos);
  };
  const uint32_t n = static_cast<uint32_t>(table_.profiles.size());
  for (uint32_t begin = 0, end = 0; begin < n; begin = end) {
    const uint32_t series = table_.profiles[begin].series;
    while (end < n && table_.profiles[end].series == series && window(end) == window(begin)) ++end;
    uint32_t most = options_.profiles_per_group;
    if (most == 0) most = end - begin >= kWorthGrouping ? UINT32_MAX : 1;
    uint64_t samples = 0;
    __int128 magnitude = 0;
    for (uint32_t p = begin; p < end; ++p) {
      __int128 own = 0;
      for (int64_t value : rows_[p].values)
        own += value < 0 ? -static_cast<__int128>(value) : value;
      samples += rows_[p].size();
      magnitude += own;
      const bool full = p == begin || placed.back().group.profiles >= most ||
                        samples > options_.samples_per_group || magnitude > INT64_MAX;
      if (full) {
        placed.push_back({table_.series[series].type, window(begin), {p, 0, 0}});
        samples = rows_[p].size();
        magnitude = own;
      }
      ++placed.back().group.profiles;
    }
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.type, a.window) < std::tie(b.type, b.window);
  });
  uint64_t samples = 0;
  for (const Placed& p : placed) {
    if (table_.chunks.empty() || table_.chunks.back().type != p.type ||
        samples >= options_.samples_per_chunk) {
      table_.chunks.push_back({static_cast<uint32_t>(table_.groups.size()), 0, p.type});
      samples = 0;
    }
    for (uint32_t i = 0; i < p.group.profiles; ++i)
      samples += rows_[p.group.first_profile + i].size();
    ++table_.chunks.back().groups;
    table_.groups.push_back(p.group);
  }
}

std::vector<EncodedSection> DatasetBuilder::EncodePayloads() const {
  std::vector<uint64_t> sizes, unknown_sizes;
  std::string payloads, unknown;
  for (const SampleRows& rows : rows_) {
    sizes.push_back(rows.payload.size());
    unknown_sizes.push_back(rows.unknown_fields.size());
    payloads += rows.payload;
    unknown += rows.unknown_fields;
  }
  if (payloads.empty() && unknown.empty()) return {};
  SectionWriter out(SectionKind::kPayloads, {options_.zstd_level, options_.smallest});
  out.Integers(column::kPayloadSizes, sizes);
  out.Bytes(column::kPayloadBytes, payloads);
  out.Integers(column::kUnknownSizes, unknown_sizes);
  out.Bytes(column::kUnknownBytes, unknown);
  std::vector<EncodedSection> sections;
  sections.push_back(std::move(out).Finish());
  return sections;
}

EncodedDataset DatasetBuilder::Finish(std::string name) && {
  UsedRows used(merger_.tables());
  for (const auto& [header, id] : headers_) used.attribute_sets[header.attributes.value] = 1;
  for (const Pending& profile : pending_) {
    used.layouts[profile.row.layout] = 1;
    for (uint32_t labels : profile.rows.labels) used.attribute_sets[labels] = 1;
  }
  const CanonicalTables canonical = MakeCanonical(merger_.tables(), std::move(used));
  Rank(canonical);
  SortAndDeduplicate(canonical.tables);
  MakeGroups();

  const ColumnOptions columns{options_.zstd_level, options_.smallest};
  const Symbols& symbols = canonical.tables.symbols;
  EncodedDataset out;
  out.cold = EncodePayloads();
  const ChunkWriteOptions chunk_options{columns, options_.unscale_go_heap,
                                        options_.link_filter_bits};
  std::vector<std::string> link_filters;
  for (uint32_t part = 0; part < table_.chunks.size(); ++part) {
    EncodedChunk chunk = EncodeChunk(part, rows_, symbols, chunk_options, &table_);
    link_filters.push_back(std::move(chunk.link_filter));
    for (EncodedSection& section : chunk.sections) {
      auto& to = section.kind == SectionKind::kHeads ? out.hot : out.cold;
      to.push_back(std::move(section));
    }
  }
  std::stable_sort(out.cold.begin(), out.cold.end(),
                   [](const auto& a, const auto& b) { return a.kind < b.kind; });
  out.cold.push_back(EncodeAddresses(canonical.tables, columns));
  out.cold.push_back(EncodeLabels(symbols, columns));
  out.hot.push_back(EncodeStacks(canonical.tables.stacks, symbols.locations.size(), columns));
  out.hot.push_back(EncodeSymbols(symbols, columns));
  out.hot.push_back(EncodeProfiles(table_, columns));
  std::optional<EncodedSection> filters =
      EncodeLinkFilters(table_.chunks, std::move(link_filters), options_.link_filter_bits, columns);
  if (filters) out.hot.push_back(*std::move(filters));

  DatasetSummary& summary = out.footer.summary;
  summary.name = std::move(name);
  summary.profiles = table_.profiles.size();
  summary.series = table_.series.size();
  for (const ProfileRow& row : table_.profiles) {
    const bool first = &row == &table_.profiles[0];
    summary.samples += row.samples;
    summary.min_time_nanos =
        first ? row.time_nanos : std::min(summary.min_time_nanos, row.time_nanos);
    summary.max_time_nanos =
        first ? row.time_nanos : std::max(summary.max_time_nanos, row.time_nanos);
  }
  out.footer.label_summary = SummarizeLabels(table_);
  return out;
}

}  // namespace dolerite
