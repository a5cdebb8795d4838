// The tables of a dataset, each decoded once from its sections:
//
//   Profiles   the profile table, which nearly every question asks for first
//   Names      strings and functions; Symbols adds lines, files and mappings
//   Stacks     the stack trees of some profile types, one behind the other below one root
//   Labels     label sets of samples
//   Everything all of these, with addresses and layouts, for whole profiles
//
// A part is decoded into tables of the reader's own (Own), counted, and then there (Done).
#include <algorithm>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/dataset_reader.h"
#include "block/dataset_summary.h"
#include "block/decode_bounds.h"
#include "block/symbol_sections.h"

namespace dolerite {

namespace {

// Texts, rows and totals. A row counts two allocations for its totals although few rows need any.
size_t MemoryOf(const ProfileTable& table) {
  size_t bytes = table.groups.size() * sizeof(RowGroup) + table.chunks.size() * sizeof(Chunk);
  for (const ProfileType& type : table.types) {
    bytes += sizeof type + type.name.size() + type.default_sample_type.size();
    for (const ProfileType::Value& v : type.sample_types) {
      bytes += sizeof v + v.type.size() + v.unit.size();
    }
  }
  for (const Series& series : table.series) bytes += sizeof series + series.labels.memory_bytes();
  for (const ProfileHeader& header : table.headers) {
    bytes += sizeof header + header.drop_frames.size() + header.keep_frames.size() +
             header.doc_url.size() + header.payload_format.size();
    for (const std::string& comment : header.comments) bytes += sizeof comment + comment.size();
  }
  for (const ProfileRow& row : table.profiles) {
    bytes += sizeof row + MemoryOfTotals(row.totals.size());
  }
  return bytes;
}

}  // namespace

// The profile table is the first table of nearly every question, so a miss brings the other hot
// sections with it. Decoding may run out of memory by many small texts; WithinMemory turns
// bad_alloc into a status.
absl::StatusOr<const ProfileTable*> DatasetReader::Profiles() {
  if (Has(kHasProfiles)) return &tables()->profiles;
  const Key key = {SectionKind::kProfiles, 0};
  const SectionEntry* entry = EntryOf(key);
  if (entry != nullptr && !block_.InSuffix(*entry) && loaded_.count(key) == 0) {
    DOLERITE_RETURN_IF_ERROR(FetchHotPart());
  }
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Get(SectionKind::kProfiles));
  const uint64_t most_samples = MostSamplesFor(stored_, block_.options.limits);
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  DOLERITE_RETURN_IF_ERROR(WithinMemory(
      [&] { return DecodeProfiles(*section, limits(), most_samples, &own->profiles); }));
  DOLERITE_RETURN_IF_ERROR(CheckFooter(own->profiles));
  DOLERITE_RETURN_IF_ERROR(Done(kHasProfiles, MemoryOf(own->profiles), "profile table"));
  return &own->profiles;
}

// Queries pass over datasets on the strength of the footer, so what it says must be so.
absl::Status DatasetReader::CheckFooter(const ProfileTable& table) const {
  const absl::Status status = CheckSummary(dataset_, table);
  return Annotate(status, Concat(block_.Place(), ": dataset \"", dataset_.summary.name, "\""));
}

absl::StatusOr<const LinkFilters*> DatasetReader::Filters() {
  if (filters_) return &*filters_;
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Find(SectionKind::kLinkFilter));
  if (section == nullptr) return nullptr;
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, Profiles());
  DOLERITE_ASSIGN_OR_RETURN(filters_, LinkFilters::Read(*section, table->chunks.size(), limits()));
  return &*filters_;
}

absl::StatusOr<std::vector<char>> DatasetReader::ChunksWithLinks(const LinkIds& ids) {
  // The filters follow the profile table in the block, so a store joins both into one request.
  std::vector<Key> keys = {{SectionKind::kLinkFilter, 0}};
  if (!Has(kHasProfiles)) keys.emplace_back(SectionKind::kProfiles, 0);
  DOLERITE_RETURN_IF_ERROR(Fetch(keys));
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, Profiles());
  DOLERITE_ASSIGN_OR_RETURN(const LinkFilters* filters, Filters());
  std::vector<char> chunks(table->chunks.size());
  for (const SectionEntry& entry : Sections()) {
    if (entry.kind != SectionKind::kLinks || entry.part >= chunks.size()) continue;
    chunks[entry.part] = filters == nullptr || filters->MayHold(entry.part, ids);
  }
  return chunks;
}

