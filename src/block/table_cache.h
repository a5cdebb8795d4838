// The decoded tables of a block that its reader keeps for later operations.
#ifndef DOLERITE_BLOCK_TABLE_CACHE_H_
#define DOLERITE_BLOCK_TABLE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "block/profile_table.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Which of a dataset's tables are decoded.
enum TableParts : uint8_t {
  kHasProfiles = 1,
  kHasSymbols = 2,
  kHasStacks = 4,
  kHasLabels = 8,
  kHasEverything = 16,
};

// Tables of one dataset. Immutable once they are shared.
struct DatasetTables {
  ProfileTable profiles;
  MergedTables merged;
  uint8_t parts = 0;  // of TableParts: the others are empty
  size_t bytes = 0;   // about what they take in memory

  bool Has(TableParts part) const { return (parts & part) != 0; }
};

// Keeps tables as long as all fit the budget together; those that came first stay. Thread-safe.
class TableCache {
 public:
  explicit TableCache(size_t budget) : budget_(budget) {}

  // Null if none are kept of this dataset.
  std::shared_ptr<const DatasetTables> Find(size_t dataset) const;
  // Keeps `tables` if they fit and hold a part that those kept of the dataset lack.
  void Offer(size_t dataset, std::shared_ptr<const DatasetTables> tables);

  size_t bytes() const;

 private:
  const size_t budget_;
  mutable std::mutex mutex_;
  std::map<size_t, std::shared_ptr<const DatasetTables>> kept_;  // under mutex_, as bytes_
  size_t bytes_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_TABLE_CACHE_H_
