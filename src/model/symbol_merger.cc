// A source's tables are merged in the order in which they refer to each other: strings, attributes,
// mappings, functions, locations, stacks. For each row: map what it refers to, hash that, find an
// equal row or add one. Most rows are there already, spread over tables larger than the cache, so
// the large tables are looked up in batches whose cache misses overlap.
#include "model/symbol_merger.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/pace.h"
#include "base/status.h"
#include "model/source_locations.h"
#include "model/symbol_recall.h"

namespace dolerite {

namespace {

// Compares a list with a row of a table of lists.
template <class T>
bool SameList(const Lists<T>& lists, uint32_t row, std::span<const T> list) {
  return std::equal(lists.begin(row), lists.end(row), list.begin(), list.end());
}

}  // namespace

// Row 0 of strings, functions, mappings and sets is there; the tree has its root.
SymbolMerger::SymbolMerger() : seed_(SeedFor(this)), attributes_(seed_), nodes_(seed_) { Clear(); }

void SymbolMerger::Clear() {
  tables_.symbols.Clear();
  tables_.stacks.parent.assign(1, 0);
  tables_.stacks.location.assign(1, {});
  tables_.layouts.Clear();
  attributes_.Clear();
  for (RowSet* rows :
       {&strings_, &mappings_, &functions_, &locations_, &by_address_, &layouts_, &stacks_}) {
    rows->Clear();
  }
  recalled_ = 0;
  nodes_.Clear();
  path_depth_ = 0;
  AddString("");
}

StringId SymbolMerger::FindOrAddString(std::string_view bytes, uint64_t hash) {
  StringTable& table = tables_.symbols.strings;
  return {strings_.FindOrAdd(
      hash, [&](uint32_t row) { return table[StringId{row}] == bytes; },
      // Row 0, the empty string, is there from the start.
      [&] { return bytes.empty() ? 0 : table.Add(bytes).value; })};
}

StringId SymbolMerger::AddString(std::string_view bytes) {
  return FindOrAddString(bytes, SeededHash(bytes.data(), bytes.size(), seed_));
}

AttributeSetId SymbolMerger::AddLabelSet(std::span<const AttributeId> labels) {
  set_.assign(labels.begin(), labels.end());
  return attributes_.AddSet(&set_, &tables_.symbols);
}

// Layouts are few, one for each way that a process was loaded, so a hash of words suffices.
LayoutId SymbolMerger::AddLayout(std::span<const LayoutEntry> entries) {
  Lists<LayoutEntry>& layouts = tables_.layouts;
  uint64_t hash = seed_;
  for (const LayoutEntry& e : entries) hash = MixHash(MixHash(hash, e.mapping.value), e.start);
  return {layouts_.FindOrAdd(
      hash, [&](uint32_t row) { return SameList(layouts, row, entries); },
      [&] {
        layouts.items.insert(layouts.items.end(), entries.begin(), entries.end());
        layouts.Close();
        return static_cast<uint32_t>(layouts.size() - 1);
      })};
}

// `remap` is filled table by table; its vectors keep their memory from source to source.
void SymbolMerger::Add(const Symbols& from, Remap* remap) {
  Add(from, remap, {}).IgnoreError();  // nothing stops it
}

absl::Status SymbolMerger::Add(const Symbols& from, Remap* remap, const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(AddTables(from, remap, call));
  remap->layout = LayoutOf(from.mappings, RowsTo(from.mappings.size()).subspan(1), *remap);
  return absl::OkStatus();
}

void SymbolMerger::Add(const Symbols& from, const Rows& rows, Remap* remap) {
  AddLabels(from, rows.labels, remap, {}).IgnoreError();  // nothing stops any of them
  AddSets(from, rows.attribute_sets, remap, {}).IgnoreError();
  AddMappings(from, rows.mappings, remap, {}).IgnoreError();
  AddFunctionsAndLocations(from, rows.functions, rows.locations, remap, {}).IgnoreError();
  remap->layout = LayoutOf(from.mappings, rows.mappings, *remap);
}

// Parents come before their children, so one walk over the nodes finds all stacks. `from` has the
// layouts of its processes; its mappings add no layout.
void SymbolMerger::Add(const MergedTables& from, TablesRemap* remap) {
  AddTables(from.symbols, &remap->symbols, {}).IgnoreError();  // nothing stops it
  remap->stacks.assign(1, StackId{});
  remap->stacks.reserve(from.stacks.size());
  nodes_.Reserve(from.stacks.size());
  for (size_t i = 1; i < from.stacks.size(); ++i) {
    remap->stacks.push_back(AddChild(remap->stacks[from.stacks.parent[i]],
                                     remap->symbols.locations[from.stacks.location[i].value]));
  }
  remap->layouts.clear();
  std::vector<LayoutEntry> layout;
  for (size_t i = 0; i < from.layouts.size(); ++i) {
    layout.assign(from.layouts.begin(i), from.layouts.end(i));
    for (LayoutEntry& e : layout) e.mapping = remap->symbols.mappings[e.mapping.value];
    remap->layouts.push_back(AddLayout(layout));
  }
}

absl::Status SymbolMerger::AddTables(const Symbols& from, Remap* remap, const CallContext& call) {
  remap->strings.assign(from.strings.size(), StringId{UINT32_MAX});
  remap->labels.assign(from.attributes.size(), AttributeId{UINT32_MAX});
  remap->attribute_sets.resize(from.attribute_sets.size());
  // Row 0, none, is there from the start.
  remap->mappings.assign(from.mappings.size(), MappingId{});
  remap->functions.resize(from.functions.size());
  remap->functions[0] = {};
  remap->locations.resize(from.locations.size());
  NoteLabelsOfSets(from);
  DOLERITE_RETURN_IF_ERROR(AddLabels(from, labels_of_sets_, remap, call));
  DOLERITE_RETURN_IF_ERROR(AddSets(from, RowsTo(from.attribute_sets.size()), remap, call));
  DOLERITE_RETURN_IF_ERROR(AddMappings(from, RowsTo(from.mappings.size()).subspan(1), remap, call));
  RowsTo(std::max(from.functions.size(), from.locations.size()));
  return AddFunctionsAndLocations(from, RowsTo(from.functions.size()).subspan(1),
                                  RowsTo(from.locations.size()), remap, call);
}

SymbolMerger::RowSpan SymbolMerger::RowsTo(size_t end) {
  while (all_rows_.size() < end) all_rows_.push_back(static_cast<uint32_t>(all_rows_.size()));
  return RowSpan(all_rows_.data(), end);
}

// A source may have labels that no set refers to: neither they nor their texts are merged.
void SymbolMerger::NoteLabelsOfSets(const Symbols& from) {
  has_label_.assign(from.attributes.size(), 0);
  for (AttributeId label : from.attribute_sets.items) has_label_.data()[label.value] = 1;
  labels_of_sets_.clear();
  for (uint32_t i = 0; i < has_label_.size(); ++i) {
    if (has_label_.data()[i] != 0) labels_of_sets_.push_back(i);
  }
}

// Strings are merged when something refers to them: not all in a source are referred to.
StringId SymbolMerger::MapString(const Symbols& from, StringId id, Remap* remap) {
  StringId& mapped = remap->strings[id.value];
  if (mapped.value == UINT32_MAX) mapped = AddString(from.strings[id]);
  return mapped;
}

absl::Status SymbolMerger::AddLabels(const Symbols& from, RowSpan rows, Remap* remap,
                                     const CallContext& call) {
  Pace pace;
  for (uint32_t i : rows) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    const StringId key = MapString(from, from.attributes.key[i], remap);
    const StringId unit = MapString(from, from.attributes.unit[i], remap);
    const AttributeKind kind = from.attributes.kind[i];
    uint64_t value = from.attributes.value[i];
    if (from.attributes.value_is_string(i)) {
      value = MapString(from, StringId{static_cast<uint32_t>(value)}, remap).value;
    }
    remap->labels[i] = attributes_.Add(key, kind, value, unit, &tables_.symbols);
  }
  return absl::OkStatus();
}

