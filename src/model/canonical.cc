// Sorts merged tables by content, in phases that each need the ranks of the ones before:
//
//   MarkReachable        which rows are used: from stacks and UsedRows down to strings
//   Strings              by bytes
//   LabelsAndSets        labels by their content, sets by the ranks of their labels
//   MappingsAndLayouts   mappings by content, layouts by the ranks of their mappings
//   FunctionTable        by ranks of names and file
//   LocationTable        by lines, then mapping and address
//   Stacks               pre-order, siblings by the rank of their location
//
// Each phase lists its used rows, sorts them, keeps their ranks and appends them to the new tables.
// The host is asked on the way through each loop and each sort.
#include "model/canonical.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "base/pace.h"
#include "base/sort_by_key.h"
#include "base/status.h"
#include "model/pre_order.h"

namespace dolerite {

namespace {

using Rows = std::vector<uint32_t>;

// The rows that `used` marks, ascending; row 0 always if `null_row`.
Rows Marked(const std::vector<char>& used, bool null_row) {
  Rows rows;
  for (uint32_t i = 0; i < used.size(); ++i) {
    if (used[i] || (null_row && i == 0)) rows.push_back(i);
  }
  return rows;
}

// By old row its place in `sorted`; 0 for rows that are not in it.
Rows RanksOf(const Rows& sorted, size_t size) {
  Rows ranks(size, 0);
  for (uint32_t rank = 0; rank < sorted.size(); ++rank) ranks.data()[sorted[rank]] = rank;
  return ranks;
}

class Canonicalizer {
 public:
  Canonicalizer(const MergedTables& merged, UsedRows used, const CallContext& call)
      : from_(merged),
        in_(merged.symbols),
        call_(call),
        used_(std::move(used)),
        out_(to_.tables.symbols) {}

  absl::StatusOr<CanonicalTables> Run() && {
    using Step = absl::Status (Canonicalizer::*)();
    // Each phase reads ranks of the phases before: the order is not free.
    for (const Step step :
         {&Canonicalizer::MarkReachable, &Canonicalizer::Strings, &Canonicalizer::LabelsAndSets,
          &Canonicalizer::MappingsAndLayouts, &Canonicalizer::FunctionTable,
          &Canonicalizer::LocationTable, &Canonicalizer::Stacks}) {
      DOLERITE_RETURN_IF_ERROR(call_.Check());
      DOLERITE_RETURN_IF_ERROR((this->*step)());
    }
    return std::move(to_);
  }

 private:
  absl::Status MarkReachable();
  absl::Status Strings();
  absl::Status LabelsAndSets();
  absl::Status MappingsAndLayouts();
  absl::Status FunctionTable();
  absl::Status LocationTable();
  absl::Status Stacks();
  bool LocationLess(uint32_t a, uint32_t b) const;

  // For each row of a loop: what the host says, when it is time to ask.
  absl::Status Ask() { return pace_.Check(call_); }
  StringId Str(StringId id) const { return {to_.strings[id.value]}; }
  void MarkString(StringId id) { used_.strings[id.value] = 1; }

