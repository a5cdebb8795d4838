#include "block/dataset_reader.h"

#include <algorithm>

#include "base/checksum_in_steps.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/dataset_summary.h"
#include "block/decode_bounds.h"
#include "block/symbol_sections.h"

namespace dolerite {

namespace {

// Up to this size the whole hot part of a dataset is fetched at once.
constexpr uint64_t kHotPartBytes = 16 << 20;

// What is kept for a section beside its bytes.
constexpr size_t kSectionBytes = 256;

size_t MemoryOf(const SectionEntry& entry) { return entry.stored + entry.decoded + kSectionBytes; }

bool IsHot(SectionKind kind) { return kind >= SectionKind::kHeads; }

size_t MemoryOf(const ProfileTable& table) {
  size_t bytes = table.groups.size() * sizeof(RowGroup) + table.chunks.size() * sizeof(Chunk);
  for (const ProfileType& type : table.types) {
    bytes += sizeof type + type.name.size() + type.default_sample_type.size();
    for (const ProfileType::Value& v : type.sample_types) {
      bytes += sizeof v + v.type.size() + v.unit.size();
    }
  }
  for (const Series& series : table.series) {
    bytes += sizeof series;
    for (const auto& [name, value] : series.labels.pairs()) {
      bytes += sizeof(LabelSet::Pair) + name.size() + value.size();
    }
  }
  for (const ProfileHeader& header : table.headers) {
    bytes += sizeof header + header.drop_frames.size() + header.keep_frames.size() +
             header.doc_url.size() + header.payload_format.size();
    for (const std::string& comment : header.comments) bytes += sizeof comment + comment.size();
  }
  for (const ProfileRow& row : table.profiles) {
    bytes += sizeof row + 2 * (32 + row.totals.size() * sizeof(int64_t));
  }
  return bytes;
}

}  // namespace

std::string BlockReader::Internal::Place() const { return Concat("block ", key); }

std::string BlockReader::Internal::Place(const SectionEntry& section) const {
  std::string place = Concat(Place(), ": ", NameOf(section.kind), " section");
  if (section.part > 0) place += Concat(" ", section.part);
  return Concat(place, " at offset ", section.offset);
}

absl::Status BlockReader::Internal::Failed(const absl::Status& status,
                                           const CallContext& call) const {
  DOLERITE_RETURN_IF_ERROR(call.Check());
  return Annotate(status, Place());
}

const CallContext& DatasetReader::call() const {
  static const auto& kNone = *new CallContext;
  return cost_->call == nullptr ? kNone : *cost_->call;
}

namespace {

size_t AllStoredBytes(const BlockReader::Internal& block, const FooterDataset& dataset) {
  size_t stored = 0;
  for (const SectionEntry& entry : block.footer.SectionsOf(dataset)) stored += entry.stored;
  return stored;
}

}  // namespace

DatasetReader::DatasetReader(const BlockReader::Internal& block, size_t dataset, IoCost* cost)
    : block_(block),
      dataset_(block.footer.datasets[dataset]),
      cost_(cost),
      stored_(AllStoredBytes(block, dataset_)),
      allowance_(DecodeMemoryFor(stored_, block.footer.datasets.size(), block.options.limits)),
      held_(&allowance_, cost->memory),
      columns_(&allowance_, cost->memory),
      answer_(cost->memory),
      index_(dataset) {
  if (block.tables != nullptr) shared_ = block.tables->Find(dataset);
}

DatasetReader::~DatasetReader() {
  if (block_.tables == nullptr || own_ == nullptr || unfinished_) return;
  block_.tables->Offer(index_, std::move(own_));
}

absl::StatusOr<DatasetTables*> DatasetReader::Own() {
  if (own_ == nullptr && shared_ != nullptr) {
    DOLERITE_RETURN_IF_ERROR(Hold(shared_->bytes, "tables"));
    own_ = std::make_shared<DatasetTables>(*shared_);
  }
  if (own_ == nullptr) own_ = std::make_shared<DatasetTables>();
  unfinished_ = true;
  return own_.get();
}

absl::Status DatasetReader::Done(size_t bytes, std::string_view what) {
  ReleaseColumns();
  DOLERITE_RETURN_IF_ERROR(Hold(bytes, what));
  own_->bytes += bytes;
  unfinished_ = false;
  return absl::OkStatus();
}

bool DatasetReader::InSuffix(const SectionEntry& entry) const {
  return entry.offset >= block_.suffix_offset;
}

absl::Status DatasetReader::Hold(size_t bytes, std::string_view what) {
  return Annotate(held_.Take(bytes, what), block_.Place());
}

absl::Status DatasetReader::HoldAnswer(size_t bytes, std::string_view what) {
  return Annotate(answer_.Take(bytes, what), block_.Place());
}

BlockLimits DatasetReader::limits() const {
  constexpr size_t kRowBytes = 32;  // of a table, while it is decoded
  BlockLimits limits = block_.options.limits;
  limits.section_rows = std::min(limits.section_rows, held_.left() / kRowBytes);
  limits.section_bytes = std::min(limits.section_bytes, held_.left());
  return limits;
}

absl::Status DatasetReader::HoldAtMost(size_t bytes, std::string_view what) {
  if (bytes <= held_growing_) return absl::OkStatus();
  DOLERITE_RETURN_IF_ERROR(HoldAnswer(bytes - held_growing_, what));
  held_growing_ = bytes;
  return absl::OkStatus();
}

absl::Status DatasetReader::Load(const SectionEntry& entry, Slice slice) {
  DOLERITE_RETURN_IF_ERROR(Check());
  const std::string place = block_.Place(entry);
  DOLERITE_ASSIGN_OR_RETURN(const uint64_t checksum,
                            ChecksumInSteps(slice.bytes, [this] { return Check(); }));
  if (slice.bytes.size() != entry.stored || checksum != entry.checksum) {
    return DataLoss(place, ": checksum mismatch");
  }
  auto loaded = std::make_unique<Loaded>();
  loaded->slice = std::move(slice);
  std::string_view plain = loaded->slice.bytes;
  if (entry.encoding == SectionEncoding::kZstd) {
    loaded->plain.resize(entry.decoded);
    DOLERITE_RETURN_IF_ERROR(
        Annotate(zstd_.Decompress(plain, entry.decoded, loaded->plain.data()), place));
    plain = loaded->plain;
  } else if (entry.encoding != SectionEncoding::kPlain) {
    return Unimplemented(place, ": unknown encoding ", static_cast<int>(entry.encoding),
                         "; the block was written by a newer version of the library");
  } else if (entry.decoded != entry.stored) {
    return DataLoss(place, ": sizes differ, but it is not compressed");
  }
  const size_t before = columns_.taken();
  DOLERITE_ASSIGN_OR_RETURN(loaded->reader, SectionReader::Open(entry.kind, plain, place, &zstd_,
                                                                &columns_, cost_->call));
  const size_t directory = columns_.taken() - before;  // stays with the section
  columns_.Return(directory);
  DOLERITE_RETURN_IF_ERROR(Hold(directory, NameOf(entry.kind)));
  loaded->held = MemoryOf(entry) + directory;
  loaded_[{entry.kind, entry.part}] = std::move(loaded);
  return absl::OkStatus();
}

absl::Status DatasetReader::Fetch(const std::vector<Key>& keys) {
  size_t waiting = 0;  // memory that is counted for sections that are not loaded
  absl::Status status = Fetch(keys, &waiting);
  held_.Return(waiting);
  return status;
}

absl::Status DatasetReader::Fetch(const std::vector<Key>& keys, size_t* waiting) {
  std::vector<const SectionEntry*> missing;
  std::vector<ByteRange> ranges;
  const auto load = [&](const SectionEntry& entry, Slice slice) -> absl::Status {
    DOLERITE_RETURN_IF_ERROR(Load(entry, std::move(slice)));
    *waiting -= MemoryOf(entry);
    return absl::OkStatus();
  };
  for (const Key& key : keys) {
    const SectionEntry* entry = EntryOf(key);
    if (entry == nullptr || loaded_.count(key) > 0) continue;
    DOLERITE_RETURN_IF_ERROR(Hold(MemoryOf(*entry), NameOf(entry->kind)));
    *waiting += MemoryOf(*entry);
    cost_->section_bytes[entry->kind] += entry->stored;
    if (InSuffix(*entry)) {
      const std::string_view bytes =
          block_.suffix.bytes.substr(entry->offset - block_.suffix_offset, entry->stored);
      DOLERITE_RETURN_IF_ERROR(load(*entry, {bytes, block_.suffix.owner}));
    } else {
      missing.push_back(entry);
      ranges.push_back(ByteRange::At(entry->offset, entry->stored));
    }
  }
  if (missing.empty()) return absl::OkStatus();
  absl::StatusOr<ReadManyResult> read =
      block_.store->ReadMany(block_.key, ranges, block_.Reading(call()));
  if (!read.ok()) return block_.Failed(read.status(), call());
  cost_->requests += read->requests;
  cost_->bytes += read->bytes_read;
  for (size_t i = 0; i < missing.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(load(*missing[i], std::move(read->slices[i])));
  }
  return absl::OkStatus();
}

void DatasetReader::Drop(const std::vector<Key>& keys) {
  for (const Key& key : keys) {
    const auto at = loaded_.find(key);
    if (at == loaded_.end()) continue;
    held_.Return(at->second->held);
    loaded_.erase(at);
  }
}

uint64_t DatasetReader::StoredBytes(const std::vector<Key>& keys) const {
  uint64_t bytes = 0;
  for (const Key& key : keys) {
    if (const SectionEntry* entry = EntryOf(key)) bytes += entry->stored;
  }
  return bytes;
}

// The profile table says which heads to read, but fetching it alone would cost a request of its
// own. Hot sections lie together, so all are fetched at once, except the filters: they are last,
// and few queries need them.
absl::Status DatasetReader::FetchHotPart() {
  if (sparing_) return absl::OkStatus();
  std::vector<Key> keys;
  uint64_t bytes = 0;
  for (const SectionEntry& entry : Sections()) {
    if (!IsHot(entry.kind) || entry.kind == SectionKind::kLinkFilter) continue;
    keys.emplace_back(entry.kind, entry.part);
    bytes += entry.stored;
  }
  if (bytes > kHotPartBytes) keys = {{SectionKind::kProfiles, 0}};
  return Fetch(keys);
}

absl::StatusOr<const SectionReader*> DatasetReader::Find(SectionKind kind, uint32_t part) {
  DOLERITE_RETURN_IF_ERROR(Fetch({{kind, part}}));
  const auto at = loaded_.find({kind, part});
  return at == loaded_.end() ? nullptr : &at->second->reader;
}

absl::StatusOr<const SectionReader*> DatasetReader::Get(SectionKind kind, uint32_t part) {
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Find(kind, part));
  if (section != nullptr) return section;
  return DataLoss(block_.Place(), ": dataset \"", dataset_.summary.name, "\" has no ", NameOf(kind),
                  " section ", part);
}