// Sets are sorted by AddLabelSet: the order in a set has no meaning.
absl::Status SymbolMerger::AddSets(const Symbols& from, RowSpan rows, Remap* remap,
                                   const CallContext& call) {
  Pace pace;
  std::vector<AttributeId> set;
  for (uint32_t i : rows) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    set.clear();
    for (const AttributeId* l = from.attribute_sets.begin(i); l != from.attribute_sets.end(i);
         ++l) {
      set.push_back(remap->labels[l->value]);
    }
    remap->attribute_sets[i] = AddLabelSet(set);
  }
  return absl::OkStatus();
}

// The row of an equal mapping. The start is left out on purpose: equal files at other addresses are
// one mapping, which shares its locations. Addresses of locations become relative to the start.
MappingId SymbolMerger::AddMapping(const Symbols& from, size_t row, uint32_t instance,
                                   Remap* remap) {
  const Mappings& m = from.mappings;
  const uint64_t size = m.limit[row] - m.start[row], offset = m.offset[row];
  const StringId file = MapString(from, m.file[row], remap);
  const StringId build_id = MapString(from, m.build_id[row], remap);
  const AttributeSetId attributes = remap->attribute_sets[m.attributes[row].value];
  const uint8_t flags = m.flags[row];
  uint64_t hash = MixHash(MixHash(seed_, size), offset);
  hash = MixHash(hash, (uint64_t{file.value} << 32) | build_id.value);
  hash = MixHash(hash, (uint64_t{attributes.value} << 32) | (instance << 8) | flags);
  Mappings& to = tables_.symbols.mappings;
  return {mappings_.FindOrAdd(
      hash,
      [&](uint32_t r) {
        return to.limit[r] == size && to.offset[r] == offset && to.file[r] == file &&
               to.build_id[r] == build_id && to.attributes[r] == attributes &&
               to.flags[r] == flags && to.instance[r] == instance;
      },
      [&] {
        const MappingId id =
            tables_.symbols.AddMapping(0, size, offset, file, build_id, flags, attributes);
        to.instance[id.value] = instance;
        return id.value;
      })};
}

