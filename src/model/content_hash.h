// Hashes of table rows that depend on their content alone: equal rows of any two blocks have equal
// hashes.
#ifndef DOLERITE_MODEL_CONTENT_HASH_H_
#define DOLERITE_MODEL_CONTENT_HASH_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "model/symbol_merger.h"

namespace dolerite {

struct ContentHashes {
  std::vector<uint64_t> strings, attribute_sets, layouts, stacks;  // by row
};

// What `call` says once it stops this.
absl::StatusOr<ContentHashes> HashContent(const MergedTables& tables, const CallContext& call);
// The same for callers that nothing stops.
ContentHashes HashContent(const MergedTables& tables);

}  // namespace dolerite

#endif  // DOLERITE_MODEL_CONTENT_HASH_H_