absl::StatusOr<const ProfileTable*> DatasetReader::Profiles() {
  if (Has(kHasProfiles)) return &tables()->profiles;
  const Key key = {SectionKind::kProfiles, 0};
  const SectionEntry* entry = EntryOf(key);
  if (entry != nullptr && !InSuffix(*entry) && loaded_.count(key) == 0) {
    DOLERITE_RETURN_IF_ERROR(FetchHotPart());
  }
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Get(SectionKind::kProfiles));
  const uint64_t most_samples = MostSamplesFor(stored_, block_.options.limits);
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  DOLERITE_RETURN_IF_ERROR(WithinMemory(
      [&] { return DecodeProfiles(*section, limits(), most_samples, &own->profiles); }));
  DOLERITE_RETURN_IF_ERROR(CheckFooter(own->profiles));
  own->parts |= kHasProfiles;
  DOLERITE_RETURN_IF_ERROR(Done(MemoryOf(own->profiles), "profile table"));
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
  // These two lie side by side: one request.
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

absl::StatusOr<const MergedTables*> DatasetReader::Symbols() {
  if (Has(kHasSymbols)) return &tables()->merged;
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Get(SectionKind::kSymbols));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  dolerite::Symbols& symbols = own->merged.symbols;
  DOLERITE_RETURN_IF_ERROR(DecodeSymbols(*section, limits(), &symbols));
  own->merged.stacks.parent.assign(1, 0);  // the root
  own->merged.stacks.location.assign(1, {});
  own->parts |= kHasSymbols;
  DOLERITE_RETURN_IF_ERROR(Done(symbols.memory_bytes(), "symbols"));
  return &own->merged;
}

