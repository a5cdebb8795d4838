#include "dolerite/flamegraph.h"

#include <string_view>

#include "base/text.h"
#include "base/utf8.h"
#include "formats/flamegraph_page.h"
#include "formats/tree_json.h"

namespace dolerite {
namespace {

// Integers up to here are exact as numbers of JavaScript; larger ones are sent as strings.
constexpr int64_t kLargestNumber = (int64_t{1} << 53) - 1;

void AppendText(std::string* out, std::string_view key, std::string_view value) {
  AppendJsonKey(out, key);
  AppendJsonString(out, value);
}

void AppendExact(std::string* out, int64_t value) {
  const bool number = value >= -kLargestNumber && value <= kLargestNumber;
  const std::string digits = std::to_string(value);
  out->append(number ? digits : Concat('"', digits, '"'));
}

// How many rows above each node its parent stands: small numbers.
std::vector<uint32_t> StepsUp(const Tree& tree) {
  std::vector<uint32_t> steps(tree.size());
  for (size_t i = 1; i < tree.size(); ++i) steps[i] = static_cast<uint32_t>(i - tree.parent[i]);
  return steps;
}

// What page/tree.js reads.
std::string PageData(const Tree& tree, const FlameGraphOptions& options) {
  const UsedNames names = NamesInUse(tree);
  std::string out = "{";
  AppendText(&out, "type", tree.type);
  AppendText(&out, "unit", tree.unit);
  AppendText(&out, "base", options.base_name);
  AppendText(&out, "against", options.against_name);
  AppendText(&out, "rest", Tree::kRest);
  AppendJsonKey(&out, "cut");
  AppendPiece(&out, tree.cut_nodes);
  AppendJsonNames(&out, "names", tree, names);
  AppendJsonIntegers(&out, "name", names.row_of_node);
  AppendJsonIntegers(&out, "up", StepsUp(tree));
  AppendJsonKey(&out, "self");
  AppendJsonArray(&out, tree.columns.size(), [&](std::string* o, size_t c) {
    const std::vector<int64_t>& self = tree.columns[c].self;
    AppendJsonArray(o, self.size(), [&](std::string* p, size_t i) { AppendExact(p, self[i]); });
  });
  out += '}';
  return out;
}

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
  std::string out;
  std::string_view page = kFlameGraphHtml;
  for (size_t mark; (mark = page.find("{{")) != page.npos;) {
    const size_t end = page.find("}}", mark);
    out += page.substr(0, mark);
    out += PagePart(page.substr(mark + 2, end - mark - 2), tree, options);
    page.remove_prefix(end + 2);
  }
  out += page;
  return out;
}

}  // namespace dolerite