// Names come before stacks: they clear the tree to its root, and its locations are checked against
// theirs.
absl::StatusOr<const MergedTables*> DatasetReader::Names() {
  if (Has(kHasNames)) return &tables()->merged;
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Get(SectionKind::kSymbols));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  DOLERITE_ASSIGN_OR_RETURN(const bool suffice, DecodeNames(*section, limits(), &own->merged));
  own->merged.stacks.parent.assign(1, 0);  // the root
  own->merged.stacks.location.assign(1, {});
  const Lists<FunctionId>& calls = own->merged.calls;
  const size_t bytes = own->merged.symbols.memory_bytes() + calls.ends.size() * sizeof(uint32_t) +
                       calls.items.size() * sizeof(FunctionId);
  DOLERITE_RETURN_IF_ERROR(Done(kHasNames, bytes, "names"));
  if (!suffice) return Symbols();
  return &own->merged;
}

absl::StatusOr<const MergedTables*> DatasetReader::Symbols() {
  DOLERITE_RETURN_IF_ERROR(Names().status());
  if (Has(kHasSymbols)) return &tables()->merged;
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Get(SectionKind::kSymbols));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  dolerite::Symbols& symbols = own->merged.symbols;
  const size_t before = symbols.memory_bytes();
  DOLERITE_RETURN_IF_ERROR(DecodeSymbols(*section, &own->merged));
  DOLERITE_RETURN_IF_ERROR(Done(kHasSymbols, symbols.memory_bytes() - before, "symbols"));
  return &own->merged;
}

// What stacks need and is not decoded yet.
void DatasetReader::AddStackKeys(const TypeSet& types, std::vector<Key>* keys) const {
  for (uint32_t type = 0; type < types.size(); ++type) {
    if (types[type] && !HasStacksOf(type)) keys->emplace_back(SectionKind::kStacks, type);
  }
  if (!Has(kHasNames)) keys->emplace_back(SectionKind::kSymbols, 0);
}

// Stacks of several types, in ascending order of types. One StackMemory serves all of them: it has
// a list for each location, and making it anew for each type would cost types times locations.
absl::StatusOr<const MergedTables*> DatasetReader::Stacks(const TypeSet& types) {
  std::vector<Key> keys;
  AddStackKeys(types, &keys);
  if (keys.empty()) return &tables()->merged;
  // Whoever wants stacks wants heads next: one request for both, unless all is here.
  const bool here = std::all_of(keys.begin(), keys.end(), [&](const Key& key) {
    const SectionEntry* entry = EntryOf(key);
    return entry == nullptr || block_.InSuffix(*entry) || loaded_.count(key) > 0;
  });
  if (!here) DOLERITE_RETURN_IF_ERROR(FetchHotPart());
  DOLERITE_RETURN_IF_ERROR(Fetch(keys));
  DOLERITE_RETURN_IF_ERROR(Names().status());
  StackMemory memory(tables()->merged.symbols.locations.size());
  for (uint32_t type = 0; type < types.size(); ++type) {
    if (types[type] && !HasStacksOf(type)) DOLERITE_RETURN_IF_ERROR(DecodeStacksOf(type, &memory));
  }
  return &tables()->merged;
}

