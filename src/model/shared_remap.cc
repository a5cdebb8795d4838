// A profile is added in three steps:
//
//   reach   its stacks name locations, these name functions, mappings and sets of attributes; rows
//           that are met for the first time are listed
//   merge   the listed rows, and all mappings of the profile, as these decide its layout
//   note    what is known from now on, so that Forget costs no more than what was learnt
//
// A mapping's row of the merged tables depends on the other mappings of its process, if some of
// them differ in their start alone. Where that gives a known mapping another row, locations that
// are known lie in the wrong one: all is forgotten, and the profile is added once more.
#include "model/shared_remap.h"

#include <algorithm>

namespace dolerite {

namespace {

constexpr uint32_t kUnknown = UINT32_MAX;

// Whether the row is met for the first time. It is known from then on: it has no value until it is
// merged, but nothing asks for it before.
template <class IdType>
bool IsFirst(std::vector<IdType>& known, uint32_t row) {
  if (known.data()[row].value != kUnknown) return false;
  known.data()[row] = {};
  return true;
}

template <class IdType>
void GrowTo(size_t rows, std::vector<IdType>* known) {
  if (known->size() < rows) known->resize(rows, IdType{kUnknown});
}

// Takes the rows to those that are known, and empties the list.
void Note(std::vector<uint32_t>* rows, std::vector<uint32_t>* known) {
  known->insert(known->end(), rows->begin(), rows->end());
  rows->clear();
}

template <class IdType>
void ForgetRows(std::vector<uint32_t>* rows, std::vector<IdType>* known) {
  for (uint32_t row : *rows) (*known)[row] = {kUnknown};
  rows->clear();
}

size_t MemoryOf(const SymbolMerger::Rows& rows) {
  return (rows.labels.capacity() + rows.attribute_sets.capacity() + rows.mappings.capacity() +
          rows.functions.capacity() + rows.locations.capacity()) *
         sizeof(uint32_t);
}

}  // namespace

void SharedRemap::Add(const Profile& profile, SymbolMerger* merger) {
  if (tables_ != profile.tables_mark.identity() || merger_ != merger) Forget();
  tables_ = profile.tables_mark.identity();
  merger_ = merger;
  Grow(profile);
  if (AddReached(profile, merger)) return;
  Forget();
  AddReached(profile, merger);
}

// Tables may have grown since the profile before. Row 0 of mappings and functions means none.
void SharedRemap::Grow(const Profile& profile) {
  const Symbols& s = profile.symbols;
  GrowTo(s.strings.size(), &remap_.strings);
  GrowTo(s.attributes.size(), &remap_.labels);
  GrowTo(s.attribute_sets.size(), &remap_.attribute_sets);
  GrowTo(s.mappings.size(), &remap_.mappings);
  GrowTo(s.functions.size(), &remap_.functions);
  GrowTo(s.locations.size(), &remap_.locations);
  GrowTo(profile.stacks.size(), &nodes_);
  remap_.mappings[0] = {}, remap_.functions[0] = {};
  if (has_mapping_.size() < s.mappings.size()) has_mapping_.resize(s.mappings.size());
  if (has_stack_.size() < profile.stacks.size()) has_stack_.resize(profile.stacks.size());
}

// False if what was known before does not serve the profile.
bool SharedRemap::AddReached(const Profile& profile, SymbolMerger* merger) {
  Reach(profile);
  NoteStrings(profile.symbols);
  merger->Add(profile.symbols, fresh_, &remap_);
  merger->AddStacks(profile.stacks, fresh_stacks_, remap_, &fresh_nodes_);
  for (size_t i = 0; i < fresh_stacks_.size(); ++i) nodes_[fresh_stacks_[i]] = fresh_nodes_[i];
  return NoteRows();
}

// Stacks, then mappings in their order, then attributes.
void SharedRemap::Reach(const Profile& profile) {
  const Symbols& symbols = profile.symbols;
  for (StackId stack : profile.samples.stack) {
    uint8_t& is_listed = has_stack_.data()[stack.value];
    if (is_listed == 0) stacks_.push_back(stack.value);
    is_listed = 1;
  }
  for (uint32_t stack : stacks_) {
    has_stack_[stack] = 0;
    ReachStack(profile, stack);
  }
  stacks_.clear();
  std::sort(fresh_.mappings.begin(), fresh_.mappings.end());
  before_.clear();
  for (uint32_t row : fresh_.mappings) {
    has_mapping_[row] = 0;
    before_.push_back(remap_.mappings[row]);
    ReachSet(symbols, symbols.mappings.attributes[row]);
  }
  ReachSet(symbols, profile.attributes);
  for (AttributeSetId set : profile.samples.attributes) ReachSet(symbols, set);
}

// What was fresh is known. False if a mapping that was known before is another row now.
bool SharedRemap::NoteRows() {
  bool same = true;
  size_t fresh = 0;
  for (size_t i = 0; i < before_.size(); ++i) {
    const uint32_t row = fresh_.mappings[i];
    if (before_[i].value == kUnknown) {
      fresh_.mappings[fresh++] = row;
    } else {
      same = same && before_[i] == remap_.mappings[row];
    }
  }
  fresh_.mappings.resize(fresh);
  Note(&fresh_.labels, &known_.labels);
  Note(&fresh_.attribute_sets, &known_.attribute_sets);
  Note(&fresh_.mappings, &known_.mappings);
  Note(&fresh_.functions, &known_.functions);
  Note(&fresh_.locations, &known_.locations);
  Note(&fresh_stacks_, &known_stacks_);
  return same;
}

// All locations are walked, known or not, as each has a mapping.
void SharedRemap::ReachStack(const Profile& profile, uint32_t stack) {
  if (IsFirst(nodes_, stack)) fresh_stacks_.push_back(stack);
  const MappingId* const mapping_of = profile.symbols.locations.mapping.data();
  const LocationId* const end = profile.stacks.end(stack);
  for (const LocationId* l = profile.stacks.begin(stack); l != end; ++l) {
    const uint32_t mapping = mapping_of[l->value].value;
    if (mapping != 0 && has_mapping_.data()[mapping] == 0) {
      has_mapping_.data()[mapping] = 1;
      fresh_.mappings.push_back(mapping);
    }
    if (IsFirst(remap_.locations, l->value)) ReachLocation(profile.symbols, *l);
  }
}

void SharedRemap::ReachLocation(const Symbols& symbols, LocationId location) {
  const Locations& l = symbols.locations;
  fresh_.locations.push_back(location.value);
  ReachSet(symbols, l.attributes[location.value]);
  for (const Line* line = l.lines.begin(location.value); line != l.lines.end(location.value);
       ++line) {
    if (IsFirst(remap_.functions, line->function.value)) {
      fresh_.functions.push_back(line->function.value);
    }
  }
}

void SharedRemap::ReachSet(const Symbols& symbols, AttributeSetId set) {
  if (!IsFirst(remap_.attribute_sets, set.value)) return;
  fresh_.attribute_sets.push_back(set.value);
  const Lists<AttributeId>& sets = symbols.attribute_sets;
  for (const AttributeId* label = sets.begin(set.value); label != sets.end(set.value); ++label) {
    if (IsFirst(remap_.labels, label->value)) fresh_.labels.push_back(label->value);
  }
}

// The merger merges strings with what names them; here they are only noted.
void SharedRemap::NoteStrings(const Symbols& symbols) {
  const Functions& f = symbols.functions;
  for (uint32_t row : fresh_.functions) {
    known_strings_.insert(known_strings_.end(), {f.name[row], f.system_name[row], f.file[row]});
  }
  const Attributes& a = symbols.attributes;
  for (uint32_t row : fresh_.labels) {
    known_strings_.insert(known_strings_.end(), {a.key[row], a.unit[row]});
    if (!a.value_is_string(row)) continue;
    known_strings_.push_back({static_cast<uint32_t>(a.value[row])});
  }
  for (size_t i = 0; i < fresh_.mappings.size(); ++i) {
    if (before_[i].value != kUnknown) continue;
    const uint32_t row = fresh_.mappings[i];
    known_strings_.insert(known_strings_.end(),
                          {symbols.mappings.file[row], symbols.mappings.build_id[row]});
  }
}

void SharedRemap::Forget() {
  tables_ = nullptr;
  merger_ = nullptr;
  ForgetRows(&known_.labels, &remap_.labels);
  ForgetRows(&known_.attribute_sets, &remap_.attribute_sets);
  ForgetRows(&known_.mappings, &remap_.mappings);
  ForgetRows(&known_.functions, &remap_.functions);
  ForgetRows(&known_.locations, &remap_.locations);
  ForgetRows(&known_stacks_, &nodes_);
  for (StringId id : known_strings_) remap_.strings[id.value] = {kUnknown};
  known_strings_.clear();
}

size_t SharedRemap::memory_bytes() const {
  const SymbolMerger::Remap& r = remap_;
  const size_t rows = r.strings.capacity() + r.mappings.capacity() + r.functions.capacity() +
                      r.locations.capacity() + r.labels.capacity() + r.attribute_sets.capacity() +
                      nodes_.capacity() + fresh_nodes_.capacity() + fresh_stacks_.capacity() +
                      known_stacks_.capacity() + known_strings_.capacity() + before_.capacity() +
                      stacks_.capacity();
  return rows * sizeof(uint32_t) + MemoryOf(fresh_) + MemoryOf(known_) + has_mapping_.capacity() +
         has_stack_.capacity();
}

}  // namespace dolerite
