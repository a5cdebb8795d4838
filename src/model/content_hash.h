// Hashes of table rows that depend on their content alone: equal rows of any two blocks have equal
// hashes.
#ifndef DOLERITE_MODEL_CONTENT_HASH_H_
#define DOLERITE_MODEL_CONTENT_HASH_H_

#include <cstdint>
#include <vector>

#include "model/symbol_merger.h"

namespace dolerite {

struct ContentHashes {
  std::vector<uint64_t> strings, attribute_sets, layouts, stacks;  // by row
};

ContentHashes HashContent(const MergedTables& tables);

}  // namespace dolerite

#endif  // DOLERITE_MODEL_CONTENT_HASH_H_