// Mappings of one process that differ only in their start get instance numbers, in the order of
// their starts: otherwise two of them would be one row, and the layout could not say which is
// where.
absl::Status SymbolMerger::AddMappings(const Symbols& from, RowSpan rows, Remap* remap,
                                       const CallContext& call) {
  const Mappings& m = from.mappings;
  by_start_.assign(rows.begin(), rows.end());
  std::stable_sort(by_start_.begin(), by_start_.end(),
                   [&](uint32_t a, uint32_t b) { return m.start[a] < m.start[b]; });
  Pace pace;
  absl::Status status;
  size_t taken = 0;
  for (; taken < by_start_.size() && status.ok(); ++taken) {
    const uint32_t row = by_start_[taken];
    status = pace.Check(call);
    // The first row that is taken remembers the instance to try next, so that many equal
    // mappings take a step each, not one for all before them.
    uint32_t instance = m.instance[row], first_taken = UINT32_MAX;
    MappingId id;
    for (;;) {
      id = AddMapping(from, row, instance, remap);
      // A row that this source has taken is not taken again.
      if (next_instance_.size() <= id.value) next_instance_.resize(id.value + 1);
      if (next_instance_[id.value] == 0) break;
      if (first_taken == UINT32_MAX) first_taken = id.value;
      instance = next_instance_[id.value];
    }
    next_instance_[id.value] = instance + 1;
    if (first_taken != UINT32_MAX) next_instance_[first_taken] = instance + 1;
    remap->mappings[row] = id;
  }
  // Back to zeros for the next source, in as many steps as this one has mappings.
  for (size_t i = 0; i < taken; ++i) next_instance_[remap->mappings[by_start_[i]].value] = 0;
  return status;
}

// Main mapping first, the others by start. Follows AddMappings, which has sorted them.
LayoutId SymbolMerger::LayoutOf(const Mappings& from, RowSpan rows, const Remap& remap) {
  std::vector<LayoutEntry> layout;
  if (!rows.empty()) layout.push_back({remap.mappings[rows[0]], from.start[rows[0]]});
  for (uint32_t row : by_start_) {
    if (row != rows[0]) layout.push_back({remap.mappings[row], from.start[row]});
  }
  return AddLayout(layout);
}

// Most locations are recalled, with their functions and the strings of these; only what is left is
// looked up by its content.
absl::Status SymbolMerger::AddFunctionsAndLocations(const Symbols& from, RowSpan functions,
                                                    RowSpan locations, Remap* remap,
                                                    const CallContext& call) {
  for (uint32_t row : functions) remap->functions.data()[row] = {SymbolRecall::kUnknown};
  DOLERITE_RETURN_IF_ERROR(Recall(from, locations, remap, call));
  fresh_functions_.clear();
  for (uint32_t row : functions) {
    if (remap->functions.data()[row].value == SymbolRecall::kUnknown) {
      fresh_functions_.push_back(row);
    }
  }
  DOLERITE_RETURN_IF_ERROR(AddFunctions(from, fresh_functions_, remap, call));
  return AddLocations(from, fresh_locations_, remap, call);
}

