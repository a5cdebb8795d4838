// Fetches and decodes the sections of one dataset, as one operation needs them.
#ifndef DOLERITE_BLOCK_DATASET_READER_H_
#define DOLERITE_BLOCK_DATASET_READER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "block/footer.h"
#include "block/profile_table.h"
#include "block/sections.h"
#include "dolerite/block_reader.h"
#include "dolerite/object_store.h"
#include "model/symbol_merger.h"

namespace dolerite {

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

  // "block KEY", for messages.
  std::string Place() const;
  std::string Place(const SectionEntry& section) const;
};

struct IoCost {
  uint64_t requests = 0;
  uint64_t bytes = 0;
};

// Used by one operation, not thread-safe. Sections stay until it is destroyed, and every
// checksum is verified when its section comes in.
class DatasetReader {
 public:
  DatasetReader(const BlockReader::Internal& block, size_t dataset, IoCost* cost)
      : block_(block), dataset_(block.footer.datasets[dataset]), cost_(cost) {}

  // Sections by kind and part; those of a kind without parts have part 0.
  using Key = std::pair<SectionKind, uint32_t>;

  // Brings in what is not there yet, in as few requests as the store likes. Keys that
  // the dataset does not have are passed over.
  absl::Status Fetch(const std::vector<Key>& keys, IoPurpose purpose);

  // One section, fetched if need be; null if the dataset has none.
  absl::StatusOr<const SectionReader*> Find(SectionKind kind, uint32_t part = 0);
  // The same, but DataLoss if there is none.
  absl::StatusOr<const SectionReader*> Get(SectionKind kind, uint32_t part = 0);

  // Decoded tables, kept.
  absl::StatusOr<const ProfileTable*> Profiles();
  absl::StatusOr<const MergedTables*> Symbols();     // strings, functions, lines, mappings
  absl::StatusOr<const MergedTables*> Stacks();      // and these
  absl::StatusOr<const MergedTables*> Everything();  // and addresses, layouts, labels

  const BlockReader::Internal& block() const { return block_; }
  const Limits& limits() const { return block_.options.limits; }
  const FooterDataset& footer() const { return dataset_; }

 private:
  struct Loaded {
    Slice slice;
    std::string plain;
    SectionReader reader;
  };

  const SectionEntry* EntryOf(const Key& key) const;
  bool InSuffix(const SectionEntry& entry) const;
  absl::Status Load(const SectionEntry& entry, Slice slice);
  absl::Status FetchHotPart();

  const BlockReader::Internal& block_;
  const FooterDataset& dataset_;
  IoCost* cost_;
  FrameDecoder zstd_;
  std::map<Key, std::unique_ptr<Loaded>> loaded_;
  std::optional<ProfileTable> profiles_;
  MergedTables tables_;
  bool has_symbols_ = false, has_stacks_ = false, has_everything_ = false;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_READER_H_
