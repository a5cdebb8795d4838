// Fetches and decodes the sections of one dataset, as one operation needs them.
#ifndef DOLERITE_BLOCK_DATASET_READER_H_
#define DOLERITE_BLOCK_DATASET_READER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/memory_budget.h"
#include "block/footer.h"
#include "block/link_filter.h"
#include "block/profile_table.h"
#include "block/sections.h"
#include "block/table_cache.h"
#include "dolerite/block_reader.h"
#include "dolerite/object_store.h"
#include "model/symbol_merger.h"

namespace dolerite {

class StackMemory;

// What an open block keeps: immutable, shared by threads.
struct BlockReader::Internal {
  const ObjectStore* store = nullptr;  // none for a block in memory: the suffix is all of it
  std::string key, version;
  Options options;
  Slice suffix;  // the block's last bytes
  uint64_t suffix_offset = 0;
  uint64_t footer_offset = 0;
  Footer footer;
  BlockSummary summary;
  std::unique_ptr<TableCache> tables;  // null: off

  // "block KEY", for messages.
  std::string Place() const;
  std::string Place(const SectionEntry& section) const;

  // The suffix ends with the block, so a section that begins in it lies in it wholly.
  bool InSuffix(const SectionEntry& section) const { return section.offset >= suffix_offset; }
  // The stored bytes of a section that is in it.
  std::string_view FromSuffix(const SectionEntry& section) const {
    return suffix.bytes.substr(section.offset - suffix_offset, section.stored);
  }

  // What opening took: the suffix, and where the footer is longer, that with one more request.
  struct Opening {
    uint64_t requests, bytes;
  };
  Opening CostOfOpening() const {
    const uint64_t read = suffix.bytes.size(), footer_bytes = summary.bytes - footer_offset;
    return footer_bytes <= read ? Opening{1, read} : Opening{2, read + footer_bytes};
  }

  CallOptions Reading(const CallContext& call) const { return {call, version}; }
  // The status that a call returns after an error: the status of call.check if the host has stopped
  // the call, else `status` with the block's place before its message.
  absl::Status Failed(const absl::Status& status, const CallContext& call) const;
};

// The library's way into a reader.
struct BlockAccess {
  static const BlockReader::Internal& Of(const BlockReader& block) { return *block.internal_; }
};

// Rows of types, those that are in it set.
using TypeSet = std::vector<char>;

struct IoCost {
  uint64_t requests = 0;
  uint64_t bytes = 0;
  std::map<SectionKind, uint64_t> section_bytes;  // stored ones, of what was looked at
  MemoryBudget* memory = nullptr;                 // null: not bounded
  const CallContext* call = nullptr;              // null: cannot be stopped, has no purpose
};

// Up to this size the hot part of a dataset is fetched with the first table that is not in the
// suffix, but for filters of links, which few queries need.
inline constexpr uint64_t kHotPartBytes = 16 << 20;
inline bool ComesAlong(SectionKind kind) {
  return kind >= SectionKind::kHeads && kind != SectionKind::kLinkFilter;
}

// Used by one operation, not thread-safe. Sections stay until it is destroyed, and every
// checksum is verified when its section comes in.
//
// All memory is taken from two budgets before it is made: what the dataset may decode to for its
// size (decode_bounds.h), and IoCost::memory. Sections and tables hold it
// for as long as the reader lives; columns until the next table or chunk is read.
class DatasetReader {
 public:
  DatasetReader(const BlockReader::Internal& block, size_t dataset, IoCost* cost);
  // Offers the tables to the block's cache.
  ~DatasetReader();
  DatasetReader(const DatasetReader&) = delete;
  DatasetReader& operator=(const DatasetReader&) = delete;

  // Sections by kind and part; those of a kind without parts have part 0.
  using Key = std::pair<SectionKind, uint32_t>;

  // Brings in what is not there yet, in as few requests as the store likes. Keys that
  // the dataset does not have are passed over.
  absl::Status Fetch(const std::vector<Key>& keys);
  // Forgets sections that will not be asked for again, and gives their memory back.
  void Drop(const std::vector<Key>& keys);
  // Bytes of these sections in the block.
  uint64_t StoredBytes(const std::vector<Key>& keys) const;

  // One section, fetched if need be; null if the dataset has none.
  absl::StatusOr<const SectionReader*> Find(SectionKind kind, uint32_t part = 0);
  // The same, but DataLoss if the section is missing.
  absl::StatusOr<const SectionReader*> Get(SectionKind kind, uint32_t part = 0);

