// The way from the bytes of a dataset to its tables, for one operation:
//
//   Fetch     sections that are asked for, from the suffix that was read at open or by one ReadMany
//   Load      size and checksum, one frame over the whole section if it has one, the directory
//   Profiles, Symbols, Stacks, Labels, Everything
//             decode a section into DatasetTables, once; columns are decoded when they are read
//
// Symbols and labels, which need several sections, are in dataset_tables.cc.
//
// Tables of the block's cache are shared and never changed. Own() copies them before the first new
// part is decoded; the destructor offers the larger tables to the cache. Memory is counted twice,
// against what the dataset may decode to and against the operation's budget, before it is
// allocated.
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

// What is kept for a section beside its bytes.
constexpr size_t kSectionBytes = 256;

// What a loaded section takes: its bytes as stored, and as decoded if it is one frame. Both are
// counted for every section, so this is an upper bound.
size_t MemoryOf(const SectionEntry& entry) { return entry.stored + entry.decoded + kSectionBytes; }

}  // namespace

// Every message about a section names the block, the kind, the part if it is not 0, and the offset.
std::string BlockReader::Internal::Place() const { return Concat("block ", key); }

std::string BlockReader::Internal::Place(const SectionEntry& section) const {
  std::string place = Concat(Place(), ": ", NameOf(section.kind), " section");
  if (section.part > 0) place += Concat(" ", section.part);
  return Concat(place, " at offset ", section.offset);
}

// A host that stops a call makes the store fail in some way of its own. The host's status is the
// answer then, not the store's.
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

// The dataset's size in the block: bounds of memory and rows grow with it.
size_t AllStoredBytes(const BlockReader::Internal& block, const FooterDataset& dataset) {
  size_t stored = 0;
  for (const SectionEntry& entry : block.footer.SectionsOf(dataset)) stored += entry.stored;
  return stored;
}

}  // namespace

// Sections and columns take from the dataset's allowance and from the operation's budget; answers
// take from the budget alone.
DatasetReader::DatasetReader(const BlockReader::Internal& block, size_t dataset, IoCost* cost)
    : block_(block),
      dataset_(block.footer.datasets[dataset]),
      cost_(cost),
      stored_(AllStoredBytes(block, dataset_)),
      allowance_(DecodeMemoryFor(stored_, block.footer.datasets.size(), block.options.limits)),
      held_(&allowance_, cost->memory),
      columns_(&allowance_, cost->memory),
      answer_(cost->memory),
      zstd_(cost->call, &held_),
      index_(dataset) {
  if (block.tables != nullptr) shared_ = block.tables->Find(dataset);
}

// Tables with a part that failed to decode are thrown away: their rows cannot be trusted.
DatasetReader::~DatasetReader() {
  if (block_.tables == nullptr || own_ == nullptr || unfinished_ || failed_) return;
  block_.tables->Offer(index_, std::move(own_));
}

// Tables to decode into. A cached copy is duplicated once: other threads may be reading it.
absl::StatusOr<DatasetTables*> DatasetReader::Own() {
  if (own_ == nullptr && shared_ != nullptr) {
    DOLERITE_RETURN_IF_ERROR(Hold(shared_->bytes, "tables"));
    own_ = std::make_shared<DatasetTables>(*shared_);
  }
  if (own_ == nullptr) own_ = std::make_shared<DatasetTables>();
  failed_ |= unfinished_;
  unfinished_ = true;
  return own_.get();
}

// The columns of a part are no longer needed when its table is made, so their memory is given back
// before the table's is taken. The part is there once its memory is counted.
absl::Status DatasetReader::Done(TableParts part, size_t bytes, std::string_view what) {
  ReleaseColumns();
  DOLERITE_RETURN_IF_ERROR(Hold(bytes, what));
  own_->bytes += bytes;
  own_->parts |= part;
  unfinished_ = false;
  return absl::OkStatus();
}

// The block's place is made up only for an error: answers ask for each of their rows.
absl::Status DatasetReader::Hold(size_t bytes, std::string_view what) {
  const absl::Status status = held_.Take(bytes, what);
  return status.ok() ? status : Annotate(status, block_.Place());
}

absl::Status DatasetReader::HoldAnswer(size_t bytes, std::string_view what) {
  const absl::Status status = answer_.Take(bytes, what);
  return status.ok() ? status : Annotate(status, block_.Place());
}

// Decoders check counts against these limits before they allocate. So the memory that is left, at
// 32 bytes a row, bounds the rows that a hostile count can claim.
BlockLimits DatasetReader::limits() const {
  constexpr size_t kRowBytes = 32;  // of a table, while it is decoded
  BlockLimits limits = block_.options.limits;
  limits.section_rows = std::min(limits.section_rows, held_.left() / kRowBytes);
  limits.section_bytes = std::min(limits.section_bytes, held_.left());
  return limits;
}

// Callers report their whole size each time; only growth is taken from the budget.
absl::Status DatasetReader::HoldAtMost(size_t bytes, std::string_view what) {
  if (bytes <= held_growing_) return absl::OkStatus();
  DOLERITE_RETURN_IF_ERROR(HoldAnswer(bytes - held_growing_, what));
  held_growing_ = bytes;
  return absl::OkStatus();
}

// Makes a section readable. Size and checksum come first: nothing else looks at bytes that may be
// damaged. A forged checksum passes, so everything behind it checks again.
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
  // `plain` views the slice, or the decoded copy. Both live in `loaded` as long as the reader does.
  std::string_view plain = loaded->slice.bytes;
  if (entry.encoding == SectionEncoding::kZstd) {
    loaded->plain.resize(entry.decoded);
    const absl::Status status = zstd_.Decompress(plain, entry.decoded, loaded->plain.data());
    if (!status.ok()) DOLERITE_RETURN_IF_ERROR(Check());
    DOLERITE_RETURN_IF_ERROR(Annotate(status, place));
    plain = loaded->plain;
  } else if (entry.encoding != SectionEncoding::kPlain) {
    return Unimplemented(place, ": unknown encoding ", static_cast<int>(entry.encoding),
                         "; the block was written by a newer version of the library");
  } else if (entry.decoded != entry.stored) {
    return DataLoss(place, ": sizes differ, but it is not compressed");
  }
  // The directory is charged to the lease of columns, which is released between tables. It stays as
  // long as the section, so it moves to the other lease.
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

// Memory for all sections is taken before the request goes out. What is still counted as waiting
// after a failure was never loaded and is returned here.
absl::Status DatasetReader::Fetch(const std::vector<Key>& keys) {
  size_t waiting = 0;  // memory that is counted for sections that are not loaded
  absl::Status status = Fetch(keys, &waiting);
  held_.Return(waiting);
  return status;
}

// Phase 1: sections of the suffix are loaded at once; ranges of the others are collected. Phase 2:
// one ReadMany brings those.
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
    if (block_.InSuffix(*entry)) {
      DOLERITE_RETURN_IF_ERROR(load(*entry, {block_.FromSuffix(*entry), block_.suffix.owner}));
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

// Keys that the dataset lacks count nothing.
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
    if (!ComesAlong(entry.kind)) continue;
    keys.emplace_back(entry.kind, entry.part);
    bytes += entry.stored;
  }
  if (bytes > kHotPartBytes) keys = {{SectionKind::kProfiles, 0}};
  return Fetch(keys);
}

// A pointer into `loaded_` stays valid until Drop: the map's values are allocated one by one.
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

}  // namespace dolerite
