#include "dolerite/flamegraph.h"

#include <string_view>

#include "base/text.h"
#include "base/utf8.h"
#include "render/chart_page.h"
#include "render/charts/units.h"
#include "render/flamegraph_page.h"
#include "render/tree_json.h"

namespace dolerite {
namespace {

// For each node the number of rows up to its parent: smaller numbers than the parent's row.
// Small numbers make small pages, and pack well.
std::vector<uint32_t> StepsUp(const Tree& tree) {
  std::vector<uint32_t> steps(tree.size());
  for (size_t i = 1; i < tree.size(); ++i) steps[i] = static_cast<uint32_t>(i - tree.parent[i]);
  return steps;
}

// The tree as flamegraph/tree.js reads it.
// Only self values: the script adds up the totals. Ids of names are replaced by
// rows of the names in use.
std::string PageData(const Tree& tree, const FlameGraphOptions& options) {
  const UsedNames names = NamesInUse(tree);
  std::string out = "{";
  AppendJsonText(&out, "type", tree.type);
  AppendJsonText(&out, "unit", tree.unit);
  AppendJsonText(&out, "aggregate", tree.aggregate);
  AppendJsonKey(&out, "scale");
  out += charts::ScaleJson(tree.unit);
  AppendJsonText(&out, "base", options.base_name);
  AppendJsonText(&out, "against", options.against_name);
  AppendJsonText(&out, "rest", Tree::kRest);
  AppendJsonKey(&out, "cut");
  AppendPiece(&out, tree.cut_nodes);
  AppendJsonNames(&out, "names", tree, names);
  AppendJsonIntegers(&out, "name", names.row_of_node);
  AppendJsonIntegers(&out, "up", StepsUp(tree));
  AppendJsonKey(&out, "self");
  // Values beyond 53 bits are strings, and the script reads them as BigInt.
  AppendJsonArray(&out, tree.columns.size(), [&](std::string* o, size_t c) {
    const std::vector<int64_t>& self = tree.columns[c].self;
    AppendJsonArray(o, self.size(), [&](std::string* p, size_t i) { AppendJsonExact(p, self[i]); });
  });
  out += '}';
  return out;
}

// Marks that the template has and this does not know become empty.
std::string PagePart(std::string_view mark, const Tree& tree, const FlameGraphOptions& options) {
  std::string out;
  if (mark == "title") AppendHtmlText(&out, options.title);
  if (mark == "subtitle") AppendHtmlText(&out, options.subtitle);
  if (mark == "style") out = kFlameGraphStyle;
  if (mark == "script") out = kFlameGraphScript;
  if (mark == "data") out = PageData(tree, options);
  return out;
}

}  // namespace

std::string FlameGraphHtml(const Tree& tree, const FlameGraphOptions& options) {
  return FillPage(kFlameGraphHtml,
                  [&](std::string_view mark) { return PagePart(mark, tree, options); });
}

}  // namespace dolerite
