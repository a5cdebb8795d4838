// One function for each kind of answer. What is counted is what writers of JSON and pages replace:
// a name once, however many nodes or functions have it; labels as often as they are written.
#include "ask/texts_of.h"

#include <string_view>

#include "base/utf8.h"

namespace dolerite::ask {
namespace {

// 1 for a text that writers must change.
uint64_t Bad(std::string_view text) { return IsUtf8(text) ? 0 : 1; }

// Names and values, each time that they are written.
uint64_t Bad(const LabelSet& labels) {
  uint64_t bad = 0;
  for (const auto& [name, value] : labels.pairs()) bad += Bad(name) + Bad(value);
  return bad;
}

uint64_t Bad(const std::vector<Exemplar>& exemplars) {
  uint64_t bad = 0;
  for (const Exemplar& exemplar : exemplars) bad += Bad(exemplar.series);
  return bad;
}

}  // namespace

// By id, not by text: trees have many nodes, and writing their answers should cost little more.
std::vector<StringId> DistinctNames(std::span<const StringId> ids, const StringTable& names) {
  std::vector<StringId> distinct;
  std::vector<char> seen(names.size(), 0);
  for (const StringId id : ids) {
    if (seen[id.value] == 0) distinct.push_back(id);
    seen[id.value] = 1;
  }
  return distinct;
}

uint64_t ReplacedTexts(const Tree& tree) {
  uint64_t bad = 0;
  for (const StringId id : DistinctNames(tree.name, tree.names)) bad += Bad(tree.names[id]);
  return bad;
}

uint64_t ReplacedTexts(const std::vector<GroupedTree>& groups) {
  uint64_t bad = 0;
  for (const GroupedTree& group : groups) bad += Bad(group.labels) + ReplacedTexts(group.tree);
  return bad;
}

uint64_t ReplacedTexts(const Profile& profile) {
  const Symbols& symbols = profile.symbols;
  // All columns of names, in one list: a string counts once, wherever it is used.
  std::vector<StringId> shown = profile.comments;
  const auto add = [&](const std::vector<StringId>& column) {
    shown.insert(shown.end(), column.begin(), column.end());
  };
  add(symbols.functions.name), add(symbols.functions.system_name), add(symbols.functions.file);
  add(symbols.mappings.file), add(symbols.mappings.build_id), add(symbols.attributes.key);
  for (size_t i = 0; i < symbols.attributes.kind.size(); ++i) {
    // Bytes and structures are no texts.
    if (symbols.attributes.kind[i] != AttributeKind::kString) continue;
    shown.push_back({static_cast<uint32_t>(symbols.attributes.value[i])});
  }
  for (const ValueType& type : profile.sample_types) add({type.type, type.unit});
  uint64_t bad = 0;
  for (const StringId id : DistinctNames(shown, symbols.strings)) bad += Bad(symbols.strings[id]);
  return bad;
}

// Labels of a line are written once, those of exemplars with each of them.
uint64_t ReplacedTexts(const TimeSeries& series) {
  uint64_t bad = 0;
  for (const TimeSeries::Line& line : series.lines) {
    bad += Bad(line.labels);
    for (const TimeSeries::Point& point : line.points) bad += Bad(point.exemplars);
  }
  return bad;
}

uint64_t ReplacedTexts(const Heatmap& heatmap) {
  uint64_t bad = 0;
  for (const Heatmap::Group& group : heatmap.groups) {
    bad += Bad(group.labels);
    for (const Heatmap::Cell& cell : group.cells) bad += Bad(cell.exemplars);
  }
  return bad;
}

// Types are few and shared: a type's name counts once, however many series have it.
uint64_t ReplacedTexts(const Catalog& catalog) {
  uint64_t bad = 0;
  for (const ProfileType& type : catalog.ProfileTypes()) bad += Bad(type.name);
  for (const ListedSeries& series : catalog.series) bad += Bad(series.labels);
  for (const auto& [name, values] : catalog.sample_labels) {
    bad += Bad(name);
    for (const std::string& value : values) bad += Bad(value);
  }
  return bad;
}

uint64_t ReplacedTexts(const std::vector<ListedProfile>& profiles) {
  uint64_t bad = 0;
  for (const ListedProfile& profile : profiles) bad += Bad(profile.series);
  return bad;
}

}  // namespace dolerite::ask