  const MergedTables& from_;
  const Symbols& in_;
  const CallContext& call_;
  Pace pace_;
  UsedRows used_;
  std::vector<char> locations_used_, functions_used_, mappings_used_, labels_used_;
  Rows labels_, mappings_, functions_, locations_;  // old row -> rank
  CanonicalTables to_;
  Symbols& out_;
};

// Each loop marks what the rows of one table refer to. Tables come before those that they refer to,
// so one pass over each suffices.
absl::Status Canonicalizer::MarkReachable() {
  locations_used_.resize(in_.locations.size());
  functions_used_.resize(in_.functions.size());
  mappings_used_.resize(in_.mappings.size());
  labels_used_.resize(in_.attributes.size());
  for (size_t i = 1; i < from_.stacks.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    locations_used_[from_.stacks.location[i].value] = 1;
  }
  for (size_t i = 0; i < in_.locations.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    if (!locations_used_[i]) continue;
    mappings_used_[in_.locations.mapping[i].value] = 1;
    used_.attribute_sets[in_.locations.attributes[i].value] = 1;
    const Lists<Line>& lines = in_.locations.lines;
    for (const Line* l = lines.begin(i); l != lines.end(i); ++l) {
      functions_used_[l->function.value] = 1;
    }
  }
  for (size_t i = 0; i < from_.layouts.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    if (!used_.layouts[i]) continue;
    for (const LayoutEntry* e = from_.layouts.begin(i); e != from_.layouts.end(i); ++e) {
      mappings_used_[e->mapping.value] = 1;
    }
  }
  for (size_t i = 0; i < in_.mappings.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    if (!mappings_used_[i]) continue;
    MarkString(in_.mappings.file[i]), MarkString(in_.mappings.build_id[i]);
    used_.attribute_sets[in_.mappings.attributes[i].value] = 1;
  }
  for (size_t i = 0; i < in_.functions.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    if (!functions_used_[i]) continue;
    MarkString(in_.functions.name[i]), MarkString(in_.functions.system_name[i]);
    MarkString(in_.functions.file[i]);
  }
  for (size_t i = 0; i < in_.attribute_sets.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    if (!used_.attribute_sets[i]) continue;
    for (const AttributeId* l = in_.attribute_sets.begin(i); l != in_.attribute_sets.end(i); ++l) {
      labels_used_[l->value] = 1;
    }
  }
  for (size_t i = 0; i < in_.attributes.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    if (!labels_used_[i]) continue;
    MarkString(in_.attributes.key[i]), MarkString(in_.attributes.unit[i]);
    if (in_.attributes.value_is_string(i)) used_.strings[in_.attributes.value[i]] = 1;
  }
  return absl::OkStatus();
}

// Bytes decide. Row 0, the empty string, sorts first anyway. Most strings differ in their first
// eight bytes, which are compared as one number.
absl::Status Canonicalizer::Strings() {
  Rows rows = Marked(used_.strings, true);
  const auto text = [&](uint32_t row) { return in_.strings[StringId{row}]; };
  DOLERITE_RETURN_IF_ERROR(SortByKey(
      &rows, 0, [&](uint32_t row) { return BigEndianPrefix(text(row)); },
      [&](uint32_t a, uint32_t b) { return text(a) < text(b); }, call_));
  to_.strings = RanksOf(rows, in_.strings.size());
  for (size_t i = 1; i < rows.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    out_.strings.Add(text(rows[i]));
  }
  return absl::OkStatus();
}

// Labels are sorted by ranks of strings and by values, then sets by ranks of labels. The ids of a
// set are sorted too: the order within a set has no meaning.
absl::Status Canonicalizer::LabelsAndSets() {
  const Attributes& l = in_.attributes;
  // The value as it is compared and stored: the rank of a string, or the number itself.
  const auto value = [&](uint32_t i) {
    return l.value_is_string(i) ? to_.strings[l.value[i]] : l.value[i];
  };
  const auto key = [&](uint32_t i) {
    return std::tuple(Str(l.key[i]), l.kind[i], value(i), Str(l.unit[i]));
  };
  Rows rows = Marked(labels_used_, false);
  DOLERITE_RETURN_IF_ERROR(SortUnlessStopped(
      &rows, 0, [&](uint32_t a, uint32_t b) { return key(a) < key(b); }, call_));
  labels_ = RanksOf(rows, l.size());
  for (uint32_t i : rows) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    out_.AddAttribute(Str(l.key[i]), l.kind[i], value(i), Str(l.unit[i]));
  }

