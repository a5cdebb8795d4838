// Depth first: a row is copied after the rows that it refers to, and then remembered in the map of
// its table. Stacks and CopyLocations do the same column by column: they give rows their places
// first and copy all of them afterwards. Where memory is refused the copy is row 0, and status()
// says why.
#include "model/symbol_copier.h"

#include <algorithm>

namespace dolerite {

namespace {

// What a row takes in its columns, about.
constexpr size_t kStringBytes = 8, kListBytes = 8, kAttributeBytes = 24, kFunctionBytes = 24,
                 kMappingBytes = 64, kLocationBytes = 32, kLinkBytes = 24;

// Rows of large tables are asked for so many before they are copied.
constexpr size_t kAhead = 8;

// A column that is written row by row gets room for so many more at once.
constexpr size_t kRoom = 4'096;

}  // namespace

// Gives rows of the source, in the order of their first use, places behind the rows that a table
// has, and lists those that are new. Whether a row has its place already cannot be foretold, so
// there is no branch on it.
class SymbolCopier::Placer {
 public:
  Placer(Slot* slots, uint32_t epoch, size_t rows, std::vector<uint32_t>* fresh)
      : slots_(slots), epoch_(epoch), rows_(rows), fresh_(fresh), next_(fresh->size()) {}
  ~Placer() { fresh_->resize(next_); }
  Placer(const Placer&) = delete;
  Placer& operator=(const Placer&) = delete;

  // Room for so many rows more, each of which may be new.
  void Reserve(size_t rows) {
    if (fresh_->size() - next_ < rows) fresh_->resize(next_ + rows + kRoom);
    list_ = fresh_->data();
  }

  uint32_t Of(uint32_t row) {
    Slot& slot = slots_[row];
    const bool is_new = slot.epoch != epoch_;
    const uint32_t place = is_new ? static_cast<uint32_t>(rows_ + next_) : slot.row;
    slot = {epoch_, place};
    list_[next_] = row;
    next_ += is_new;
    return place;
  }

