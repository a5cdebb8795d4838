#include "block/assemble.h"

#include <algorithm>
#include <map>

namespace dolerite {

namespace {

constexpr uint32_t kNotYet = UINT32_MAX;

class Assembler {
 public:
  Assembler(const MergedTables& tables, Profile* out)
      : tables_(tables),
        in_(tables.symbols),
        out_(*out),
        strings_(in_.strings.size(), kNotYet),
        functions_(in_.functions.size(), kNotYet),
        mappings_(in_.mappings.size(), kNotYet),
        locations_(in_.locations.size(), kNotYet),
        labels_(in_.attributes.size(), kNotYet),
        label_sets_(in_.attribute_sets.size(), kNotYet),
        stacks_(tables.stacks.size(), kNotYet) {
    strings_[0] = functions_[0] = mappings_[0] = label_sets_[0] = stacks_[0] = 0;
  }

  void Layout(std::span<const LayoutEntry> layout) {
    const Mappings& m = in_.mappings;
    for (const LayoutEntry& e : layout) {
      const uint32_t row = e.mapping.value;
      if (mappings_[row] != kNotYet) continue;
      mappings_[row] =
          out_.symbols
              .AddMapping(e.start, e.start + m.limit[row], m.offset[row], String(m.file[row]),
                          String(m.build_id[row]), m.flags[row], Labels(m.attributes[row]))
              .value;
    }
  }

  void Rows(const SampleRows& rows) {
    Samples& samples = out_.samples;
    for (size_t i = 0; i < rows.size(); ++i) {
      samples.stack.push_back(Stack(rows.stack[i]));
      samples.attributes.push_back(Labels({rows.labels[i]}));
    }
    samples.values = rows.values;
    samples.shape = rows.shape;
    samples.timestamps = rows.timestamps;
    samples.timestamp_values = rows.timestamp_values;
    Links(rows);
  }

  StringId String(StringId id) {
    uint32_t& row = strings_[id.value];
    if (row == kNotYet) row = out_.symbols.strings.Add(in_.strings[id]).value;
    return {row};
  }
  StringId String(std::string_view text) {
    return text.empty() ? StringId{} : out_.symbols.strings.Add(text);
  }

  AttributeSetId Labels(AttributeSetId id);

 private:
  StackId Stack(uint32_t node);
  LocationId Location(LocationId id);
  FunctionId Function(FunctionId id);
  MappingId Mapping(MappingId id);
  void Links(const SampleRows& rows);

  const MergedTables& tables_;
  const Symbols& in_;
  Profile& out_;
  // Rows of the tables as rows of the profile.
  std::vector<uint32_t> strings_, functions_, mappings_, locations_, labels_, label_sets_, stacks_;
};

AttributeSetId Assembler::Labels(AttributeSetId id) {
  uint32_t& row = label_sets_[id.value];
  if (row != kNotYet) return {row};
  std::vector<AttributeId> set;
  for (const AttributeId* l = in_.attribute_sets.begin(id.value);
       l != in_.attribute_sets.end(id.value); ++l) {
    uint32_t& label = labels_[l->value];
    if (label == kNotYet) {
      const Attributes& from = in_.attributes;
      uint64_t value = from.value[l->value];
      if (from.value_is_string(l->value)) value = String(StringId{uint32_t(value)}).value;
      label = out_.symbols
                  .AddAttribute(String(from.key[l->value]), from.kind[l->value], value,
                                String(from.unit[l->value]))
                  .value;
    }
    set.push_back({label});
  }
  Lists<AttributeId>& sets = out_.symbols.attribute_sets;
  sets.items.insert(sets.items.end(), set.begin(), set.end());
  sets.Close();
  row = static_cast<uint32_t>(sets.size() - 1);
  return {row};
}

FunctionId Assembler::Function(FunctionId id) {
  uint32_t& row = functions_[id.value];
  const Functions& f = in_.functions;
  if (row == kNotYet) {
    row = out_.symbols
              .AddFunction(String(f.name[id.value]), String(f.system_name[id.value]),
                           String(f.file[id.value]), f.start_line[id.value])
              .value;
  }
  return {row};
}

// A mapping that the layout does not place starts at 0.
MappingId Assembler::Mapping(MappingId id) {
  if (mappings_[id.value] == kNotYet) {
    const LayoutEntry unplaced{id, 0};
    Layout({&unplaced, 1});
  }
  return {mappings_[id.value]};
}

LocationId Assembler::Location(LocationId id) {
  uint32_t& row = locations_[id.value];
  if (row != kNotYet) return {row};
  const Locations& l = in_.locations;
  std::vector<Line> lines(l.lines.begin(id.value), l.lines.end(id.value));
  for (Line& line : lines) line.function = Function(line.function);
  std::vector<Line>& items = out_.symbols.locations.lines.items;
  items.insert(items.end(), lines.begin(), lines.end());
  const MappingId mapping = Mapping(l.mapping[id.value]);
  row = out_.symbols
            .AddLocation(mapping, l.address[id.value] + out_.symbols.mappings.start[mapping.value],
                         l.folded[id.value] != 0, Labels(l.attributes[id.value]))
            .value;
  return {row};
}

StackId Assembler::Stack(uint32_t node) {
  uint32_t& row = stacks_[node];
  if (row != kNotYet) return {row};
  for (uint32_t at = node; at != 0; at = tables_.stacks.parent[at]) {
    out_.stacks.items.push_back(Location(tables_.stacks.location[at]));
  }
  out_.stacks.Close();
  row = static_cast<uint32_t>(out_.stacks.size() - 1);
  return {row};
}

void Assembler::Links(const SampleRows& rows) {
  std::map<LinkBytes, uint32_t> known = {{LinkBytes{}, 0}};
  for (const LinkBytes& link : rows.link) {
    const auto [at, is_new] = known.try_emplace(link, out_.links.size());
    out_.samples.link.push_back({at->second});
    if (!is_new) continue;
    std::copy_n(link.begin(), 16, out_.links.trace_id.emplace_back().begin());
    std::copy_n(link.begin() + 16, 8, out_.links.span_id.emplace_back().begin());
  }
}

}  // namespace

Profile AssembleProfile(const MergedTables& tables, const ProfileType& type,
                        const ProfileHeader& header, std::span<const LayoutEntry> layout,
                        const SampleRows& rows) {
  Profile profile;
  Assembler assembler(tables, &profile);
  const auto value_type = [&](const ProfileType::Value& v) {
    return ValueType{assembler.String(v.type), assembler.String(v.unit)};
  };
  for (const ProfileType::Value& v : type.sample_types) {
    profile.sample_types.push_back(value_type(v));
  }
  profile.default_sample_type = assembler.String(type.default_sample_type);
  profile.period_type = value_type(type.period_type);
  profile.period = header.period;
  profile.drop_frames = assembler.String(header.drop_frames);
  profile.keep_frames = assembler.String(header.keep_frames);
  profile.doc_url = assembler.String(header.doc_url);
  profile.payload_format = assembler.String(header.payload_format);
  profile.attributes = assembler.Labels(header.attributes);
  profile.dropped_attributes = header.dropped_attributes;
  for (const std::string& comment : header.comments) {
    profile.comments.push_back(assembler.String(comment));
  }
  assembler.Layout(layout);
  assembler.Rows(rows);
  profile.payload = rows.payload;
  profile.unknown_fields = rows.unknown_fields;
  return profile;
}

}  // namespace dolerite
