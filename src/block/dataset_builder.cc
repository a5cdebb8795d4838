// Add has two phases: it describes the profile and counts the most that it could add to each table,
// which changes nothing and may refuse it; then it merges the profile's tables, and keeps its
// samples with ids of the merged ones. Merge takes the tables of another dataset once, then its
// profiles with new numbers. Finish leaves the rest to dataset_encoder.h.
#include "block/dataset_builder.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "block/profile_naming.h"
#include "block/profile_table_fields.h"
#include "block/row_groups.h"
#include "model/own_tables.h"

namespace dolerite {

namespace {

// What a node of a tree or a slot of a hash set takes beside its content, generously.
// The strings' own memory is counted by capacity, as that is what is allocated.
constexpr size_t kNodeBytes = 64;

size_t MemoryOf(const ProfileType& type) {
  size_t bytes = sizeof(type) + kNodeBytes;
  VisitTypeStrings(type, [&](const std::string& s) { bytes += sizeof(s) + s.capacity(); });
  return bytes;
}

bool IsShared(const Profile& profile) { return profile.tables_mark.identity() != nullptr; }

}  // namespace

// Numbers of types and series are looked up, not given. A header is counted as a new one: which
// attributes it refers to is known only when they are merged.
DatasetBuilder::Described DatasetBuilder::Describe(const LabelSet& labels,
                                                   const Profile& profile) const {
  Described d;
  d.type = TypeOf(profile, labels, options().type_labels);
  const uint32_t type = collected_.types.Find(d.type);
  d.new_type = type == kNotFound;
  d.new_series = d.new_type || collected_.series.Find({type, labels}) == kNotFound;
  DatasetCounts& more = d.more;
  // Texts that the table lacks. They are sorted and made unique, as one profile may name a text
  // twice.
  std::vector<std::string_view> fresh;
  const auto count = [&](std::string_view text) {
    if (texts_.Find(text) == kNotFound) fresh.push_back(text);
  };
  const size_t values = profile.sample_types.size();
  if (d.new_type) {
    ++more.types;
    more.type_values += values;
    VisitTypeStrings(d.type, count);
  }
  if (d.new_series) {
    ++more.series;
    more.series_labels += labels.pairs().size();
    for (const auto& [name, value] : labels.pairs()) count(name), count(value);
  }
  ++more.headers;
  more.comments += profile.comments.size();
  VisitHeaderStrings(profile, [&](StringId id) { count(profile.symbols.strings[id]); });
  for (StringId comment : profile.comments) count(profile.symbols.strings[comment]);
  std::sort(fresh.begin(), fresh.end());
  fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
  more.texts = fresh.size();
  for (std::string_view text : fresh) more.text_bytes += text.size();
  ++more.profiles;
  more.totals += values;
  more.load = LoadOf(profile);
  return d;
}

// The footer has an entry for the dataset, one for each section, and the label summary.
// Every kind of section counts for every chunk unless no profile can have it: loads of kinds
// include what an empty column takes for each sample or profile.
uint64_t DatasetBuilder::FooterBytes(const DatasetCounts& counts, uint64_t summary_bytes) const {
  // Addresses, labels, symbols, profiles, the link filter, and the stacks of each type.
  const uint64_t tables = 5 + counts.types;
  const ChunkLoad& load = counts.load;
  const uint64_t samples = load.most[ChunkLoad::kSamples];
  uint64_t of_chunk = 2;  // heads and bodies
  if (load.most[ChunkLoad::kLinks] > samples * kMost32) ++of_chunk;
  if (load.most[ChunkLoad::kTimestamps] > samples * 2 * kMost32) ++of_chunk;
  if (load.most[ChunkLoad::kPayloads] > counts.profiles * 2 * kMost64) ++of_chunk;
  const uint64_t chunks = MostChunks(options(), bounds(), counts.profiles, counts.types, load);
  return kFooterDatasetBytes + (tables + of_chunk * chunks) * kFooterSectionBytes + summary_bytes;
}

// Two counts of the stack nodes: a cheap one, as if stacks shared none, and an exact one that is
// made only if the cheap one passes a bound.
absl::Status DatasetBuilder::CheckBounds(const Described& d, const LabelSet& series,
                                         const Profile& profile, uint64_t footer_room) const {
  DOLERITE_RETURN_IF_ERROR(CheckLoad(d.more.load, bounds()));
  // What is held and what the profile adds, without tables of symbols; these are added below.
  DatasetCounts counts = held_;
  counts += d.more;
  const uint64_t footer = FooterBytes(counts, summary_.most_bytes_with(d.type.name, series));
  DOLERITE_RETURN_IF_ERROR(CheckLimit("a dataset's bytes of the footer", footer, footer_room));
  counts += CountsOf(merger_.tables());
  DatasetCounts quick = counts;
  quick += MostOf(profile, /*exact_nodes=*/false);
  absl::Status checked = CheckDataset(quick, bounds());
  // What a profile reaches of tables that it shares is not counted here.
  if (checked.ok() || IsShared(profile)) return checked;
  // Long stacks mostly share their nodes, which takes a walk to find out.
  counts += MostOf(profile, /*exact_nodes=*/true);
  return CheckDataset(counts, bounds());
}

// Counts a text when it comes first.
void DatasetBuilder::KeepText(std::string_view text) {
  if (!texts_.Add(text).second) return;
  ++held_.texts;
  held_.text_bytes += text.size();
}

// The row of the series, with its type. Both are kept once, and counted when they are new.
uint32_t DatasetBuilder::KeepSeries(const LabelSet& labels, ProfileType new_type) {
  const auto keep = [&](std::string_view text) { KeepText(text); };
  const auto [type, is_new_type] = collected_.types.Add(std::move(new_type));
  if (is_new_type) {
    const ProfileType& kept = collected_.types[type];
    VisitTypeStrings(kept, keep);
    summary_.AddType(kept.name);
    ++held_.types;
    held_.type_values += kept.sample_types.size();
    row_bytes_ += MemoryOf(kept);
  }
  const auto [series, is_new_series] = collected_.series.Add({type, labels});
  if (is_new_series) {
    for (const auto& [name, value] : labels.pairs()) keep(name), keep(value);
    summary_.AddSeries(labels);
    ++held_.series;
    held_.series_labels += labels.pairs().size();
    row_bytes_ += sizeof(Series) + kNodeBytes + labels.memory_bytes();
  }
  return series;
}

// The header's attributes have their number in the merged tables.
uint32_t DatasetBuilder::KeepHeader(ProfileHeader new_header) {
  const auto [number, is_new] = collected_.headers.Add(std::move(new_header));
  if (!is_new) return number;
  const ProfileHeader& header = collected_.headers[number];
  VisitHeaderStrings(header, [&](const std::string& s) { KeepText(s); });
  for (const std::string& comment : header.comments) KeepText(comment);
  ++held_.headers;
  held_.comments += header.comments.size();
  row_bytes_ += dolerite::MemoryOf(header) + kNodeBytes;
  return number;
}

void DatasetBuilder::KeepProfile(CollectedProfiles::Pending profile) {
  held_.load += profile.load;
  ++held_.profiles;
  held_.totals += collected_.types[collected_.series[profile.row.series].type].sample_types.size();
  row_bytes_ += profile.memory_bytes();
  collected_.profiles.push_back(std::move(profile));
}

// Until the merger's Add nothing has changed, so a refused profile leaves the dataset as it was.
absl::Status DatasetBuilder::Add(const LabelSet& series, const Profile& profile,
                                 uint64_t footer_room, SharedRemap* shared) {
  Described described = Describe(series, profile);
  const absl::Status checked = CheckBounds(described, series, profile, footer_room);
  if (!checked.ok() && IsShared(profile)) {
    // Near a bound it is worth to copy what the profile reaches: that may fit.
    return Add(series, WithOwnTables(profile), footer_room, shared);
  }
  DOLERITE_RETURN_IF_ERROR(checked);
  const SymbolMerger::Remap& remap = MergeTables(profile, shared);
  CollectedProfiles::Pending to;
  to.load = described.more.load;
  to.row.series = KeepSeries(series, std::move(described.type));
  to.row.header = KeepHeader(HeaderOf(profile, remap.attribute_sets[profile.attributes.value]));
  to.row.layout = remap.layout.value;
  to.row.time_nanos = profile.time_nanos;
  to.row.duration_nanos = profile.duration_nanos;
  to.row.samples = profile.samples.size();
  to.row.has_id = profile.id.has_value();
  if (profile.id) to.row.id = *profile.id;
  to.rows.payload = profile.payload;
  to.rows.unknown_fields = profile.unknown_fields;
  AddStacks(profile, *shared, &to.rows);
  AddSamples(profile, remap, &to.rows);
  KeepProfile(std::move(to));
  return absl::OkStatus();
}

// The rows of the profile's tables as rows of the merged ones. Tables that profiles share are
// merged as far as profiles reach them, others whole.
const SymbolMerger::Remap& DatasetBuilder::MergeTables(const Profile& profile,
                                                       SharedRemap* shared) {
  if (IsShared(profile)) {
    shared->Add(profile, &merger_);
    return shared->remap();
  }
  merger_.Add(profile.symbols, &remap_);
  MergeStacks(profile);
  return remap_;
}

// Each stack that samples refer to is merged once, in the order in which they do.
void DatasetBuilder::MergeStacks(const Profile& profile) {
  stack_places_.assign(profile.stacks.size(), UINT32_MAX);
  stack_rows_.clear();
  for (StackId stack : profile.samples.stack) {
    uint32_t& place = stack_places_[stack.value];
    if (place != UINT32_MAX) continue;
    place = static_cast<uint32_t>(stack_rows_.size());
    stack_rows_.push_back(stack.value);
  }
  merger_.AddStacks(profile.stacks, stack_rows_, remap_, &stack_nodes_);
}

void DatasetBuilder::AddStacks(const Profile& profile, const SharedRemap& shared, SampleRows* to) {
  to->stack.reserve(profile.samples.size());
  if (IsShared(profile)) {
    for (StackId stack : profile.samples.stack) to->stack.push_back(shared.node(stack).value);
  } else {
    for (StackId stack : profile.samples.stack) {
      to->stack.push_back(stack_nodes_[stack_places_[stack.value]].value);
    }
  }
}

// Copies the samples with ids of the merged tables. Values stay in their order; sorting waits until
// ids are final.
void DatasetBuilder::AddSamples(const Profile& profile, const SymbolMerger::Remap& remap,
                                SampleRows* to) {
  const Samples& samples = profile.samples;
  to->labels.reserve(samples.size());
  for (AttributeSetId set : samples.attributes) {
    to->labels.push_back(remap.attribute_sets[set.value].value);
  }
  to->values = samples.values;
  // A link is stored by its bytes, so that equal ones of two profiles are equal.
  to->link.reserve(samples.link.size());
  for (LinkId link : samples.link) {
    LinkBytes& bytes = to->link.emplace_back();
    const auto& trace = profile.links.trace_id[link.value];
    const auto& span = profile.links.span_id[link.value];
    std::copy(trace.begin(), trace.end(), bytes.begin());
    std::copy(span.begin(), span.end(), bytes.begin() + trace.size());
  }
  to->shape = samples.shape;
  to->timestamps = samples.timestamps;
  to->timestamp_values = samples.timestamp_values;
  DropIdleColumns(to);
}

// Rows are counted when they are added; the tables and the summary count themselves.
size_t DatasetBuilder::memory_bytes() const {
  return merger_.memory_bytes() + row_bytes_ + texts_.memory_bytes() + summary_.memory_bytes();
}

uint64_t DatasetBuilder::footer_bytes_with(const DatasetBuilder& other) const {
  DatasetCounts counts = held_;
  counts += other.held_;
  return FooterBytes(counts, summary_.most_bytes() + other.summary_.most_bytes());
}

absl::Status DatasetBuilder::CheckMerge(const DatasetBuilder& other) const {
  DatasetCounts counts = held_;
  counts += other.held_;
  counts += CountsOf(merger_.tables());
  counts += CountsOf(other.merger_.tables());
  return CheckDataset(counts, bounds());
}

// Each table of the other is merged once; its profiles then only change their numbers.
void DatasetBuilder::Merge(DatasetBuilder other) {
  SymbolMerger::TablesRemap remap;
  merger_.Add(other.merger_.tables(), &remap);
  CollectedProfiles& from = other.collected_;
  std::vector<uint32_t> series, headers;
  for (uint32_t i = 0; i < from.series.size(); ++i) {
    series.push_back(KeepSeries(from.series[i].labels, from.types[from.series[i].type]));
  }
  for (uint32_t i = 0; i < from.headers.size(); ++i) {
    ProfileHeader header = from.headers[i];
    header.attributes = remap.symbols.attribute_sets[header.attributes.value];
    headers.push_back(KeepHeader(std::move(header)));
  }
  for (CollectedProfiles::Pending& profile : from.profiles) {
    profile.row.series = series[profile.row.series];
    profile.row.header = headers[profile.row.header];
    profile.row.layout = remap.layouts[profile.row.layout].value;
    for (uint32_t& stack : profile.rows.stack) stack = remap.stacks[stack].value;
    for (uint32_t& labels : profile.rows.labels) {
      labels = remap.symbols.attribute_sets[labels].value;
    }
    KeepProfile(std::move(profile));
  }
}

absl::StatusOr<EncodedDataset> DatasetBuilder::Finish(std::string name, Executor* executor) {
  return EncodeDataset(std::move(name), merger_.tables(), std::move(collected_), options(),
                       bounds(), executor);
}

void DatasetBuilder::Clear() {
  merger_.Clear();
  collected_ = {};
  summary_ = {};
  texts_ = {};
  held_ = {};
  row_bytes_ = 0;
}

}  // namespace dolerite
