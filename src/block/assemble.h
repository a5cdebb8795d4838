// Puts a profile together from merged tables and rows.
#ifndef DOLERITE_BLOCK_ASSEMBLE_H_
#define DOLERITE_BLOCK_ASSEMBLE_H_

#include <span>
#include <vector>

#include "block/profile_table.h"
#include "block/sample_rows.h"
#include "dolerite/profile.h"
#include "model/symbol_merger.h"

namespace dolerite {

// A profile that holds the rows and what of the tables they reach. All ids of `rows`
// and `header` lie in the tables. Mappings come in the order of `layout`, and give
// addresses back as the process saw them.
Profile AssembleProfile(const MergedTables& tables, const ProfileType& type,
                        const ProfileHeader& header, std::span<const LayoutEntry> layout,
                        const SampleRows& rows);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_ASSEMBLE_H_
