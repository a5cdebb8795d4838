// Tables travel as the sections that a block would have of them, so that they are as small, and one
// decoder reads both.
#include "query/answers/tables_wire.h"

#include <functional>

#include "block/decode_bounds.h"
#include "block/symbol_sections.h"
#include "dolerite/limits.h"
#include "encoding/zstd_frame.h"

namespace dolerite {

namespace {

// Writes: whether it is compressed, its decoded size, its bytes.
void EncodeSection(const EncodedSection& section, PartialWriter* wire) {
  (*wire)(section.encoding == SectionEncoding::kZstd, section.decoded_bytes, section.bytes);
}

using DecodeInto = std::function<absl::Status(const SectionReader&, const BlockLimits&)>;

// What a table decodes to is bounded by its stored bytes, as in a block.
// The section reader has the same checks as for a block, so a hostile partial can take no more
// memory than a hostile block of its size.
absl::Status Decode(SectionKind kind, std::string_view stored, bool compressed, uint64_t decoded,
                    const DecodeInto& decode) {
  const BlockLimits limits;
  DOLERITE_RETURN_IF_ERROR(CheckLimit("tables: bytes", decoded, limits.section_bytes));
  MemoryBudget budget(DecodeMemoryFor(stored.size(), 1, limits));
  MemoryLease memory(&budget);
  FrameDecoder zstd;
  std::string plain;
  if (compressed) {
    DOLERITE_RETURN_IF_ERROR(memory.Take(decoded, "tables"));
    plain.resize(decoded);
    DOLERITE_RETURN_IF_ERROR(zstd.Decompress(stored, decoded, plain.data()));
    stored = plain;
  }
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader section,
                            SectionReader::Open(kind, stored, "tables", &zstd, &memory));
  return decode(section, limits);
}

// An error of a section is one of the partial.
void DecodeSection(SectionKind kind, PartialReader* wire, const DecodeInto& decode) {
  bool compressed = false;
  uint64_t decoded = 0;
  std::string stored;
  (*wire)(compressed, decoded, stored);
  if (!wire->ok()) return;
  const absl::Status status = Decode(kind, stored, compressed, decoded, decode);
  if (!status.ok()) wire->Fail(ToStd(status.message()));
}

}  // namespace

// The tables are canonical, as sections need them.
void EncodeTables(const MergedTables& tables, PartialWriter* wire) {
  const ColumnOptions options;
  EncodeSection(EncodeSymbols(tables.symbols, options), wire);
  StackMemory memory(tables.symbols.locations.size());
  EncodeSection(EncodeStacks(tables.stacks, &memory, options), wire);
  EncodeSection(EncodeLabels(tables.symbols, options), wire);
  EncodeSection(EncodeAddresses(tables, options), wire);
}

// Sections in the order in which they refer to each other: each is checked against those before.
void DecodeTables(PartialReader* wire, MergedTables* tables) {
  Symbols& symbols = tables->symbols;
  DecodeSection(SectionKind::kSymbols, wire,
                [&](const SectionReader& section, const BlockLimits& limits) -> absl::Status {
                  DOLERITE_RETURN_IF_ERROR(DecodeNames(section, limits, tables).status());
                  return DecodeSymbols(section, tables);
                });
  DecodeSection(SectionKind::kStacks, wire,
                [&](const SectionReader& section, const BlockLimits& limits) {
                  StackMemory memory(symbols.locations.size());
                  return DecodeStacks(section, limits, &memory, &tables->stacks);
                });
  DecodeSection(SectionKind::kLabels, wire,
                [&](const SectionReader& section, const BlockLimits& limits) {
                  return DecodeLabels(section, limits, symbols.strings.size(), &symbols);
                });
  DecodeSection(SectionKind::kAddresses, wire,
                [&](const SectionReader& section, const BlockLimits& limits) {
                  return DecodeAddresses(section, limits, tables);
                });
  if (wire->ok() && !AttributesInTables(symbols)) wire->Fail("attributes without a label set");
}

}  // namespace dolerite
