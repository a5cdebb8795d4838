// A dataset's tables as sections: symbols, stacks, addresses and layouts, labels.
// Each Decode reads what the Encode beside it wrote, into tables in canonical order.
#ifndef DOLERITE_BLOCK_SYMBOL_SECTIONS_H_
#define DOLERITE_BLOCK_SYMBOL_SECTIONS_H_

#include "absl/status/status.h"
#include "block/sections.h"
#include "dolerite/limits.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Strings, functions, lines and mappings: all that a flame graph needs to name frames.
EncodedSection EncodeSymbols(const Symbols& symbols, const ColumnOptions& options);
absl::Status DecodeSymbols(const SectionReader& section, const BlockLimits& limits,
                           Symbols* symbols);

EncodedSection EncodeStacks(const StackTree& stacks, size_t locations,
                            const ColumnOptions& options);
absl::Status DecodeStacks(const SectionReader& section, const BlockLimits& limits, size_t locations,
                          StackTree* stacks);

// Addresses, flags and attributes of locations, and where processes had their mappings.
EncodedSection EncodeAddresses(const MergedTables& tables, const ColumnOptions& options);
// After DecodeSymbols into the same tables.
absl::Status DecodeAddresses(const SectionReader& section, const BlockLimits& limits,
                             MergedTables* tables);

EncodedSection EncodeLabels(const Symbols& symbols, const ColumnOptions& options);
absl::Status DecodeLabels(const SectionReader& section, const BlockLimits& limits, size_t strings,
                          Symbols* symbols);

// Whether all attributes name label sets that there are; asked when all tables are there.
bool AttributesInTables(const Symbols& symbols);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_SYMBOL_SECTIONS_H_
