// Hashes of what rows say, whatever their ids: each row's hash is made from the hashes of the rows
// that it refers to, table by table upwards. FORMAT.md has them as the content check, so they are
// frozen.
#include "model/content_hash.h"

#include "base/checksum.h"

namespace dolerite {

namespace {

constexpr uint64_t kStart = 0x2d358dccaa6c78a5;

// Each word is mixed in after a step of the hash, so that words of 0 count.
template <class... Words>
uint64_t HashWords(Words... words) {
  uint64_t hash = kStart;
  ((hash = MixHash(hash + 1, static_cast<uint64_t>(words))), ...);
  return hash;
}

// A set is a sum over its labels: their order has no meaning, and labels of a set differ.
std::vector<uint64_t> HashLabelSets(const Symbols& s, const std::vector<uint64_t>& strings) {
  std::vector<uint64_t> labels, sets;
  for (size_t i = 0; i < s.attributes.size(); ++i) {
    const uint64_t value =
        s.attributes.value_is_string(i) ? strings[s.attributes.value[i]] : s.attributes.value[i];
    labels.push_back(HashWords(strings[s.attributes.key[i].value], s.attributes.kind[i], value,
                               strings[s.attributes.unit[i].value]));
  }
  for (size_t i = 0; i < s.attribute_sets.size(); ++i) {
    uint64_t sum = HashWords(s.attribute_sets.length(i));  // the order of labels has no meaning
    for (const AttributeId* l = s.attribute_sets.begin(i); l != s.attribute_sets.end(i); ++l) {
      sum += labels[l->value];
    }
    sets.push_back(sum);
  }
  return sets;
}

// Functions, then locations. A location's hash takes its lines one by one, so order and number of
// them count.
std::vector<uint64_t> HashLocations(const Symbols& s, const std::vector<uint64_t>& strings,
                                    const std::vector<uint64_t>& sets,
                                    const std::vector<uint64_t>& mappings) {
  std::vector<uint64_t> functions, locations;
  const Functions& f = s.functions;
  for (size_t i = 0; i < f.size(); ++i) {
    functions.push_back(HashWords(strings[f.name[i].value], strings[f.system_name[i].value],
                                  strings[f.file[i].value], f.start_line[i]));
  }
  const Locations& l = s.locations;
  for (size_t i = 0; i < l.size(); ++i) {
    uint64_t hash = HashWords(mappings[l.mapping[i].value], l.address[i], l.folded[i],
                              sets[l.attributes[i].value]);
    for (const Line* line = l.lines.begin(i); line != l.lines.end(i); ++line) {
      hash = HashWords(hash, functions[line->function.value], line->line, line->column);
    }
    locations.push_back(hash);
  }
  return locations;
}

}  // namespace

// Tables from the bottom up; each needs hashes of those that it refers to.
ContentHashes HashContent(const MergedTables& tables) {
  const Symbols& s = tables.symbols;
  ContentHashes out;
  for (uint32_t i = 0; i < s.strings.size(); ++i) {
    out.strings.push_back(Checksum64(s.strings[StringId{i}]));
  }
  out.attribute_sets = HashLabelSets(s, out.strings);
  std::vector<uint64_t> mappings;
  const Mappings& m = s.mappings;
  for (size_t i = 0; i < m.size(); ++i) {
    mappings.push_back(HashWords(
        // Row 0, "no mapping", differs from a mapping that says nothing.
        i == 0, out.strings[m.file[i].value], out.strings[m.build_id[i].value], m.offset[i],
        m.limit[i], m.flags[i], out.attribute_sets[m.attributes[i].value], m.instance[i]));
  }
  for (size_t i = 0; i < tables.layouts.size(); ++i) {
    uint64_t hash = kStart;
    for (const LayoutEntry* e = tables.layouts.begin(i); e != tables.layouts.end(i); ++e) {
      hash = HashWords(hash, mappings[e->mapping.value], e->start);
    }
    out.layouts.push_back(hash);
  }
  const std::vector<uint64_t> locations =
      HashLocations(s, out.strings, out.attribute_sets, mappings);
  // A stack is its parent's hash and its last location: parents come first.
  const StackTree& t = tables.stacks;
  out.stacks.push_back(kStart);
  for (size_t i = 1; i < t.size(); ++i) {
    out.stacks.push_back(HashWords(out.stacks[t.parent[i]], locations[t.location[i].value]));
  }
  return out;
}

}  // namespace dolerite