 private:
  Slot* const slots_;
  const uint32_t epoch_;
  const size_t rows_;
  std::vector<uint32_t>* const fresh_;
  size_t next_;
  uint32_t* list_ = nullptr;
};

// A new epoch makes all slots empty without touching them: a profile costs what it copies, not what
// the tables hold.
void SymbolCopier::Start(const Symbols& from, Profile* to) {
  from_ = &from;
  to_ = to;
  status_ = absl::OkStatus();
  copied_mappings_.clear();
  new_locations_.clear(), new_functions_.clear(), new_strings_.clear();
  RowMap* const maps[] = {&strings_,  &attributes_, &sets_,   &functions_,
                          &mappings_, &locations_,  &stacks_, &links_};
  // Epoch 0 is that of new slots.
  if (++epoch_ == 0) {
    for (RowMap* map : maps) map->Forget();
    epoch_ = 1;
  }
  const size_t rows[] = {from.strings.size(),   from.attributes.size(), from.attribute_sets.size(),
                         from.functions.size(), from.mappings.size(),   from.locations.size()};
  for (size_t i = 0; i < std::size(maps); ++i) {
    maps[i]->Start(i < std::size(rows) ? rows[i] : 0, epoch_);
  }
}

// A row that is copied for the first time is paid for before it is added.
StringId SymbolCopier::AddString(StringId id) {
  const std::string_view text = from_->strings[id];
  if (!Pay(text.size() + kStringBytes)) return {};
  return {strings_.Set(id.value, to_->symbols.strings.Add(text).value)};
}

AttributeId SymbolCopier::Attribute(AttributeId id) {
  if (attributes_.Has(id.value)) return {attributes_[id.value]};
  if (!Pay(kAttributeBytes)) return {};
  const Attributes& a = from_->attributes;
  uint64_t value = a.value[id.value];
  if (a.value_is_string(id.value)) value = String({static_cast<uint32_t>(value)}).value;
  // Strings come first: the row of the attribute names them.
  const StringId key = String(a.key[id.value]), unit = String(a.unit[id.value]);
  const AttributeId copy = to_->symbols.AddAttribute(key, a.kind[id.value], value, unit);
  return {attributes_.Set(id.value, copy.value)};
}

// Ids of the copies may come in another order than those of the source, so the set is sorted.
AttributeSetId SymbolCopier::AddAttributeSet(AttributeSetId id) {
  const Lists<AttributeId>& from = from_->attribute_sets;
  if (!Pay(kListBytes + from.length(id.value) * sizeof(AttributeId))) return {};
  set_.clear();
  for (const AttributeId* a = from.begin(id.value); a != from.end(id.value); ++a) {
    set_.push_back(Attribute(*a));
  }
  std::sort(set_.begin(), set_.end());
  Lists<AttributeId>& to = to_->symbols.attribute_sets;
  to.items.insert(to.items.end(), set_.begin(), set_.end());
  to.Close();
  return {sets_.Set(id.value, static_cast<uint32_t>(to.size() - 1))};
}

// What it refers to is copied first, as the row needs the ids of the copies.
FunctionId SymbolCopier::Function(FunctionId id) {
  if (id == FunctionId{}) return id;
  if (functions_.Has(id.value)) return {functions_[id.value]};
  if (!Pay(kFunctionBytes)) return {};
  const Functions& f = from_->functions;
  const StringId name = String(f.name[id.value]), system_name = String(f.system_name[id.value]),
                 file = String(f.file[id.value]);
  const FunctionId copy = to_->symbols.AddFunction(name, system_name, file, f.start_line[id.value]);
  return {functions_.Set(id.value, copy.value)};
}

LinkId SymbolCopier::Link(const Links& links, LinkId id) {
  if (id == LinkId{}) return id;
  if (links_.Has(id.value)) return {links_[id.value]};
  if (!Pay(kLinkBytes)) return {};
  to_->links.trace_id.push_back(links.trace_id[id.value]);
  to_->links.span_id.push_back(links.span_id[id.value]);
  return {links_.Set(id.value, static_cast<uint32_t>(to_->links.size() - 1))};
}

// Arithmetic is modulo 2^64: a mapping of a hostile profile may end before it starts.
MappingId SymbolCopier::AddMapping(MappingId id, uint64_t start) {
  if (!Pay(kMappingBytes)) return {};
  const Mappings& m = from_->mappings;
  const uint32_t row = id.value;
  const uint64_t size = m.limit[row] - m.start[row];
  const StringId file = String(m.file[row]), build_id = String(m.build_id[row]);
  const AttributeSetId attributes = AttributeSet(m.attributes[row]);
  const MappingId copy = to_->symbols.AddMapping(start, start + size, m.offset[row], file, build_id,
                                                 m.flags[row], attributes);
  copied_mappings_.push_back(id);
  return {mappings_.Set(row, copy.value)};
}

LocationId SymbolCopier::Location(LocationId id) {
  if (locations_.Has(id.value)) return {locations_[id.value]};
  const Locations& l = from_->locations;
  const uint32_t row = id.value;
  if (!Pay(kLocationBytes + l.lines.length(row) * sizeof(Line))) return {};
  for (const Line* line = l.lines.begin(row); line != l.lines.end(row); ++line) {
    const FunctionId function = Function(line->function);
    to_->symbols.locations.lines.items.push_back({function, line->line, line->column});
  }
  const MappingId mapping = Mapping(l.mapping[row]);
  // Addresses lie in their mapping: they move as far as it does. Without a mapping both starts are
  // 0.
  const uint64_t moved =
      to_->symbols.mappings.start[mapping.value] - from_->mappings.start[l.mapping[row].value];
  const AttributeSetId attributes = AttributeSet(l.attributes[row]);
  const LocationId copy =
      to_->symbols.AddLocation(mapping, l.address[row] + moved, l.folded[row] != 0, attributes);
  return {locations_.Set(row, copy.value)};
}

// Lists of the source are shared by samples, so a stack is copied once and found by its row.
StackId SymbolCopier::Stack(const Lists<LocationId>& stacks, StackId id) {
  if (id == StackId{}) return id;
  if (stacks_.Has(id.value)) return {stacks_[id.value]};
  if (!Pay(kListBytes + stacks.length(id.value) * sizeof(LocationId))) return {};
  for (const LocationId* l = stacks.begin(id.value); l != stacks.end(id.value); ++l) {
    to_->stacks.items.push_back(Location(*l));
  }
  to_->stacks.Close();
  return {stacks_.Set(id.value, static_cast<uint32_t>(to_->stacks.size() - 1))};
}

// Stacks of a tree: each node's path up to the root, leaf first. Locations get their places while
// stacks are walked, in the order of first use, and are copied when all stacks are: then each
// column is written in one loop.
void SymbolCopier::Stacks(const StackTree& stacks, std::span<const uint32_t> nodes,
                          std::vector<StackId>* out) {
  Slot* const known = stacks_.Slots(stacks.size());
  // The root is the empty stack, row 0.
  known[0] = {epoch_, 0};
  path_.clear();
  out->reserve(out->size() + nodes.size());
  Lists<LocationId>& to = to_->stacks;
  size_t items = to.items.size();  // the rest of the column is room
  {
    Placer places(locations_.Slots(from_->locations.size()), epoch_, to_->symbols.locations.size(),
                  &new_locations_);
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (i + kAhead < nodes.size()) {
        const uint32_t ahead = nodes.data()[i + kAhead];
        __builtin_prefetch(known + ahead);
        __builtin_prefetch(stacks.parent.data() + ahead);
        __builtin_prefetch(stacks.location.data() + ahead);
      }
      const uint32_t node = nodes.data()[i];
      if (known[node].epoch != epoch_) {
        known[node] = {epoch_, static_cast<uint32_t>(to.size())};
        items = AddPath(stacks, node, items, &places);
        to.ends.push_back(static_cast<uint32_t>(items));
      }
      out->push_back({known[node].row});
    }
  }
  to.items.resize(items);
  CopyLocations();
}

