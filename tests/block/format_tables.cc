// FORMAT.md, sections 8 to 11.
#include <algorithm>

#include "block/format_bytes.h"
#include "block/format_reader.h"

namespace dolerite::testing {
namespace {

void ReadFunctions(const FormatSection& in, size_t count, FormatTables* t) {
  const Column names = in.Integers(2, count), systems = in.Integers(3, count);
  const Column files = in.Integers(4, count), starts = in.Integers(5, count);
  t->functions.push_back({});
  for (size_t i = 0; i < count; ++i) {
    uint64_t system = names[i];
    if (systems[i] == 1) system = 0;
    if (systems[i] > 1) system += UnZig(systems[i] - 1);
    t->functions.push_back({names[i], system, files[i], Signed(UnZig(starts[i]))});
  }
}

void ReadLocations(const FormatSection& in, size_t count, FormatTables* t) {
  const Column lines = in.Integers(6, count), mappings = in.Integers(13, count);
  size_t all = 0, outer = 0, steps = 0;
  for (uint64_t n : lines) all += n, outer += n > 0;
  const Column outer_functions = in.Integers(7, outer);
  for (size_t i = 1; i < outer; ++i) steps += outer_functions[i] == outer_functions[i - 1];
  const Column first_lines = in.Integers(8, outer - steps), line_steps = in.Integers(9, steps);
  const Column inner_functions = in.Integers(10, all - outer);
  const Column inner_lines = in.Integers(11, all - outer), columns = in.Integers(12, all);
  size_t o = 0, first = 0, step = 0, inner = 0, column = 0;
  uint64_t last = 0;
  for (size_t i = 0; i < count; ++i) {
    FormatLocation location{mappings[i], 0, 0, 0, {}};
    for (size_t k = 0; k + 1 < lines[i]; ++k, ++inner) {
      location.lines.push_back({inner_functions[inner], Signed(UnZig(inner_lines[inner])), 0});
    }
    if (lines[i] > 0) {
      const bool same = o > 0 && outer_functions[o] == outer_functions[o - 1];
      last = same ? last + line_steps[step++] : UnZig(first_lines[first++]);
      location.lines.push_back({outer_functions[o++], Signed(last), 0});
    }
    for (FormatLine& line : location.lines) line.column = Signed(UnZig(columns[column++]));
    t->locations.push_back(std::move(location));
  }
}

void ReadMappings(const FormatSection& in, size_t count, FormatTables* t) {
  Column columns[7];
  for (int id = 14; id <= 20; ++id) columns[id - 14] = in.Integers(id, count);
  t->mappings.push_back({});
  for (size_t i = 0; i < count; ++i) {
    t->mappings.push_back({columns[0][i], columns[1][i], columns[2][i], columns[3][i],
                           columns[4][i], columns[5][i], columns[6][i]});
  }
}

// Section 9, step by step.
class StackTreeRows {
 public:
  StackTreeRows(const FormatSection& in, size_t locations)
      : nodes_(in.Counts()[0]), locations_(locations), calls_(locations + 1), before_(locations) {
    for (int id = 1; id <= 11; ++id) columns_[id] = in.Counts(id), left_out_[id] = !in.Has(id);
  }

  std::vector<FormatNode> Read() {
    std::vector<FormatNode> nodes = {{}};
    std::vector<size_t> path = {0};  // from the root to the next node's parent
    for (size_t i = 1; i <= nodes_; ++i) {
      const size_t parent = path.back();
      const int64_t c = last_child_[parent];
      const size_t p = parent == 0 ? locations_ : nodes[parent].location;
      const uint64_t location = Location(p, c);
      Require(Signed(location) > c && location < locations_, "location");
      last_child_[parent] = Signed(location), last_child_[i] = -1;
      nodes.push_back({parent, location});
      const bool leaf = Next(1 + before_[location]) == 1;
      before_[location] = leaf ? 2 : 1;
      if (!leaf) path.push_back(i);
      if (leaf && i < nodes_) path.resize(path.size() - Next(c < 0 ? 4 : 5));
      Require(leaf || i < nodes_, "last node");
    }
    for (int id = 1; id <= 11; ++id) {
      Require(left_out_[id] || used_[id] == columns_[id].size(), "rows left over");
    }
    return nodes;
  }

 private:
  uint64_t Next(int id) { return left_out_[id] ? 0 : columns_[id].at(used_[id]++); }

  uint64_t Location(size_t p, int64_t c) {
    Column& l = calls_[p];
    Column candidates;
    for (uint64_t call : l) {
      if (Signed(call) > c) candidates.push_back(call);
    }
    const size_t n = candidates.size();
    const uint64_t edge = n == 0 ? 0 : Next(n == 1 ? 6 : n <= 3 ? 7 : 8);
    uint64_t location = 0;
    if (edge > 0) {
      location = candidates.at(edge - 1);
      l.erase(std::find(l.begin(), l.end(), location));
    } else if (c >= 0) {
      location = static_cast<uint64_t>(c) + 1 + Next(9);
    } else {
      location = l.empty() ? Base(p) + UnZig(Next(11)) : l[0] + UnZig(Next(10));
    }
    l.insert(l.begin(), location);
    if (l.size() == 17) l.pop_back();
    return location;
  }