// Puts the nodes of a type's tree behind those of the types before, below the same root. The first
// tree is moved; of a later one every parent but the root shifts by the nodes before it, and so do
// the nodes that ids of stacks stand for.
absl::Status DatasetReader::DecodeStacksOf(uint32_t type, StackMemory* memory) {
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Get(SectionKind::kStacks, type));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  StackTree tree;
  TypeStacks of;
  // Both work on the tree of the type alone, so a hostile section cannot name nodes of other types.
  DOLERITE_RETURN_IF_ERROR(DecodeStacks(*section, limits(), memory, &tree));
  DOLERITE_RETURN_IF_ERROR(DecodeSampledStacks(*section, tree, &of.ids));
  StackTree& all = own->merged.stacks;
  const uint32_t before = static_cast<uint32_t>(all.size() - 1);
  of.begin = before + 1;
  of.end = before + static_cast<uint32_t>(tree.size());
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(section->place(), ": nodes of stack trees"),
                                      before + tree.size(), INT32_MAX));
  if (before == 0) {
    all = std::move(tree);
  } else {
    all.parent.insert(all.parent.end(), tree.parent.begin() + 1, tree.parent.end());
    for (uint32_t i = of.begin; i < of.end; ++i) {
      if (all.parent[i] != 0) all.parent[i] += before;
    }
    all.location.insert(all.location.end(), tree.location.begin() + 1, tree.location.end());
    for (uint32_t& node : of.ids) node += node == 0 ? 0 : before;
  }
  const size_t bytes = (of.end - of.begin + 1) * 8 + of.ids.size() * sizeof(uint32_t);
  DOLERITE_RETURN_IF_ERROR(Done({}, bytes, "stacks"));
  own->stacks.emplace(type, std::move(of));
  return absl::OkStatus();
}

// Reads a single type; the set ends with it.
absl::StatusOr<const TypeStacks*> DatasetReader::StacksOf(uint32_t type) {
  if (!HasStacksOf(type)) {
    TypeSet one(type + size_t{1}, 0);
    one[type] = 1;
    DOLERITE_RETURN_IF_ERROR(Stacks(one).status());
  }
  return &tables()->stacks.at(type);
}

// Labels name strings, so names come first.
absl::StatusOr<const MergedTables*> DatasetReader::Labels() {
  if (Has(kHasLabels)) return &tables()->merged;
  DOLERITE_RETURN_IF_ERROR(Names().status());
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* labels, Get(SectionKind::kLabels));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  dolerite::Symbols& symbols = own->merged.symbols;
  DOLERITE_RETURN_IF_ERROR(DecodeLabels(*labels, limits(), symbols.strings.size(), &symbols));
  const size_t bytes = symbols.attributes.size() * 24 + symbols.attribute_sets.items.size() * 4 +
                       symbols.attribute_sets.ends.size() * 8;
  DOLERITE_RETURN_IF_ERROR(Done(kHasLabels, bytes, "labels"));
  return &own->merged;
}

absl::StatusOr<const MergedTables*> DatasetReader::Everything() {
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, Profiles());
  return Everything(TypeSet(table->types.size(), 1));
}

// All tables, for whole profiles. One Fetch for all sections; the calls below find them loaded. If
// addresses are decoded, labels and symbols are too.
absl::StatusOr<const MergedTables*> DatasetReader::Everything(const TypeSet& types) {
  if (Has(kHasAddresses)) return Stacks(types);
  std::vector<Key> keys = {{SectionKind::kAddresses, 0}, {SectionKind::kLabels, 0}};
  AddStackKeys(types, &keys);
  if (!Has(kHasSymbols)) keys.emplace_back(SectionKind::kSymbols, 0);
  DOLERITE_RETURN_IF_ERROR(Fetch(keys));
  DOLERITE_RETURN_IF_ERROR(Stacks(types).status());
  DOLERITE_RETURN_IF_ERROR(Symbols().status());
  DOLERITE_RETURN_IF_ERROR(Labels().status());
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* labels, Get(SectionKind::kLabels));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* addresses, Get(SectionKind::kAddresses));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  MergedTables& to = own->merged;
  DOLERITE_RETURN_IF_ERROR(DecodeAddresses(*addresses, limits(), &to));
  // Attributes of mappings and locations name label sets. They are read from three sections, so the
  // check waits until all are here.
  if (!AttributesInTables(to.symbols)) {
    return labels->Damaged(Concat("an attribute names a label set outside the ",
                                  to.symbols.attribute_sets.size(), " of the dataset"));
  }
  DOLERITE_RETURN_IF_ERROR(
      Done(kHasAddresses, to.layouts.items.size() * sizeof(LayoutEntry), "layouts"));
  return &to;
}

}  // namespace dolerite