void DatasetReader::AddStackKeys(const TypeSet& types, std::vector<Key>* keys) const {
  for (uint32_t type = 0; type < types.size(); ++type) {
    if (types[type] && !HasStacksOf(type)) keys->emplace_back(SectionKind::kStacks, type);
  }
  if (!Has(kHasSymbols)) keys->emplace_back(SectionKind::kSymbols, 0);
}

absl::StatusOr<const MergedTables*> DatasetReader::Stacks(const TypeSet& types) {
  std::vector<Key> keys;
  AddStackKeys(types, &keys);
  if (keys.empty()) return &tables()->merged;
  // Whoever wants stacks wants heads next: one request for both, unless all is here.
  const bool here = std::all_of(keys.begin(), keys.end(), [&](const Key& key) {
    const SectionEntry* entry = EntryOf(key);
    return entry == nullptr || InSuffix(*entry) || loaded_.count(key) > 0;
  });
  if (!here) DOLERITE_RETURN_IF_ERROR(FetchHotPart());
  DOLERITE_RETURN_IF_ERROR(Fetch(keys));
  DOLERITE_RETURN_IF_ERROR(Symbols().status());
  StackMemory memory(tables()->merged.symbols.locations.size());
  for (uint32_t type = 0; type < types.size(); ++type) {
    if (types[type] && !HasStacksOf(type)) DOLERITE_RETURN_IF_ERROR(DecodeStacksOf(type, &memory));
  }
  return &tables()->merged;
}