  uint64_t Base(size_t p) const {
    if (p == locations_) return 0;
    for (size_t before = 1; before <= 16 && before <= p; ++before) {
      if (!calls_[p - before].empty()) return calls_[p - before][0];
    }
    return p;
  }

  const size_t nodes_, locations_;
  std::map<int, Column> columns_;
  std::map<int, bool> left_out_;
  std::map<int, size_t> used_;
  std::vector<Column> calls_;  // by location, then of the root
  std::vector<int> before_;    // by location: what its last node was, as added to column 1
  std::map<size_t, int64_t> last_child_ = {{0, -1}};
};

// The nodes that have samples: leaves, and others by their flag.
Column Sampled(const FormatSection& in, const std::vector<FormatNode>& nodes) {
  std::vector<bool> inner(nodes.size());
  inner[0] = true;
  for (size_t i = 1; i < nodes.size(); ++i) inner[nodes[i].parent] = true;
  const Column flags =
      in.Integers(12, static_cast<size_t>(std::count(inner.begin(), inner.end(), true)));
  Column sampled;
  for (size_t i = 0, next = 0; i < nodes.size(); ++i) {
    if (!inner[i] || flags[next++] == 1) sampled.push_back(i);
  }
  return sampled;
}

void ReadAddresses(const FormatSection& in, FormatTables* t) {
  std::vector<FormatLocation>& l = t->locations;
  std::vector<bool> is_near(l.size());
  size_t near_count = 0;
  for (size_t i = 1; i < l.size(); ++i) {
    is_near[i] = !l[i].lines.empty() && !l[i - 1].lines.empty() &&
                 l[i].lines.back().function == l[i - 1].lines.back().function;
    near_count += is_near[i];
  }
  const Column far_addresses = in.Integers(1, l.size() - near_count);
  const Column near_addresses = in.Integers(2, near_count);
  const Column folded = in.Integers(3, l.size()), attributes = in.Integers(4, l.size());
  uint64_t last_far = 0;
  for (size_t i = 0, next_far = 0, next_near = 0; i < l.size(); ++i) {
    if (is_near[i]) l[i].address = l[i - 1].address + UnZig(near_addresses[next_near++]);
    if (!is_near[i]) l[i].address = last_far += UnZig(far_addresses[next_far++]);
    l[i].folded = folded[i], l[i].attributes = attributes[i];
  }
  const Column sizes = in.Integers(5, in.Counts()[1]);
  size_t entries = 0, next = 0;
  for (uint64_t size : sizes) entries += size;
  const Column mappings = in.Integers(6, entries), starts = in.Integers(7, entries);
  for (uint64_t size : sizes) {
    t->layouts.emplace_back();
    for (; size > 0; --size, ++next) t->layouts.back().emplace_back(mappings[next], starts[next]);
  }
}

void ReadLabels(const FormatSection& in, FormatTables* t) {
  const Column counts = in.Counts();
  const Column keys = in.Integers(1, counts[0]), kinds = in.Integers(2, counts[0]);
  const Column values = in.Integers(3, counts[0]), units = in.Integers(4, counts[0]);
  for (size_t i = 0; i < counts[0]; ++i)
    t->labels.push_back({keys[i], kinds[i], values[i], units[i]});
  const Column sizes = in.Integers(5, counts[1]);
  size_t all = 0, next = 0;
  for (uint64_t size : sizes) all += size;
  const Column items = in.Integers(6, all);
  t->attribute_sets.emplace_back();
  for (uint64_t size : sizes) {
    t->attribute_sets.emplace_back(items.begin() + static_cast<ptrdiff_t>(next),
                                   items.begin() + static_cast<ptrdiff_t>(next + size));
    next += size;
  }
}

}  // namespace

FormatTables ReadTables(const FormatDataset& dataset) {
  FormatTables tables;
  const FormatSection& symbols = dataset.sections.at({9, 0});
  const Column counts = symbols.Counts();
  tables.strings = symbols.Strings(1, counts[0]);
  tables.strings.insert(tables.strings.begin(), "");
  ReadFunctions(symbols, counts[1], &tables);
  ReadLocations(symbols, counts[2], &tables);
  ReadMappings(symbols, counts[3], &tables);
  for (uint32_t type = 0; dataset.sections.count({8, type}) > 0; ++type) {
    const FormatSection& section = dataset.sections.at({8, type});
    FormatStacks& stacks = tables.stacks.emplace_back();
    stacks.nodes = StackTreeRows(section, tables.locations.size()).Read();
    stacks.sampled = Sampled(section, stacks.nodes);
  }
  ReadAddresses(dataset.sections.at({5, 0}), &tables);
  ReadLabels(dataset.sections.at({6, 0}), &tables);
  return tables;
}

}  // namespace dolerite::testing
