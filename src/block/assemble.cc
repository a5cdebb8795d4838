#include "block/assemble.h"

#include <algorithm>
#include <map>

#include "model/symbol_copier.h"

namespace dolerite {

namespace {

// Gives the rows of one profile of a dataset tables of their own.
class Assembler {
 public:
  Assembler(const MergedTables& tables, Profile* out) : tables_(tables), out_(*out) {
    copier_.Start(tables.symbols, out);
  }

  void Layout(std::span<const LayoutEntry> layout) {
    for (const LayoutEntry& e : layout) copier_.PlaceMapping(e.mapping, e.start);
  }

  void Rows(const SampleRows& rows) {
    Samples& samples = out_.samples;
    for (size_t i = 0; i < rows.size(); ++i) {
      samples.stack.push_back(copier_.Stack(tables_.stacks, StackId{rows.stack[i]}));
      samples.attributes.push_back(Attributes({rows.labels[i]}));
    }
    samples.values = rows.values;
    samples.shape = rows.shape;
    samples.timestamps = rows.timestamps;
    samples.timestamp_values = rows.timestamp_values;
    Links(rows);
  }

  StringId String(StringId id) { return copier_.String(id); }
  StringId String(std::string_view text) {
    return text.empty() ? StringId{} : out_.symbols.strings.Add(text);
  }
  AttributeSetId Attributes(AttributeSetId id) { return copier_.AttributeSet(id); }

 private:
  void Links(const SampleRows& rows);

  const MergedTables& tables_;
  Profile& out_;
  SymbolCopier copier_;
};

// Chunks hold the ids of links themselves, so equal ones are found by content.
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
  profile.attributes = assembler.Attributes(header.attributes);
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
