// The most that a dataset can hold, while profiles come in. Rows are counted exactly where merged
// tables know them and from above elsewhere; CheckDataset turns rows into bytes of sections by the
// largest that a row can be, as the encoders' choices are not known yet.
#include "block/dataset_counts.h"

#include <string_view>

#include "base/checksum.h"
#include "base/status.h"
#include "model/child_index.h"

namespace dolerite {

namespace {

// Calls visit(a count of `to`, the same of `from`) for each count but the load.
template <class Visit>
// Names every count once; a count that is missing here would never be added up.
void ForEachCount(DatasetCounts* to, const DatasetCounts& from, const Visit& visit) {
  using D = DatasetCounts;
  for (uint64_t D::*count :
       {&D::strings,  &D::string_bytes,   &D::functions,      &D::locations, &D::lines,
        &D::mappings, &D::attributes,     &D::attribute_sets, &D::set_items, &D::nodes,
        &D::layouts,  &D::layout_entries, &D::profiles,       &D::types,     &D::type_values,
        &D::series,   &D::headers,        &D::series_labels,  &D::comments,  &D::totals,
        &D::texts,    &D::text_bytes}) {
    visit(to->*count, from.*count);
  }
}

// A table keeps its strings in a row, so the last one ends where all bytes do.
uint64_t BytesOf(const StringTable& strings) {
  const std::string_view last = strings[StringId{static_cast<uint32_t>(strings.size() - 1)}];
  return static_cast<uint64_t>(last.data() + last.size() - strings[StringId{}].data());
}

// Null rows are not stored, so they do not count.
void CountSymbols(const Symbols& s, DatasetCounts* counts) {
  counts->strings = s.strings.size() - 1;
  counts->string_bytes = BytesOf(s.strings);
  counts->functions = s.functions.size() - 1;
  counts->locations = s.locations.size();
  counts->lines = s.locations.lines.items.size();
  counts->mappings = s.mappings.size() - 1;
  counts->attributes = s.attributes.size();
  counts->attribute_sets = s.attribute_sets.size() - 1;
  counts->set_items = s.attribute_sets.items.size();
}

// Nodes of a tree of these stacks, without the root. Costs a look-up for each location of each
// stack.
uint64_t NodesOf(const Lists<LocationId>& stacks) {
  ChildIndex nodes(SeedFor(&stacks));
  for (size_t i = 0; i < stacks.size(); ++i) {
    uint32_t node = 0;
    for (const LocationId* l = stacks.end(i); l != stacks.begin(i);) {
      node = nodes.FindOrAdd(node, (--l)->value);
    }
  }
  return nodes.size() - 1;
}

// The largest that each section of a dataset can be, by what it has of each row: the number of its
// columns, times the most that one integer takes. FORMAT.md has the columns of each section.

uint64_t SymbolBytes(const DatasetCounts& c) {
  return c.string_bytes + c.strings * 2 * kMost32 + c.functions * (3 * kMost32 + kMost64) +
         c.locations * 2 * kMost32 + c.lines * (kMost32 + 2 * kMost64) +
         c.mappings * (4 * kMost32 + 3 * kMost64);
}

uint64_t LabelBytes(const DatasetCounts& c) {
  return c.attributes * (3 * kMost32 + kMost64) + (c.attribute_sets + c.set_items) * kMost32;
}

uint64_t AddressBytes(const DatasetCounts& c) {
  return c.locations * (kMost64 + 2 * kMost32) + c.layouts * kMost32 +
         c.layout_entries * (kMost32 + kMost64);
}

uint64_t StackBytes(const DatasetCounts& c) { return c.nodes * 4 * kMost32; }

uint64_t ProfileBytes(const DatasetCounts& c) {
  // Columns of totals and carries have an entry in the directory each.
  constexpr uint64_t kDirectoryBytes = 3 * kMost64;
  const uint64_t types = c.types * 5 * kMost32 + c.type_values * 2 * (kMost32 + kDirectoryBytes);
  const uint64_t series = c.series * 3 * kMost32 + c.series_labels * 2 * kMost32;
  const uint64_t headers = c.headers * (7 * kMost64 + kMost32) + c.comments * kMost32;
  // Time, duration, header, layout, samples, check, has-id, id; and a group and chunk of its own.
  const uint64_t row = 4 * kMost64 + 4 * kMost32 + sizeof(ProfileId) + 3 * kMost32;
  return c.text_bytes + c.texts * 2 * kMost32 + types + series + headers + c.profiles * row +
         c.totals * 2 * kMost64;
}

}  // namespace

DatasetCounts& DatasetCounts::operator+=(const DatasetCounts& other) {
  ForEachCount(this, other, [](uint64_t& to, uint64_t from) { to += from; });
  load += other.load;
  return *this;
}

DatasetCounts CountsOf(const MergedTables& tables) {
  DatasetCounts counts;
  CountSymbols(tables.symbols, &counts);
  counts.nodes = tables.stacks.size() - 1;
  counts.layouts = tables.layouts.size();
  counts.layout_entries = tables.layouts.items.size();
  return counts;
}

DatasetCounts MostOf(const Profile& profile, bool exact_nodes) {
  DatasetCounts counts;
  CountSymbols(profile.symbols, &counts);
  counts.nodes = exact_nodes ? NodesOf(profile.stacks) : profile.stacks.items.size();
  counts.layouts = 1;
  counts.layout_entries = counts.mappings;
  return counts;
}

// Each table against its bound, then the section that it is stored in. The message names the first
// that is too large.
absl::Status CheckDataset(const DatasetCounts& c, const FormatBounds& bounds) {
  struct Bound {
    std::string_view what;
    uint64_t value, cap;
  };
  const uint64_t rows = bounds.table_rows, few = bounds.profile_rows;
  // Room for the directory and column headers is set apart.
  const uint64_t bytes =
      bounds.section_bytes < kSectionOverhead ? 0 : bounds.section_bytes - kSectionOverhead;
  const Bound all[] = {
      {"profiles", c.profiles, few},
      {"profile types", c.types, few},
      {"values of profile types", c.type_values, few},
      {"series", c.series, few},
      {"profile headers", c.headers, few},
      {"labels of series", c.series_labels, rows},
      {"comments", c.comments, rows},
      {"strings of the profile table", c.texts, rows},
      {"strings", c.strings, rows},
      {"functions", c.functions, rows},
      {"locations", c.locations, rows},
      {"lines of locations", c.lines, rows},
      {"mappings", c.mappings, rows},
      {"attributes", c.attributes, rows},
      // The null row is stored with the symbols, but not counted here.
      {"attribute sets", c.attribute_sets + 1, rows},
      {"items of attribute sets", c.set_items, rows},
      {"stack nodes", c.nodes, rows},
      {"layouts", c.layouts, rows},
      {"mappings of layouts", c.layout_entries, rows},
      {"bytes of the profiles section", ProfileBytes(c), bytes},
      {"bytes of the symbols section", SymbolBytes(c), bytes},
      {"bytes of the labels section", LabelBytes(c), bytes},
      {"bytes of the addresses section", AddressBytes(c), bytes},
      {"bytes of the stacks section", StackBytes(c), bytes},
  };
  for (const Bound& bound : all) {
    if (bound.value > bound.cap) {
      return CheckLimit(Concat("a dataset's ", bound.what), bound.value, bound.cap);
    }
  }
  return absl::OkStatus();
}

}  // namespace dolerite
