#include "render/tree_json.h"

#include "absl/container/flat_hash_map.h"
#include "base/utf8.h"
#include "dolerite/tree_text.h"

namespace dolerite {
namespace {

// The root is its own parent, whatever the tree says: readers walk up to row 0.
std::vector<uint32_t> ParentsOf(const Tree& tree) {
  std::vector<uint32_t> parents = tree.parent;
  if (!parents.empty()) parents[0] = 0;
  return parents;
}

// In columns, and with totals: readers need no pass of their own.
void AppendNodes(std::string* out, const Tree& tree, const UsedNames& names) {
  static constexpr const char* kSides[] = {"base_", "against_"};
  AppendJsonKey(out, "nodes");
  out->push_back('{');
  AppendJsonIntegers(out, "name", names.row_of_node);
  AppendJsonIntegers(out, "parent", ParentsOf(tree));
  for (size_t c = 0; c < tree.columns.size(); ++c) {
    const std::string_view side = tree.columns.size() == 2 ? kSides[c] : "";
    AppendJsonIntegers(out, Concat(side, "self"), tree.columns[c].self);
    AppendJsonIntegers(out, Concat(side, "total"), tree.columns[c].total);
  }
  out->push_back('}');
}

}  // namespace

// Names that nodes have, each once, in the order of the nodes. Two ids of one text (a function
// called as kRest) are one name here.
// Strings that no node has are left out: answers share their names with larger trees.
UsedNames NamesInUse(const Tree& tree) {
  UsedNames names;
  names.row_of_node.reserve(tree.size());
  absl::flat_hash_map<std::string_view, uint32_t> rows;
  for (StringId name : tree.name) {
    const uint32_t next = static_cast<uint32_t>(names.strings.size());
    const auto [row, added] = rows.try_emplace(tree.names[name], next);
    if (added) names.strings.push_back(name);
    names.row_of_node.push_back(row->second);
  }
  return names;
}

// A comma first, unless the object was just opened.
void AppendJsonKey(std::string* out, std::string_view key) {
  // The last byte tells: no member ends in a brace that opens.
  if (!out->empty() && out->back() != '{') out->push_back(',');
  AppendJsonString(out, key);
  out->push_back(':');
}

void AppendJsonText(std::string* out, std::string_view key, std::string_view value) {
  AppendJsonKey(out, key);
  AppendJsonString(out, value);
}

void AppendJsonNames(std::string* out, std::string_view key, const Tree& tree,
                     const UsedNames& names) {
  AppendJsonKey(out, key);
  AppendJsonArray(out, names.strings.size(), [&](std::string* o, size_t i) {
    AppendJsonString(o, tree.names[names.strings[i]]);
  });
}

std::string TreeJson(const Tree& tree) {
  const UsedNames names = NamesInUse(tree);
  std::string out = "{";
  AppendJsonText(&out, "type", tree.type);
  AppendJsonText(&out, "unit", tree.unit);
  // Only where there is something to say.
  if (tree.aggregate != "sum") AppendJsonText(&out, "aggregate", tree.aggregate);
  if (tree.cut_nodes > 0) {
    AppendJsonKey(&out, "cut_nodes");
    AppendPiece(&out, tree.cut_nodes);
  }
  AppendJsonNames(&out, "names", tree, names);
  AppendNodes(&out, tree, names);
  out += "}\n";
  return out;
}

}  // namespace dolerite