// Puts the nodes of a type's tree behind those of the types before, below the same root.
absl::Status DatasetReader::DecodeStacksOf(uint32_t type, StackMemory* memory) {
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section, Get(SectionKind::kStacks, type));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  StackTree tree;
  TypeStacks of;
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
  own->stacks.emplace(type, std::move(of));
  return Done(bytes, "stacks");
}

absl::StatusOr<const TypeStacks*> DatasetReader::StacksOf(uint32_t type) {
  if (!HasStacksOf(type)) {
    TypeSet one(type + size_t{1}, 0);
    one[type] = 1;
    DOLERITE_RETURN_IF_ERROR(Stacks(one).status());
  }
  return &tables()->stacks.at(type);
}

absl::StatusOr<const MergedTables*> DatasetReader::Labels() {
  if (Has(kHasLabels)) return &tables()->merged;
  DOLERITE_RETURN_IF_ERROR(Symbols().status());
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* labels, Get(SectionKind::kLabels));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  dolerite::Symbols& symbols = own->merged.symbols;
  DOLERITE_RETURN_IF_ERROR(DecodeLabels(*labels, limits(), symbols.strings.size(), &symbols));
  const size_t bytes = symbols.attributes.size() * 24 + symbols.attribute_sets.items.size() * 4 +
                       symbols.attribute_sets.ends.size() * 8;
  own->parts |= kHasLabels;
  DOLERITE_RETURN_IF_ERROR(Done(bytes, "labels"));
  return &own->merged;
}

absl::StatusOr<const MergedTables*> DatasetReader::Everything() {
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, Profiles());
  return Everything(TypeSet(table->types.size(), 1));
}

absl::StatusOr<const MergedTables*> DatasetReader::Everything(const TypeSet& types) {
  if (Has(kHasAddresses)) return Stacks(types);
  std::vector<Key> keys = {{SectionKind::kAddresses, 0}, {SectionKind::kLabels, 0}};
  AddStackKeys(types, &keys);
  DOLERITE_RETURN_IF_ERROR(Fetch(keys));
  DOLERITE_RETURN_IF_ERROR(Stacks(types).status());
  DOLERITE_RETURN_IF_ERROR(Labels().status());
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* labels, Get(SectionKind::kLabels));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* addresses, Get(SectionKind::kAddresses));
  DOLERITE_ASSIGN_OR_RETURN(DatasetTables * own, Own());
  MergedTables& to = own->merged;
  DOLERITE_RETURN_IF_ERROR(DecodeAddresses(*addresses, limits(), &to));
  if (!AttributesInTables(to.symbols)) {
    return labels->Damaged(Concat("an attribute names a label set outside the ",
                                  to.symbols.attribute_sets.size(), " of the dataset"));
  }
  own->parts |= kHasAddresses;
  DOLERITE_RETURN_IF_ERROR(Done(to.layouts.items.size() * sizeof(LayoutEntry), "layouts"));
  return &to;
}

}  // namespace dolerite
