// Puts profiles together from merged tables and rows.
#ifndef DOLERITE_BLOCK_ASSEMBLE_H_
#define DOLERITE_BLOCK_ASSEMBLE_H_

#include <span>
#include <string_view>

#include "base/checksum.h"
#include "block/profile_table.h"
#include "block/sample_rows.h"
#include "dolerite/profile.h"
#include "model/attribute_index.h"
#include "model/symbol_copier.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Makes profiles of one dataset. Between profiles it keeps maps as large as the tables, so that a
// profile costs what it holds, not what the dataset holds. Not thread-safe. The tables must
// outlive it.
class ProfileAssembler {
 public:
  explicit ProfileAssembler(const MergedTables& tables) : tables_(tables) {}

  // Makes `out` a profile that holds the rows and what they reach of the tables, in the memory that
  // it has. All ids of `rows` and `header` lie in the tables. Mappings come in the order of
  // `layout`, and give addresses back as the process saw them.
  void Assemble(const ProfileType& type, const ProfileHeader& header,
                std::span<const LayoutEntry> layout, SampleRows rows, Profile* out);

 private:
  void AddType(const ProfileType& type, Profile* out);
  void AddHeader(const ProfileHeader& header, Profile* out);
  void AddSamples(SampleRows rows, Profile* out);

  const MergedTables& tables_;
  SymbolCopier copier_;
  LinkIndex links_{SeedFor(this)};
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_ASSEMBLE_H_
