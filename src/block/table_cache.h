// The decoded tables of a block that its reader keeps for later operations.
#ifndef DOLERITE_BLOCK_TABLE_CACHE_H_
#define DOLERITE_BLOCK_TABLE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "block/profile_table.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Which of a dataset's tables are decoded.
enum TableParts : uint8_t {
  kHasProfiles = 1,
  kHasNames = 16,   // of the symbols: strings, names of functions, functions of lines
  kHasSymbols = 2,  // all of them
  kHasLabels = 4,
  kHasAddresses = 8,
};

// The stacks of one profile type, as nodes of the dataset's stack tree.
struct TypeStacks {
  uint32_t begin = 0, end = 0;  // all its nodes but the root, which types share
  std::vector<uint32_t> ids;    // by the id that samples have: the node
};

// Tables of one dataset. Immutable once they are shared. The tree of stacks joins the trees of the
// types that were asked for so far below one root: it is in pre-order, but in canonical order only
// within a type.
struct DatasetTables {
  ProfileTable profiles;
  MergedTables merged;
  std::map<uint32_t, TypeStacks> stacks;  // by row of types
  uint8_t parts = 0;                      // of TableParts: the others are empty
  size_t bytes = 0;                       // about what they take in memory

  bool Has(TableParts part) const { return (parts & part) != 0; }
  // Whether a part or the stacks of a type are here that `other` lacks.
  bool HasMoreThan(const DatasetTables& other) const;
};

// Keeps tables as long as all fit the budget together; those that came first stay. Thread-safe.
class TableCache {
 public:
  explicit TableCache(size_t budget) : budget_(budget) {}

  // Null if none are kept of this dataset.
  std::shared_ptr<const DatasetTables> Find(size_t dataset) const;
  // Keeps `tables` if they fit, and hold all that those kept of the dataset hold and more.
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