  const Lists<AttributeId>& sets = in_.attribute_sets;
  std::vector<std::vector<AttributeId>> ranked(sets.size());
  rows = Marked(used_.attribute_sets, true);
  for (uint32_t i : rows) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    for (const AttributeId* id = sets.begin(i); id != sets.end(i); ++id) {
      ranked[i].push_back({labels_[id->value]});
    }
    std::sort(ranked[i].begin(), ranked[i].end());
  }
  DOLERITE_RETURN_IF_ERROR(SortUnlessStopped(
      &rows, 1, [&](uint32_t a, uint32_t b) { return ranked[a] < ranked[b]; }, call_));
  to_.attribute_sets = RanksOf(rows, sets.size());
  for (size_t i = 1; i < rows.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    const std::vector<AttributeId>& set = ranked[rows[i]];
    out_.attribute_sets.items.insert(out_.attribute_sets.items.end(), set.begin(), set.end());
    out_.attribute_sets.Close();
  }
  return absl::OkStatus();
}

// Mappings by content, then layouts by ranks of mappings. Merged mappings have no start: layouts
// keep it, in the order of the process's mappings.
absl::Status Canonicalizer::MappingsAndLayouts() {
  const Mappings& m = in_.mappings;
  const auto rest = [&](uint32_t i) {
    return std::tuple(m.offset[i], m.limit[i], m.flags[i],
                      to_.attribute_sets[m.attributes[i].value], m.instance[i]);
  };
  Rows rows = Marked(mappings_used_, true);
  DOLERITE_RETURN_IF_ERROR(SortByKey(
      &rows, 1,
      [&](uint32_t i) { return uint64_t{Str(m.file[i]).value} << 32 | Str(m.build_id[i]).value; },
      [&](uint32_t a, uint32_t b) { return rest(a) < rest(b); }, call_));
  mappings_ = RanksOf(rows, m.size());
  for (size_t r = 1; r < rows.size(); ++r) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    const uint32_t i = rows[r];
    out_.AddMapping(0, m.limit[i], m.offset[i], Str(m.file[i]), Str(m.build_id[i]), m.flags[i],
                    {to_.attribute_sets[m.attributes[i].value]});
    out_.mappings.instance.back() = m.instance[i];
  }
  std::vector<std::vector<LayoutEntry>> ranked(from_.layouts.size());
  rows = Marked(used_.layouts, false);
  for (uint32_t i : rows) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    ranked[i].assign(from_.layouts.begin(i), from_.layouts.end(i));
    for (LayoutEntry& e : ranked[i]) e.mapping = {mappings_[e.mapping.value]};
  }
  DOLERITE_RETURN_IF_ERROR(SortByKey(
      &rows, 0,
      [&](uint32_t i) { return ranked[i].empty() ? 0 : uint64_t{ranked[i][0].mapping.value}; },
      [&](uint32_t a, uint32_t b) { return ranked[a] < ranked[b]; }, call_));
  to_.layouts = RanksOf(rows, from_.layouts.size());
  Lists<LayoutEntry>& out = to_.tables.layouts;
  for (uint32_t i : rows) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    out.items.insert(out.items.end(), ranked[i].begin(), ranked[i].end());
    out.Close();
  }
  return absl::OkStatus();
}

// Name and system name decide nearly always: both ranks fit the 64-bit key. The file and the start
// line are compared only between functions of equal names.
absl::Status Canonicalizer::FunctionTable() {
  const Functions& f = in_.functions;
  const auto rest = [&](uint32_t i) { return std::tuple(Str(f.file[i]), f.start_line[i]); };
  Rows rows = Marked(functions_used_, true);
  DOLERITE_RETURN_IF_ERROR(SortByKey(
      &rows, 1,
      [&](uint32_t i) {
        return (uint64_t{Str(f.name[i]).value} << 32) | Str(f.system_name[i]).value;
      },
      [&](uint32_t a, uint32_t b) { return rest(a) < rest(b); }, call_));
  functions_ = RanksOf(rows, f.size());
  for (size_t r = 1; r < rows.size(); ++r) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    const uint32_t i = rows[r];
    out_.AddFunction(Str(f.name[i]), Str(f.system_name[i]), Str(f.file[i]), f.start_line[i]);
  }
  return absl::OkStatus();
}

