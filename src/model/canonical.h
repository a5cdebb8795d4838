// Puts merged tables into canonical order.
#ifndef DOLERITE_MODEL_CANONICAL_H_
#define DOLERITE_MODEL_CANONICAL_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/symbols.h"
#include "model/symbol_merger.h"

namespace dolerite {

// The rows that the owner of merged tables refers to, besides stacks. These rows and all that they
// refer to are kept; others are left out.
struct UsedRows {
  std::vector<char> strings, attribute_sets, layouts;  // by row, 1 = used

  explicit UsedRows(const MergedTables& tables)
      : strings(tables.symbols.strings.size()),
        attribute_sets(tables.symbols.attribute_sets.size()),
        layouts(tables.layouts.size()) {}
};

// Tables sorted by content, so that ids are ranks: strings by bytes; functions by
// (name, system name, file, start line); labels by (key, kind, value, unit); label
// sets and layouts by their items; mappings by (file, build id, offset, size ..);
// locations by (lines from the outermost in, mapping, address ..); stacks in
// pre-order with siblings by location. Null rows stay first.
struct CanonicalTables {
  MergedTables tables;
  // By old row the new one; 0 for rows that were left out.
  std::vector<uint32_t> strings, attribute_sets, layouts, stacks;
};

// Thread-safe: reads `merged` only. Asks `call` on the way and returns what it says once it stops
// this.
absl::StatusOr<CanonicalTables> MakeCanonical(const MergedTables& merged, UsedRows used,
                                              const CallContext& call);
// The same for callers that nothing stops.
CanonicalTables MakeCanonical(const MergedTables& merged, UsedRows used);

}  // namespace dolerite

#endif  // DOLERITE_MODEL_CANONICAL_H_
