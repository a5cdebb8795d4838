// Tables that several profiles share, as rows of merged tables.
#ifndef DOLERITE_MODEL_SHARED_REMAP_H_
#define DOLERITE_MODEL_SHARED_REMAP_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "dolerite/profile.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Merges each row of shared tables when a profile reaches it first: a table is looked up once, and
// rows that no profile reaches are not merged. Holds as much as the largest tables have rows; a
// profile costs what it reaches. Not thread-safe.
class SharedRemap {
 public:
  // Makes remap() and node() serve what a profile with a mark reaches: stacks and attributes of its
  // samples, and its own attributes. Rows of the profiles before are known if these had the same
  // mark and merger. The layout is that of the mappings of the stacks, in the order of their table.
  void Add(const Profile& profile, SymbolMerger* merger);

  const SymbolMerger::Remap& remap() const { return remap_; }
  StackId node(StackId stack) const { return nodes_[stack.value]; }

  // To be called before a merger that was used goes or is cleared.
  void Forget();
  size_t memory_bytes() const;

 private:
  void Grow(const Profile& profile);
  bool AddReached(const Profile& profile, SymbolMerger* merger);
  void Reach(const Profile& profile);
  void ReachStack(const Profile& profile, uint32_t stack);
  void ReachLocation(const Symbols& symbols, LocationId location);
  void ReachSet(const Symbols& symbols, AttributeSetId set);
  void NoteStrings(const Symbols& symbols);
  bool NoteRows();

  std::shared_ptr<const void> tables_;  // the mark
  const SymbolMerger* merger_ = nullptr;
  SymbolMerger::Remap remap_;   // UINT32_MAX for rows that are not merged
  std::vector<StackId> nodes_;  // by stack; as above
  SymbolMerger::Rows fresh_;    // what the profile in hand reaches first, but all of its mappings
  std::vector<uint32_t> fresh_stacks_;
  std::vector<StackId> fresh_nodes_;
  // Of the profile in hand: its stacks, and what its mappings were before it.
  std::vector<uint32_t> stacks_;
  std::vector<MappingId> before_;
  std::vector<uint8_t> has_mapping_, has_stack_;  // by row of the tables
  // What is not UINT32_MAX.
  SymbolMerger::Rows known_;
  std::vector<uint32_t> known_stacks_;
  std::vector<StringId> known_strings_;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_SHARED_REMAP_H_