// Lines from the outermost in, so that locations of one outer function lie together; a location
// whose lines are the beginning of the other's comes first.
bool Canonicalizer::LocationLess(uint32_t a, uint32_t b) const {
  const Locations& l = in_.locations;
  const Line *a_begin = l.lines.begin(a), *b_begin = l.lines.begin(b);
  const Line *x = l.lines.end(a), *y = l.lines.end(b);
  while (x != a_begin && y != b_begin) {
    --x, --y;
    const auto left = std::tuple(functions_[x->function.value], x->line, x->column);
    const auto right = std::tuple(functions_[y->function.value], y->line, y->column);
    if (left != right) return left < right;
  }
  // One list is a beginning of the other, or both are equal: then the rest decides.
  if (x != a_begin || y != b_begin) return x == a_begin;
  const auto rest = [&](uint32_t i) {
    return std::tuple(mappings_[l.mapping[i].value], l.address[i], l.folded[i],
                      to_.attribute_sets[l.attributes[i].value]);
  };
  return rest(a) < rest(b);
}

// The key holds what decides between most locations: the outermost function and its line. Negative
// lines count as 0 in the key, so LocationLess decides between them.
absl::Status Canonicalizer::LocationTable() {
  const Locations& l = in_.locations;
  Rows rows = Marked(locations_used_, false);
  DOLERITE_RETURN_IF_ERROR(SortByKey(
      &rows, 0,
      // The outermost function (locations without lines first) and its line, cut to 32 bits.
      [&](uint32_t i) -> uint64_t {
        if (l.lines.length(i) == 0) return 0;
        const Line& outer = l.lines.end(i)[-1];
        const int64_t line = std::clamp<int64_t>(outer.line, 0, UINT32_MAX);
        return (uint64_t{functions_[outer.function.value]} + 1) << 32 | static_cast<uint64_t>(line);
      },
      [&](uint32_t a, uint32_t b) { return LocationLess(a, b); }, call_));
  locations_ = RanksOf(rows, l.size());
  for (uint32_t i : rows) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    for (const Line* line = l.lines.begin(i); line != l.lines.end(i); ++line) {
      out_.locations.lines.items.push_back(
          {FunctionId{functions_[line->function.value]}, line->line, line->column});
    }
    out_.AddLocation({mappings_[l.mapping[i].value]}, l.address[i], l.folded[i] != 0,
                     {to_.attribute_sets[l.attributes[i].value]});
  }
  return absl::OkStatus();
}

// Nodes are renumbered in pre-order, siblings by rank of location: parents are written before their
// children, and what is below a node is a range of rows.
absl::Status Canonicalizer::Stacks() {
  const StackTree& tree = from_.stacks;
  const uint32_t n = static_cast<uint32_t>(tree.size());
  const uint32_t *const parents = tree.parent.data(), *const ranks = locations_.data();
  const LocationId* const locations = tree.location.data();
  const auto parent_of = [=](uint32_t node) { return parents[node]; };
  const auto rank_of = [=](uint32_t node) { return ranks[locations[node].value]; };
  DOLERITE_ASSIGN_OR_RETURN(
      to_.stacks,
      PlacesInPreOrder(n, static_cast<uint32_t>(out_.locations.size()), parent_of, rank_of, call_));
  const uint32_t* const now = to_.stacks.data();
  StackTree& out = to_.tables.stacks;
  out.parent.resize(n), out.location.resize(n);
  // The root comes first and stays as it is.
  for (uint32_t i = 1; i < n; ++i) {
    DOLERITE_RETURN_IF_ERROR(Ask());
    out.parent.data()[now[i]] = now[parents[i]];
    out.location.data()[now[i]] = {rank_of(i)};
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CanonicalTables> MakeCanonical(const MergedTables& merged, UsedRows used,
                                              const CallContext& call) {
  return Canonicalizer(merged, std::move(used), call).Run();
}

CanonicalTables MakeCanonical(const MergedTables& merged, UsedRows used) {
  return *MakeCanonical(merged, std::move(used), {});
}

}  // namespace dolerite