// Names and files are most of a source's strings.
// Marks each string that functions name and is not mapped yet, so that it is looked up once, then
// looks all of them up in batches.
absl::Status SymbolMerger::MapStringsOf(const Symbols& from, RowSpan functions, Remap* remap,
                                        const CallContext& call) {
  constexpr StringId kWanted{UINT32_MAX - 1};
  wanted_.clear();
  const StringTable& strings = from.strings;
  for (const std::vector<StringId>* column :
       {&from.functions.name, &from.functions.system_name, &from.functions.file}) {
    for (uint32_t row : functions) {
      const StringId id = column->data()[row];
      StringId& mapped = remap->strings[id.value];
      if (mapped.value != UINT32_MAX) continue;
      mapped = kWanted;
      wanted_.push_back(id);
    }
  }
  const StringTable& to = tables_.symbols.strings;
  return FindInBatches(
      strings_, wanted_.size(), call,
      [&](size_t i) {
        const std::string_view bytes = strings[wanted_[i]];
        return SeededHash(bytes.data(), bytes.size(), seed_);
      },
      [&](size_t i, uint64_t hash) {
        remap->strings[wanted_[i].value] = FindOrAddString(strings[wanted_[i]], hash);
      },
      [&](uint32_t row) { __builtin_prefetch(to[StringId{row}].data()); });
}

// Strings are mapped, so a function is hashed and compared by four numbers.
absl::Status SymbolMerger::AddFunctions(const Symbols& from, RowSpan rows, Remap* remap,
                                        const CallContext& call) {
  const Functions& f = from.functions;
  Functions& to = tables_.symbols.functions;
  DOLERITE_RETURN_IF_ERROR(MapStringsOf(from, rows, remap, call));
  const StringId* const strings = remap->strings.data();
  const StringId *const names = f.name.data(), *const system_names = f.system_name.data(),
                        *const files = f.file.data();
  const int64_t* const start_lines = f.start_line.data();
  const uint32_t* const row_of = rows.data();
  return FindInBatches(
      functions_, rows.size(), call,
      [&](size_t i) {
        const uint32_t at = row_of[i];
        const uint64_t name = strings[names[at].value].value;
        const uint64_t system_name = strings[system_names[at].value].value;
        // Ids of merged strings fit 32 bits, so two of them are one word.
        uint64_t hash = MixHash(seed_, (name << 32) | system_name);
        hash = MixHash(hash, strings[files[at].value].value);
        return MixHash(hash, static_cast<uint64_t>(start_lines[at]));
      },
      [&](size_t i, uint64_t hash) {
        const uint32_t at = row_of[i];
        const StringId name = strings[names[at].value];
        const StringId system_name = strings[system_names[at].value];
        const StringId file = strings[files[at].value];
        const int64_t start_line = start_lines[at];
        remap->functions.data()[at] = {functions_.FindOrAdd(
            hash,
            [&](uint32_t row) {
              return to.name.data()[row] == name && to.system_name.data()[row] == system_name &&
                     to.file.data()[row] == file && to.start_line.data()[row] == start_line;
            },
            [&] {
              return tables_.symbols.AddFunction(name, system_name, file, start_line).value;
            })};
      },
      [&](uint32_t row) {
        __builtin_prefetch(to.name.data() + row);
        __builtin_prefetch(to.system_name.data() + row);
        __builtin_prefetch(to.file.data() + row);
        __builtin_prefetch(to.start_line.data() + row);
      });
}

// Locations are hashed and compared by merged ids and relative addresses. Lines are read twice,
// once for the hash and once to compare; copies are made for new locations only.
absl::Status SymbolMerger::AddLocations(const Symbols& from, RowSpan rows, Remap* remap,
                                        const CallContext& call) {
  Locations& to = tables_.symbols.locations;
  const SourceLocations source(from, *remap);
  const uint32_t* const row_of = rows.data();
  return FindInBatches(
      locations_, rows.size(), call, [&](size_t i) { return source.Hash(row_of[i], seed_); },
      [&](size_t i, uint64_t hash) {
        const uint32_t at = row_of[i];
        const SourceLocations::Row r = source.row(at);
        remap->locations.data()[at] = {locations_.FindOrAdd(
            hash,
            [&](uint32_t row) {
              return source.Is(at, r, to, row, [&](const Line& line, const Line& other) {
                return source.Merged(line) == other;
              });
            },
            [&] {
              for (const Line& line : source.lines(at))
                to.lines.items.push_back(source.Merged(line));
              return tables_.symbols.AddLocation(r.mapping, r.address, r.folded, r.attributes)
                  .value;
            })};
      },
      [&](uint32_t row) { PrefetchLocation(to, row); },
      [&](uint32_t row) { PrefetchLines(to, row); });
}

// The tree grows with the index: a node that is new to the index is the next row of the tree.
StackId SymbolMerger::AddChild(StackId parent, LocationId location) {
  const uint32_t node = nodes_.FindOrAdd(parent.value, location.value);
  if (node == tables_.stacks.size()) {
    tables_.stacks.parent.push_back(parent.value);
    tables_.stacks.location.push_back(location);
  }
  return {node};
}

