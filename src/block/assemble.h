// Puts profiles together from merged tables and rows.
#ifndef DOLERITE_BLOCK_ASSEMBLE_H_
#define DOLERITE_BLOCK_ASSEMBLE_H_

#include <span>
#include <string_view>
#include <vector>

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
  // What the tables of a profile hold: with kShared also rows that only earlier profiles use. Most
  // rows of a profile are there already then, and it costs half as much.
  enum class Rows { kOwn, kShared };

  explicit ProfileAssembler(const MergedTables& tables, Rows rows = Rows::kOwn)
      : tables_(tables), rows_(rows) {}

  // Makes `out` a profile that holds the rows and what they reach of the tables, in the memory that
  // it has. All ids of `rows` and `header` lie in the tables. Mappings come in the order of
  // `layout`, and give addresses back as the process saw them. Shared rows: `out` is the same one,
  // unchanged, each time, and types, headers and layouts stay where they are.
  void Assemble(const ProfileType& type, const ProfileHeader& header,
                std::span<const LayoutEntry> layout, SampleRows rows, Profile* out);

 private:
  bool Continues(const ProfileType& type, const ProfileHeader& header,
                 std::span<const LayoutEntry> layout, const Profile& out);
  void MoveMappings(std::span<const LayoutEntry> layout, Profile* out);
  void AddType(const ProfileType& type, Profile* out);
  void AddHeader(const ProfileHeader& header, Profile* out);
  void AddSamples(SampleRows rows, Profile* out);

  const MergedTables& tables_;
  const Rows rows_;
  // Of the profile before.
  const ProfileType* type_ = nullptr;
  const ProfileHeader* header_ = nullptr;
  std::span<const LayoutEntry> layout_;
  SymbolCopier copier_;
  std::vector<uint64_t> moved_;  // by row of the profile's mappings
  LinkIndex links_{SeedFor(this)};
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_ASSEMBLE_H_