// Neighbours share most of their callers. The walk towards the root ends at the first node that is
// also above the stack added last; the rest of the list is the end of that stack's. Returns where
// the list ends that begins at `begin`.
size_t SymbolCopier::AddPath(const StackTree& stacks, uint32_t node, size_t begin, Placer* places) {
  const uint32_t *const parent = stacks.parent.data(), *const path = path_.data();
  size_t shared = path_.size(), fresh = 0;
  for (uint32_t at = node;; at = parent[at]) {
    // A node comes after its parent, so the path ascends.
    while (shared > 0 && path[shared - 1] > at) --shared;
    if (at == 0 || (shared > 0 && path[shared - 1] == at)) break;
    if (fresh == new_nodes_.size()) new_nodes_.resize(2 * fresh + 16);
    new_nodes_.data()[fresh++] = at;
  }
  path_.resize(shared);
  std::vector<LocationId>& items = to_->stacks.items;
  const size_t end = begin + fresh + shared;
  if (items.size() < end) items.resize(end + kRoom);
  places->Reserve(fresh);
  LocationId* out = items.data() + begin;
  const LocationId* const location = stacks.location.data();
  for (size_t i = 0; i < fresh; ++i) {
    *out++ = {places->Of(location[new_nodes_.data()[i]].value)};
  }
  std::copy_n(items.data() + begin - shared, shared, out);
  path_.insert(path_.end(), new_nodes_.rend() - static_cast<ptrdiff_t>(fresh), new_nodes_.rend());
  return end;
}

// Columns of new locations. Mappings and attribute sets are few, so they are copied one by one as
// they are met.
void SymbolCopier::CopyLocations() {
  const Locations& l = from_->locations;
  Locations& to = to_->symbols.locations;
  const size_t first = to.size(), end = first + new_locations_.size();
  to.mapping.resize(end), to.address.resize(end), to.folded.resize(end), to.attributes.resize(end);
  // Columns without a check of each row: ids of tables were checked when these were decoded.
  const MappingId* const mapping_of = l.mapping.data();
  const uint64_t* const address_of = l.address.data();
  const uint32_t* const new_rows = new_locations_.data();
  MappingId known{}, copy{};  // neighbours mostly lie in one mapping
  uint64_t moved = 0;
  for (size_t i = first; i < end; ++i) {
    if (i + kAhead < end) {
      const uint32_t ahead = new_rows[i + kAhead - first];
      __builtin_prefetch(mapping_of + ahead), __builtin_prefetch(address_of + ahead);
      __builtin_prefetch(l.folded.data() + ahead), __builtin_prefetch(l.attributes.data() + ahead);
      __builtin_prefetch(l.lines.ends.data() + ahead);
    }
    const uint32_t row = new_rows[i - first];
    if (mapping_of[row] != known) {
      known = mapping_of[row], copy = Mapping(known);
      moved = to_->symbols.mappings.start[copy.value] - from_->mappings.start[known.value];
    }
    to.mapping.data()[i] = copy;
    to.address.data()[i] = address_of[row] + moved;
    to.folded.data()[i] = l.folded.data()[row] != 0;
    to.attributes.data()[i] = AttributeSet(l.attributes.data()[row]);
  }
  CopyLines();
  new_locations_.clear();
  CopyFunctions();
}

