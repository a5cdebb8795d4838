#include "block/format_profiles.h"

#include <algorithm>
#include <map>

#include "block/format_reader.h"

namespace dolerite::testing {
namespace {

uint32_t Row(uint64_t row) { return static_cast<uint32_t>(row); }

// Type, header and texts of the profile. The strings of the tables come first.
void AddHeader(const FormatProfile& from, const FormatTables& t, Profile* to) {
  Profile& p = *to;
  const auto text = [&](const std::string& string) { return p.symbols.strings.Add(string); };
  for (size_t i = 1; i < t.strings.size(); ++i) text(t.strings[i]);
  for (size_t i = 4; i < from.type.size(); i += 2) {
    p.sample_types.push_back({text(from.type[i]), text(from.type[i + 1])});
  }
  p.default_sample_type = text(from.type[1]);
  p.period_type = {text(from.type[2]), text(from.type[3])};
  p.period = from.period, p.time_nanos = from.time, p.duration_nanos = from.duration;
  p.drop_frames = text(from.header_texts[0]), p.keep_frames = text(from.header_texts[1]);
  p.doc_url = text(from.header_texts[2]), p.payload_format = text(from.header_texts[3]);
  for (size_t i = 4; i < from.header_texts.size(); ++i) {
    p.comments.push_back(text(from.header_texts[i]));
  }
  p.attributes = {Row(from.attributes)}, p.dropped_attributes = from.dropped_attributes;
  p.payload = from.payload, p.unknown_fields = from.unknown_fields;
  if (!from.id.empty()) std::copy(from.id.begin(), from.id.end(), p.id.emplace().begin());
}

// All rows of the tables, with the mappings of one layout.
void AddTables(const FormatTables& t, uint64_t layout, Symbols* symbols) {
  Symbols& s = *symbols;
  for (const FormatLabel& l : t.labels) {
    s.AddAttribute({Row(l.key)}, AttributeKind(l.kind), l.value, {Row(l.unit)});
  }
  for (size_t i = 1; i < t.attribute_sets.size(); ++i) {
    for (uint64_t label : t.attribute_sets[i]) s.attribute_sets.items.push_back({Row(label)});
    s.attribute_sets.Close();
  }
  for (size_t i = 1; i < t.functions.size(); ++i) {
    const FormatFunction& f = t.functions[i];
    s.AddFunction({Row(f.name)}, {Row(f.system_name)}, {Row(f.file)}, f.start_line);
  }
  std::map<uint64_t, uint32_t> mappings = {{0, 0}};
  for (const auto& [mapping, start] : t.layouts.at(layout)) {
    const FormatMapping& m = t.mappings.at(mapping);
    mappings[mapping] =
        s.AddMapping(start, start + m.size, m.offset, {Row(m.file)}, {Row(m.build_id)},
                     static_cast<uint8_t>(m.flags), {Row(m.attributes)})
            .value;
  }
  // Locations of other processes' mappings stay without one: no sample has them.
  for (const FormatLocation& l : t.locations) {
    for (const FormatLine& line : l.lines) {
      s.locations.lines.items.push_back({{Row(line.function)}, line.line, line.column});
    }
    const uint32_t mapping = mappings.count(l.mapping) ? mappings[l.mapping] : 0;
    s.AddLocation({mapping}, l.address + s.mappings.start[mapping], l.folded != 0,
                  {Row(l.attributes)});
  }
}

void AddSamples(const FormatProfile& from, const FormatTables& t, Profile* to) {
  Profile& p = *to;
  bool shaped = false;
  for (const FormatSample& sample : from.samples) shaped = shaped || sample.shape != 0;
  for (const FormatSample& sample : from.samples) {
    const FormatStacks& stacks = t.stacks.at(from.type_row);
    for (uint64_t n = stacks.sampled.at(sample.stack); n != 0; n = stacks.nodes.at(n).parent) {
      p.stacks.items.push_back({Row(stacks.nodes[n].location)});
    }
    p.stacks.Close();
    p.samples.stack.push_back({Row(p.stacks.size() - 1)});
    p.samples.attributes.push_back({Row(sample.labels)});
    p.samples.values.insert(p.samples.values.end(), sample.values.begin(), sample.values.end());
    const bool linked = sample.link != std::string(24, '\0');
    p.samples.link.push_back({linked ? Row(p.links.size()) : 0});
    if (linked) {
      std::copy_n(sample.link.begin(), 16, p.links.trace_id.emplace_back().begin());
      std::copy_n(sample.link.begin() + 16, 8, p.links.span_id.emplace_back().begin());
    }
    if (!shaped) continue;
    p.samples.shape.push_back(SampleShape(sample.shape));
    auto& times = p.samples.timestamps;
    times.items.insert(times.items.end(), sample.times.begin(), sample.times.end());
    times.Close();
    auto& timed = p.samples.timestamp_values;
    timed.insert(timed.end(), sample.timed.begin(), sample.timed.end());
  }
}

// A profile of the library's from one of FORMAT.md's.
Profile ToProfile(const FormatProfile& from, const FormatTables& tables) {
  Profile profile;
  AddHeader(from, tables, &profile);
  AddTables(tables, from.layout, &profile.symbols);
  AddSamples(from, tables, &profile);
  return profile;
}

void CheckProfile(const FormatProfile& p, const FormatTables& tables) {
  CHECK(CheckOf(p, tables) == p.check);
  CHECK(p.samples.size() == p.sample_count);
  std::vector<__int128> sums(p.totals.size());
  for (const FormatSample& s : p.samples) {
    for (size_t v = 0; v < sums.size(); ++v) sums[v] += s.values[v];
  }
  for (size_t v = 0; v < sums.size(); ++v) {
    const bool same = sums[v] == ((__int128{p.carries[v]} << 64) + p.totals[v]);
    CHECK(same);
  }
}

}  // namespace

std::vector<Input> ReadByFormat(const std::string& block) {
  const auto listing = OpenBytes(block).ListProfiles();
  REQUIRE(listing.ok());
  std::vector<Input> read;
  for (const FormatDataset& dataset : ReadFormat(block)) {
    const FormatTables tables = ReadTables(dataset);
    for (const FormatProfile& p : ReadProfiles(dataset)) {
      const ProfileSummary& summary = listing->profiles.at(read.size());
      const std::string id = p.id.empty() ? DerivedId(p) : p.id;
      CHECK(id == std::string(summary.id.begin(), summary.id.end()));
      if (!p.dropped) CheckProfile(p, tables);
      LabelSet series;
      for (const auto& [name, value] : p.series) series.Set(name, value);
      read.push_back({series, ToProfile(p, tables)});
      REQUIRE(read.back().profile.Validate().ok());
    }
  }
  REQUIRE(read.size() == listing->profiles.size());
  return read;
}

}  // namespace dolerite::testing
