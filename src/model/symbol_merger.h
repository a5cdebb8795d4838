// Merges the tables of many sources into one set of tables without duplicates.
#ifndef DOLERITE_MODEL_SYMBOL_MERGER_H_
#define DOLERITE_MODEL_SYMBOL_MERGER_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/call_context.h"
#include "dolerite/symbols.h"
#include "model/attribute_index.h"
#include "model/child_index.h"
#include "model/row_set.h"

namespace dolerite {

// Where a process had its mappings: in the profile's order of mappings, the main
// one first, the others by start.
struct LayoutEntry {
  MappingId mapping;
  uint64_t start = 0;

  friend auto operator<=>(const LayoutEntry&, const LayoutEntry&) = default;
};
using LayoutId = Id<struct LayoutTag>;

// Merged tables: `symbols` with addresses relative to their mapping and mappings
// without a start; `layouts` to give the original addresses back.
struct MergedTables {
  Symbols symbols;
  StackTree stacks;
  Lists<LayoutEntry> layouts;
  // Of a dataset that is read for the names of functions alone: the function of each line, by
  // location, instead of lines, which take six times the memory.
  Lists<FunctionId> calls;
};

// Not thread-safe. Equality is always by full comparison; hashes only find candidates.
class SymbolMerger {
 public:
  // Rows of a source's tables as rows of the merged ones.
  struct Remap {
    std::vector<StringId> strings;  // UINT32_MAX for strings that no other table refers to
    std::vector<MappingId> mappings;
    std::vector<FunctionId> functions;
    std::vector<LocationId> locations;
    std::vector<AttributeId> labels;  // UINT32_MAX for labels that no set has
    std::vector<AttributeSetId> attribute_sets;
    LayoutId layout;  // of the source's mappings
  };

  // Some rows of a source's tables.
  struct Rows {
    std::vector<uint32_t> labels, attribute_sets, mappings, functions, locations;
  };

  // Rows of other merged tables as rows of these.
  struct TablesRemap {
    Remap symbols;
    std::vector<StackId> stacks;
    std::vector<LayoutId> layouts;
  };

  SymbolMerger();
  // Back to empty tables; keeps their memory.
  void Clear();

  // Takes all tables of `from`, which are valid (Profile::Validate): those of a
  // profile, or merged tables (whose mappings have start 0 and an instance).
  void Add(const Symbols& from, Remap* remap);
  // The same; not OK only if the host has stopped the call: then some rows were added.
  absl::Status Add(const Symbols& from, Remap* remap, const CallContext& call);

  // Takes some rows of `from`; no mapping or function among them is row 0. All that they refer to
  // is among them or was added with this remap before (UINT32_MAX: a string that was not). The
  // mappings among them make the layout; the first of them is the main one.
  void Add(const Symbols& from, const Rows& rows, Remap* remap);

  // Takes other merged tables whole.
  void Add(const MergedTables& from, TablesRemap* remap);

  // The node of a stack of merged locations, leaf first.
  StackId AddStack(std::span<const LocationId> leaf_first);
  // The nodes of these rows of a source's stacks, whose symbols were added with this remap.
  void AddStacks(const Lists<LocationId>& stacks, std::span<const uint32_t> rows,
                 const Remap& remap, std::vector<StackId>* nodes);
  // Node by node, for sources that have a tree.
  StackId AddChild(StackId parent, LocationId location);
  // Forgets the stacks from this node on: those that were added last.
  void CutStacks(uint32_t end);

  LayoutId AddLayout(std::span<const LayoutEntry> entries);
  StringId AddString(std::string_view bytes);
  AttributeSetId AddLabelSet(std::span<const AttributeId> labels);  // sorts a copy

  const MergedTables& tables() const { return tables_; }
  MergedTables Take() && { return std::move(tables_); }
  size_t memory_bytes() const;

 private:
  StringId FindOrAddString(std::string_view bytes, uint64_t hash);
  StringId MapString(const Symbols& from, StringId id, Remap* remap);
  using RowSpan = std::span<const uint32_t>;
  RowSpan RowsTo(size_t end);
  void NoteLabelsOfSets(const Symbols& from);
  absl::Status MapStringsOf(const Symbols& from, RowSpan functions, Remap* remap,
                            const CallContext& call);
  absl::Status AddLabels(const Symbols& from, RowSpan rows, Remap* remap, const CallContext& call);
  absl::Status AddSets(const Symbols& from, RowSpan rows, Remap* remap, const CallContext& call);
  absl::Status AddMappings(const Symbols& from, RowSpan rows, Remap* remap,
                           const CallContext& call);
  absl::Status AddFunctions(const Symbols& from, RowSpan rows, Remap* remap,
                            const CallContext& call);
  absl::Status AddLocations(const Symbols& from, RowSpan rows, Remap* remap,
                            const CallContext& call);
  absl::Status AddFunctionsAndLocations(const Symbols& from, RowSpan functions, RowSpan locations,
                                        Remap* remap, const CallContext& call);
  absl::Status Recall(const Symbols& from, RowSpan locations, Remap* remap,
                      const CallContext& call);
  absl::Status AddTables(const Symbols& from, Remap* remap, const CallContext& call);
  LayoutId LayoutOf(const Mappings& from, RowSpan rows, const Remap& remap);
  MappingId AddMapping(const Symbols& from, size_t row, uint32_t instance, Remap* remap);
  StackId FindOrAddStack(std::span<const LocationId> leaf_first, uint64_t hash);
  StackId WalkStack(std::span<const LocationId> leaf_first);

  uint64_t seed_;
  MergedTables tables_;
  AttributeIndex attributes_;
  RowSet strings_, mappings_, functions_, locations_, layouts_;
  RowSet by_address_;  // locations below recalled_, for SymbolRecall
  uint32_t recalled_ = 0;
  RowSet stacks_;     // nodes of whole stacks
  ChildIndex nodes_;  // by location
  // Locations and nodes, from the root, of the stack walked last, which has path_depth_ of them:
  // the next walk starts where the two part.
  std::vector<LocationId> path_;
  std::vector<StackId> path_nodes_;
  size_t path_depth_ = 0;
  std::vector<AttributeId> set_;
  std::vector<uint32_t> all_rows_;  // 0, 1, 2, ..: for sources that are taken whole
  // Of the source in hand: labels that sets have, mappings by start, strings to merge, and stacks
  // of merged locations.
  std::vector<uint8_t> has_label_;  // by row
  std::vector<uint32_t> labels_of_sets_;
  std::vector<uint32_t> fresh_functions_, fresh_locations_;  // not recalled
  std::vector<uint32_t> by_start_;
  std::vector<StringId> wanted_;
  Lists<LocationId> stack_;
  std::vector<uint32_t> next_instance_;  // by mapping; 0: not taken by this source
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_SYMBOL_MERGER_H_
