// A dataset's tables as sections: symbols, stacks, addresses and layouts, labels.
// Each Decode reads what the Encode beside it wrote, into tables in canonical order.
#ifndef DOLERITE_BLOCK_SYMBOL_SECTIONS_H_
#define DOLERITE_BLOCK_SYMBOL_SECTIONS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "block/sections.h"
#include "block/stack_codec.h"
#include "dolerite/limits.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Strings, functions, lines and mappings: all that a flame graph needs to name frames.
EncodedSection EncodeSymbols(const Symbols& symbols, const ColumnOptions& options);
// Strings, names of functions, and which functions locations call: the first half of the symbols,
// where locations have calls instead of lines. Returns whether each frame is a call of a function
// that has a name. If not, the second half is needed, too, to name frames by function: after system
// names and mappings.
absl::StatusOr<bool> DecodeNames(const SectionReader& section, const BlockLimits& limits,
                                 MergedTables* tables);
// The second half, after DecodeNames into the same tables: the rest of functions, mappings, and
// lines instead of calls.
absl::Status DecodeSymbols(const SectionReader& section, MergedTables* tables);

// `sampled` are the nodes that samples have as their stack, ascending: all leaves and some others.
EncodedSection EncodeStacks(const StackTree& stacks, StackMemory* memory,
                            const ColumnOptions& options, std::span<const uint32_t> sampled = {},
                            uint32_t part = 0);
absl::Status DecodeStacks(const SectionReader& section, const BlockLimits& limits,
                          StackMemory* memory, StackTree* stacks);
absl::Status DecodeSampledStacks(const SectionReader& section, const StackTree& stacks,
                                 std::vector<uint32_t>* sampled);

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
