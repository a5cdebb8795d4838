// A dataset's tables as bytes: the sections that a block has for them.
#ifndef DOLERITE_QUERY_TABLES_WIRE_H_
#define DOLERITE_QUERY_TABLES_WIRE_H_

#include "model/symbol_merger.h"
#include "query/wire.h"

namespace dolerite {

// The tables are in canonical order.
void EncodeTables(const MergedTables& tables, WireWriter* wire);
// What is wrong is told to the reader.
void DecodeTables(WireReader* wire, MergedTables* tables);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_TABLES_WIRE_H_
