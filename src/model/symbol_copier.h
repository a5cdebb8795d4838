// Copies rows of symbol tables into the tables of a profile: what is reached, and no more.
#ifndef DOLERITE_MODEL_SYMBOL_COPIER_H_
#define DOLERITE_MODEL_SYMBOL_COPIER_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "dolerite/profile.h"

namespace dolerite {

// Each call gives the row in the profile of a row of the source, and copies it, with all that it
// refers to, at its first use. Row 0 (null or empty) becomes row 0. One copier serves many
// profiles: Start costs nothing once the source's size was seen. Not thread-safe.
class SymbolCopier {
 public:
  // Asked before a copy takes memory. An error ends all copying.
  using Charge = std::function<absl::Status(size_t bytes)>;

  explicit SymbolCopier(Charge charge = {}) : charge_(std::move(charge)) {}

  // Starts anew: no row of `from` is in `to` yet. Both must live until the next Start. `from` may
  // grow meanwhile, but its rows must not change.
  void Start(const Symbols& from, Profile* to);

  StringId String(StringId id) {
    if (id == StringId{}) return id;
    return strings_.Has(id.value) ? StringId{strings_[id.value]} : AddString(id);
  }
  AttributeId Attribute(AttributeId id);
  AttributeSetId AttributeSet(AttributeSetId id) {
    if (id == AttributeSetId{}) return id;
    return sets_.Has(id.value) ? AttributeSetId{sets_[id.value]} : AddAttributeSet(id);
  }
  FunctionId Function(FunctionId id);
  LinkId Link(const Links& links, LinkId id);
  // Copies the mapping with the source's start, unless PlaceMapping gave it another.
  MappingId Mapping(MappingId id) { return PlaceMapping(id, from_->mappings.start[id.value]); }
  // Puts a mapping at `start`, unless it was copied before. The addresses of its locations move
  // with it: merged tables, whose mappings start at 0, become those of a process.
  MappingId PlaceMapping(MappingId id, uint64_t start) {
    if (id == MappingId{}) return id;
    return mappings_.Has(id.value) ? MappingId{mappings_[id.value]} : AddMapping(id, start);
  }
  LocationId Location(LocationId id);
  // Stacks of a source are either lists or nodes of a tree. Those of a tree are copied many at
  // once, column by column, which is several times as fast; `out` gets the row of each. They are
  // not charged.
  StackId Stack(const Lists<LocationId>& stacks, StackId id);
  void Stacks(const StackTree& stacks, std::span<const uint32_t> nodes, std::vector<StackId>* out);

  // Sorts the copied mappings into the order of the source.
  void OrderMappings();
  // The source's rows of the copied mappings.
  const std::vector<MappingId>& mappings() const { return copied_mappings_; }

  // The first error of the charge. Calls after it returned row 0 and copied nothing.
  const absl::Status& status() const { return status_; }

 private:
  // Where a row of the source is in the profile. A slot of an earlier epoch is empty.
  struct Slot {
    uint32_t epoch = 0, row = 0;
  };
  class Placer;
  class RowMap {
   public:
    void Start(size_t rows, uint32_t epoch) {
      if (slots_.size() < rows) slots_.resize(rows);
      epoch_ = epoch;
    }
    void Forget() { slots_.clear(); }
    bool Has(uint32_t row) const { return row < slots_.size() && slots_[row].epoch == epoch_; }
    uint32_t operator[](uint32_t row) const { return slots_[row].row; }
    // The slots of `rows` rows, until one beyond them is set.
    Slot* Slots(size_t rows) {
      if (slots_.size() < rows) slots_.resize(rows);
      return slots_.data();
    }
    uint32_t Set(uint32_t row, uint32_t copy) {
      if (row >= slots_.size()) slots_.resize(row + 1 + slots_.size() / 2);
      slots_[row] = {epoch_, copy};
      return copy;
    }

   private:
    std::vector<Slot> slots_;
    uint32_t epoch_ = 0;
  };

  bool Pay(size_t bytes) {
    if (status_.ok() && charge_) status_ = charge_(bytes);
    return status_.ok();
  }
  // Copy a row that is not copied yet.
  StringId AddString(StringId id);
  AttributeSetId AddAttributeSet(AttributeSetId id);
  MappingId AddMapping(MappingId id, uint64_t start);
  // Writes a stack of a tree behind the items that begin at `begin`; returns their end.
  size_t AddPath(const StackTree& stacks, uint32_t node, size_t begin, Placer* places);
  // Copy the rows in `new_locations_` and `new_functions_`, which have their places already.
  void CopyLocations();
  void CopyLines();
  void CopyFunctions();

  Charge charge_;
  absl::Status status_;
  const Symbols* from_ = nullptr;
  Profile* to_ = nullptr;
  uint32_t epoch_ = 0;
  RowMap strings_, attributes_, sets_, functions_, mappings_, locations_, stacks_, links_;
  std::vector<MappingId> copied_mappings_;
  std::vector<AttributeId> set_;
  std::vector<uint32_t> new_locations_, new_functions_, new_strings_;  // rows of the source
  // Nodes of the stack of a tree that was added last, from the root. Room for those that one stack
  // alone has.
  std::vector<uint32_t> path_, new_nodes_;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_SYMBOL_COPIER_H_
