// A dataset's tables as bytes: the sections that a block has for them.
#ifndef DOLERITE_QUERY_ANSWERS_TABLES_WIRE_H_
#define DOLERITE_QUERY_ANSWERS_TABLES_WIRE_H_

#include "model/symbol_merger.h"
#include "query/partial_wire.h"

namespace dolerite {

// The tables are in canonical order.
void EncodeTables(const MergedTables& tables, PartialWriter* wire);
// Errors are set on the reader.
void DecodeTables(PartialReader* wire, MergedTables* tables);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_TABLES_WIRE_H_