// Whole stacks are found by their last node. One that ends in a node that stays is found again.
void SymbolMerger::CutStacks(uint32_t end) {
  tables_.stacks.parent.resize(end);
  tables_.stacks.location.resize(end);
  nodes_.CutTo(end);
  stacks_.CutTo(end);
  path_depth_ = 0;
}

StackId SymbolMerger::FindOrAddStack(std::span<const LocationId> leaf_first, uint64_t hash) {
  // Stacks repeat from profile to profile: one hash of the whole finds most of them.
  return {stacks_.FindOrAdd(
      hash, [&](uint32_t node) { return nodes_.IsPath(node, leaf_first); },
      [&] { return WalkStack(leaf_first).value; })};
}

// The empty stack is the root.
StackId SymbolMerger::AddStack(std::span<const LocationId> leaf_first) {
  if (leaf_first.empty()) return {};
  return FindOrAddStack(leaf_first, SeededHash(leaf_first.data(), leaf_first.size_bytes(), seed_));
}

// Stacks become lists of merged locations first, so that their hashes do not depend on the source.
void SymbolMerger::AddStacks(const Lists<LocationId>& stacks, std::span<const uint32_t> rows,
                             const Remap& remap, std::vector<StackId>* nodes) {
  stack_.ends.clear();
  size_t entries = 0;
  for (uint32_t row : rows) entries += stacks.length(row);
  // Only grows: what is there is overwritten.
  if (stack_.items.size() < entries) stack_.items.resize(entries);
  LocationId* to = stack_.items.data();
  const LocationId* const merged = remap.locations.data();
  for (uint32_t row : rows) {
    to = std::transform(stacks.begin(row), stacks.end(row), to,
                        [&](LocationId id) { return merged[id.value]; });
    stack_.ends.push_back(static_cast<uint32_t>(to - stack_.items.data()));
  }
  // A stack of the source, as merged locations.
  const auto leaf_first = [&](size_t i) {
    return std::span<const LocationId>(stack_.begin(i), stack_.end(i));
  };
  nodes->resize(rows.size());
  FindInBatches(
      stacks_, rows.size(), {},
      [&](size_t i) { return SeededHash(leaf_first(i).data(), leaf_first(i).size_bytes(), seed_); },
      [&](size_t i, uint64_t hash) {
        (*nodes)[i] = leaf_first(i).empty() ? StackId{} : FindOrAddStack(leaf_first(i), hash);
      },
      [&](uint32_t node) { nodes_.Prefetch(node); })
      .IgnoreError();  // nothing stops it
}

// Adds the nodes that are missing. Neighbouring stacks of a profile share most of their frames near
// the root: those are taken from the path of the stack before, without a look-up.
StackId SymbolMerger::WalkStack(std::span<const LocationId> leaf_first) {
  const size_t depth = leaf_first.size();
  const LocationId* const leaf = leaf_first.data();
  if (path_.size() < depth) path_.resize(depth), path_nodes_.resize(depth);
  LocationId* const path = path_.data();
  StackId* const path_nodes = path_nodes_.data();
  size_t at = 0;
  const size_t most = std::min(depth, path_depth_);
  while (at < most && path[at] == leaf[depth - 1 - at]) ++at;
  StackId node = at == 0 ? StackId{} : path_nodes[at - 1];
  for (; at < depth; ++at) {
    path[at] = leaf[depth - 1 - at];
    path_nodes[at] = node = AddChild(node, path[at]);
  }
  path_depth_ = depth;
  return node;
}

// By capacity. Locations and parents of nodes have 4 bytes each, hence twice the parents.
size_t SymbolMerger::memory_bytes() const {
  return tables_.symbols.memory_bytes() + tables_.stacks.parent.capacity() * sizeof(uint32_t) * 2 +
         tables_.layouts.items.capacity() * sizeof(LayoutEntry) + strings_.memory_bytes() +
         mappings_.memory_bytes() + functions_.memory_bytes() + locations_.memory_bytes() +
         attributes_.memory_bytes() + layouts_.memory_bytes() + nodes_.memory_bytes() +
         stacks_.memory_bytes() + by_address_.memory_bytes() + has_label_.capacity() +
         (all_rows_.capacity() + labels_of_sets_.capacity() + fresh_functions_.capacity() +
          fresh_locations_.capacity()) *
             sizeof(uint32_t);
}

}  // namespace dolerite