// Two walks over the new locations: ends of their lists of lines, so that there is room for all at
// once, then the lines. Functions get their places here, in the order of lines; "no function" keeps
// row 0.
void SymbolCopier::CopyLines() {
  const Lists<Line>& lines = from_->locations.lines;
  Lists<Line>& to = to_->symbols.locations.lines;
  size_t items = to.items.size();
  to.ends.resize(to.ends.size() + new_locations_.size());
  uint32_t* end_of = to.ends.data() + to.ends.size() - new_locations_.size();
  for (uint32_t row : new_locations_) {
    __builtin_prefetch(lines.begin(row));
    items += lines.length(row);
    *end_of++ = static_cast<uint32_t>(items);
  }
  const size_t before = to.items.size();
  to.items.resize(items);
  Line* out = to.items.data() + before;
  functions_.Set(0, 0);
  Placer places(functions_.Slots(from_->functions.size()), epoch_, to_->symbols.functions.size(),
                &new_functions_);
  places.Reserve(items - before);
  for (uint32_t row : new_locations_) {
    for (const Line *line = lines.begin(row), *end = lines.end(row); line != end; ++line) {
      *out++ = {FunctionId{places.Of(line->function.value)}, line->line, line->column};
    }
  }
}

// The last step, as lines have given all functions their places. Strings are copied as they are
// met.
void SymbolCopier::CopyFunctions() {
  const Functions& f = from_->functions;
  Functions& to = to_->symbols.functions;
  const size_t first = to.size(), fresh = new_functions_.size(), end = first + fresh;
  to.name.resize(end), to.system_name.resize(end), to.file.resize(end), to.start_line.resize(end);
  const StringId *const names = f.name.data(), *const system_names = f.system_name.data(),
                        *const files = f.file.data();
  const int64_t* const start_lines = f.start_line.data();
  strings_.Set(0, 0);
  {
    Placer places(strings_.Slots(from_->strings.size()), epoch_, to_->symbols.strings.size(),
                  &new_strings_);
    places.Reserve(3 * fresh);
    for (size_t i = 0; i < fresh; ++i) {
      if (i + kAhead < fresh) {
        const uint32_t ahead = new_functions_.data()[i + kAhead];
        __builtin_prefetch(names + ahead), __builtin_prefetch(system_names + ahead);
        __builtin_prefetch(files + ahead), __builtin_prefetch(start_lines + ahead);
      }
      const uint32_t row = new_functions_.data()[i];
      to.name.data()[first + i] = {places.Of(names[row].value)};
      to.system_name.data()[first + i] = {places.Of(system_names[row].value)};
      to.file.data()[first + i] = {places.Of(files[row].value)};
      to.start_line.data()[first + i] = start_lines[row];
    }
  }
  new_functions_.clear();
  to_->symbols.strings.AddRows(from_->strings, new_strings_);
  new_strings_.clear();
}

// Mappings are copied when a location needs them, which need not be the order of the source. The
// copies have the rows from the first one's on: rows that other owners added before stay.
void SymbolCopier::OrderMappings() {
  if (std::is_sorted(copied_mappings_.begin(), copied_mappings_.end())) return;
  std::sort(copied_mappings_.begin(), copied_mappings_.end());
  Mappings& m = to_->symbols.mappings;
  const Mappings old = m;
  // The same rows in the order of the source: places[i] takes what copied_mappings_[i] has now.
  std::vector<uint32_t> places;
  for (MappingId id : copied_mappings_) places.push_back(mappings_[id.value]);
  std::sort(places.begin(), places.end());
  std::vector<uint32_t> moved(old.size());
  for (uint32_t i = 0; i < moved.size(); ++i) moved[i] = i;
  for (size_t i = 0; i < places.size(); ++i) {
    const uint32_t from = mappings_[copied_mappings_[i].value], to = places[i];
    m.start[to] = old.start[from], m.limit[to] = old.limit[from], m.offset[to] = old.offset[from];
    m.file[to] = old.file[from], m.build_id[to] = old.build_id[from];
    m.flags[to] = old.flags[from], m.attributes[to] = old.attributes[from];
    moved[from] = to;
  }
  for (MappingId id : copied_mappings_) mappings_.Set(id.value, moved[mappings_[id.value]]);
  for (MappingId& mapping : to_->symbols.locations.mapping) mapping = {moved[mapping.value]};
}

}  // namespace dolerite
