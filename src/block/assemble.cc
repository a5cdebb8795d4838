#include "block/assemble.h"

#include <algorithm>
#include <utility>

namespace dolerite {

namespace {

// Texts of types and headers are not rows of the tables. "" is row 0 of every profile.
StringId Text(std::string_view text, Profile* out) {
  return text.empty() ? StringId{} : out->symbols.strings.Add(text);
}

ValueType TypeOf(const ProfileType::Value& value, Profile* out) {
  const StringId type = Text(value.type, out);
  return {type, Text(value.unit, out)};
}

// Shared tables start anew when their stacks have so many locations: 4 MiB.
constexpr size_t kSharedLocations = size_t{1} << 20;

// Empties what belongs to one profile. Tables, types and header stay.
void ForgetSamples(Profile* out) {
  Samples& samples = out->samples;
  samples.stack.clear(), samples.attributes.clear(), samples.link.clear(), samples.values.clear();
  samples.shape.clear(), samples.timestamps.Clear(), samples.timestamp_values.clear();
  out->links.trace_id.assign(1, {}), out->links.span_id.assign(1, {});
  out->id.reset();
}

}  // namespace

// Ids of the result are rows of its own tables: the copier adds a row when it is needed first.
void ProfileAssembler::Assemble(const ProfileType& type, const ProfileHeader& header,
                                std::span<const LayoutEntry> layout, SampleRows rows,
                                Profile* out) {
  if (Continues(type, header, layout, *out)) {
    ForgetSamples(out);
    MoveMappings(layout, out);
    AddSamples(std::move(rows), out);
    return;
  }
  out->Clear();
  copier_.Start(tables_.symbols, out);
  AddType(type, out);
  AddHeader(header, out);
  // Mappings are placed before any sample uses them, so they keep the order of the layout.
  for (const LayoutEntry& e : layout) copier_.PlaceMapping(e.mapping, e.start);
  AddSamples(std::move(rows), out);
}

// Whether the tables of the profile before serve this one, too: texts of types and headers lie in
// them, and the mappings of its process, wherever these start. Remembers what it is asked about.
bool ProfileAssembler::Continues(const ProfileType& type, const ProfileHeader& header,
                                 std::span<const LayoutEntry> layout, const Profile& out) {
  const bool same =
      type_ == &type && header_ == &header &&
      std::equal(layout.begin(), layout.end(), layout_.begin(), layout_.end(),
                 [](const LayoutEntry& a, const LayoutEntry& b) { return a.mapping == b.mapping; });
  type_ = &type, header_ = &header, layout_ = layout;
  return rows_ == Rows::kShared && same && out.stacks.items.size() < kSharedLocations;
}

// Another process of the same program has its mappings elsewhere: rows stay where they are, and
// addresses move with their mappings, modulo 2^64.
void ProfileAssembler::MoveMappings(std::span<const LayoutEntry> layout, Profile* out) {
  Mappings& mappings = out->symbols.mappings;
  moved_.assign(mappings.size(), 0);
  // Of entries of one mapping the first one counts, as where mappings are placed.
  for (size_t i = layout.size(); i-- > 0;) {
    const uint32_t row = copier_.Mapping(layout[i].mapping).value;
    if (row != 0) moved_[row] = layout[i].start - mappings.start[row];
  }
  if (std::all_of(moved_.begin(), moved_.end(), [](uint64_t by) { return by == 0; })) return;
  for (size_t row = 0; row < moved_.size(); ++row) {
    mappings.start[row] += moved_[row], mappings.limit[row] += moved_[row];
  }
  Locations& locations = out->symbols.locations;
  for (size_t i = 0; i < locations.size(); ++i) {
    locations.address[i] += moved_[locations.mapping[i].value];
  }
}

void ProfileAssembler::AddType(const ProfileType& type, Profile* out) {
  for (const ProfileType::Value& v : type.sample_types) {
    out->sample_types.push_back(TypeOf(v, out));
  }
  out->default_sample_type = Text(type.default_sample_type, out);
  out->period_type = TypeOf(type.period_type, out);
}

void ProfileAssembler::AddHeader(const ProfileHeader& header, Profile* out) {
  out->period = header.period;
  out->drop_frames = Text(header.drop_frames, out);
  out->keep_frames = Text(header.keep_frames, out);
  out->doc_url = Text(header.doc_url, out);
  out->payload_format = Text(header.payload_format, out);
  out->attributes = copier_.AttributeSet(header.attributes);
  out->dropped_attributes = header.dropped_attributes;
  for (const std::string& comment : header.comments) out->comments.push_back(Text(comment, out));
}

void ProfileAssembler::AddSamples(SampleRows rows, Profile* out) {
  Samples& samples = out->samples;
  samples.stack.reserve(rows.size()), samples.attributes.reserve(rows.size());
  copier_.Stacks(tables_.stacks, rows.stack, &samples.stack);
  for (uint32_t labels : rows.labels) samples.attributes.push_back(copier_.AttributeSet({labels}));
  samples.values = std::move(rows.values);
  samples.shape = std::move(rows.shape);
  samples.timestamps = std::move(rows.timestamps);
  samples.timestamp_values = std::move(rows.timestamp_values);
  // Chunks hold trace and span ids, not rows of a table, so equal links are found by content.
  // A profile without links has an empty column, and so has the result.
  links_.Reset(rows.link.size());
  for (const LinkBytes& link : rows.link) samples.link.push_back(links_.Add(link, &out->links));
  out->payload = std::move(rows.payload);
  out->unknown_fields = std::move(rows.unknown_fields);
}

}  // namespace dolerite