  // Decoded tables, kept until the reader is destroyed. A pointer shows the parts that were asked
  // for before it was given; later parts may come in another copy, with the same rows.
  absl::StatusOr<const ProfileTable*> Profiles();
  // Each profile type has a stack tree of its own: stacks are there of the types that were asked
  // for, as parts of one tree (table_cache.h).
  // Names are what frames by function need: strings, names of functions, and calls. Symbols are
  // lines instead of calls, files and mappings, too. Where some frame has no function with a name,
  // names are symbols.
  absl::StatusOr<const MergedTables*> Names();
  absl::StatusOr<const MergedTables*> Symbols();
  absl::StatusOr<const MergedTables*> Stacks(const TypeSet& types);  // names, and stacks of types
  absl::StatusOr<const MergedTables*> Labels();                      // names, and samples' labels
  // Symbols, stacks of types, labels, addresses and layouts.
  absl::StatusOr<const MergedTables*> Everything(const TypeSet& types);
  absl::StatusOr<const MergedTables*> Everything();  // with stacks of all types
  // The stacks of one type. The pointer stays valid until another type is asked for.
  absl::StatusOr<const TypeStacks*> StacksOf(uint32_t type);

  // Appends the sections of names and of these types' stacks, but for those that are decoded, so
  // that their bytes are not needed.
  void AddStackKeys(const TypeSet& types, std::vector<Key>* keys) const;
  bool HasLabels() const { return Has(kHasLabels); }

  // For each chunk, whether it may hold samples of these traces and spans: has links, and is not
  // ruled out by its filter. Reads no heads, if it is asked first.
  absl::StatusOr<std::vector<char>> ChunksWithLinks(const LinkIds& ids);
  // Null if the dataset has none.
  absl::StatusOr<const LinkFilters*> Filters();

  // From now on nothing comes along that was not asked for: for look-ups of little.
  void FetchSparingly() { sparing_ = true; }
  // Counts memory for as long as the reader lives, before it is taken.
  absl::Status Hold(size_t bytes, std::string_view what);
  // Counts memory of an answer in the making, for as long: against IoCost::memory alone, since
  // what a dataset may decode to says nothing about answers.
  absl::Status HoldAnswer(size_t bytes, std::string_view what);
  // The same for what grows: `bytes` in all, of whatever asks for this.
  absl::Status HoldAtMost(size_t bytes, std::string_view what);
  // Columns that were read so far are no longer in use.
  void ReleaseColumns() { columns_.Release(); }

  // What the host gave to the call.
  const CallContext& call() const;
  // Not OK once the host has stopped the call: ask every 10 ms of work. Reading a column of a
  // section asks too.
  absl::Status Check() const { return call().Check(); }

  const BlockReader::Internal& block() const { return block_; }
  // The block's limits, and tighter ones where little memory is left: what decoders make of
  // few bytes is bounded before it is counted.
  BlockLimits limits() const;
  const FooterDataset& footer() const { return dataset_; }

 private:
  struct Loaded {
    Slice slice;
    std::string plain;
    SectionReader reader;
    size_t held = 0;  // bytes of memory that are counted for it
  };

  const SectionEntry* EntryOf(const Key& key) const { return block_.footer.Find(dataset_, key); }
  std::span<const SectionEntry> Sections() const { return block_.footer.SectionsOf(dataset_); }
  absl::Status CheckFooter(const ProfileTable& table) const;
  absl::Status Fetch(const std::vector<Key>& keys, size_t* waiting);
  absl::Status Load(const SectionEntry& entry, Slice slice);
  absl::Status FetchHotPart();

  // All tables that there are so far.
  const DatasetTables* tables() const { return own_ != nullptr ? own_.get() : shared_.get(); }
  bool Has(TableParts part) const { return tables() != nullptr && tables()->Has(part); }
  bool HasStacksOf(uint32_t type) const {
    return tables() != nullptr && tables()->stacks.count(type) > 0;
  }
  absl::Status DecodeStacksOf(uint32_t type, StackMemory* memory);
  // Tables to decode a part into. Those of the cache are shared, so they are copied first.
  absl::StatusOr<DatasetTables*> Own();
  // Ends the decoding of a part that takes `bytes`; of stacks, which are no part, {}.
  absl::Status Done(TableParts part, size_t bytes, std::string_view what);

  const BlockReader::Internal& block_;
  const FooterDataset& dataset_;
  IoCost* cost_;
  uint64_t stored_;  // bytes of the dataset's sections
  MemoryBudget allowance_;
  MemoryLease held_, columns_, answer_;
  size_t held_growing_ = 0;
  bool sparing_ = false;
  FrameDecoder zstd_;
  std::map<Key, std::unique_ptr<Loaded>> loaded_;
  size_t index_ = 0;                             // of the dataset
  std::shared_ptr<const DatasetTables> shared_;  // as the cache had them; null if it had none
  std::shared_ptr<DatasetTables> own_;           // null while the shared ones suffice
  bool unfinished_ = false;                      // a part of own_ is being decoded
  bool failed_ = false;                          // own_ holds rows of a part that failed
  std::optional<LinkFilters> filters_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_READER_H_
