// Merged tables of generated profiles, and what they say as text.
#ifndef DOLERITE_TESTS_MODEL_MERGED_H_
#define DOLERITE_TESTS_MODEL_MERGED_H_

#include <string>
#include <vector>

#include "model/symbol_merger.h"
#include "support/generate.h"

namespace dolerite::testing {

// Adds a profile's tables and stacks; the node of each of its stacks.
inline std::vector<StackId> Merge(const Profile& profile, SymbolMerger* merger,
                                  SymbolMerger::Remap* remap) {
  merger->Add(profile.symbols, remap);
  std::vector<StackId> nodes;
  for (size_t i = 0; i < profile.stacks.size(); ++i) {
    std::vector<LocationId> stack;
    for (const LocationId* l = profile.stacks.begin(i); l != profile.stacks.end(i); ++l) {
      stack.push_back(remap->locations[l->value]);
    }
    nodes.push_back(merger->AddStack(stack));
  }
  return nodes;
}

// Every cell of every table.
inline std::string Text(const MergedTables& tables) {
  std::string out;
  const auto number = [&](auto n) { out += std::to_string(n) + " "; };
  const Symbols& s = tables.symbols;
  for (uint32_t i = 0; i < s.strings.size(); ++i) out.append(s.strings[StringId{i}]).append("|");
  for (size_t i = 0; i < s.mappings.size(); ++i) {
    const Mappings& m = s.mappings;
    number(m.start[i]), number(m.limit[i]), number(m.offset[i]), number(m.file[i].value);
    number(m.build_id[i].value), number(m.flags[i]), number(m.attributes[i].value);
    number(m.instance[i]), out += "\n";
  }
  for (size_t i = 0; i < s.functions.size(); ++i) {
    const Functions& f = s.functions;
    number(f.name[i].value), number(f.system_name[i].value), number(f.file[i].value);
    number(f.start_line[i]), out += "\n";
  }
  for (size_t i = 0; i < s.locations.size(); ++i) {
    const Locations& l = s.locations;
    number(l.mapping[i].value), number(l.address[i]), number(l.folded[i]);
    number(l.attributes[i].value);
    for (const Line* line = l.lines.begin(i); line != l.lines.end(i); ++line) {
      number(line->function.value), number(line->line), number(line->column);
    }
    out += "\n";
  }
  for (size_t i = 0; i < s.attributes.size(); ++i) {
    number(s.attributes.key[i].value), number(static_cast<int>(s.attributes.kind[i]));
    number(s.attributes.value[i]), number(s.attributes.unit[i].value), out += "\n";
  }
  for (size_t i = 0; i < s.attribute_sets.size(); ++i) {
    for (auto* l = s.attribute_sets.begin(i); l != s.attribute_sets.end(i); ++l) number(l->value);
    out += "\n";
  }
  for (size_t i = 0; i < tables.stacks.size(); ++i) {
    number(tables.stacks.parent[i]), number(tables.stacks.location[i].value), out += "\n";
  }
  for (size_t i = 0; i < tables.layouts.size(); ++i) {
    for (auto* e = tables.layouts.begin(i); e != tables.layouts.end(i); ++e) {
      number(e->mapping.value), number(e->start);
    }
    out += "\n";
  }
  return out;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_MODEL_MERGED_H_
