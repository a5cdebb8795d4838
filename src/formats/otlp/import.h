// From a part of a message to a profile with tables of its own.
#ifndef DOLERITE_FORMATS_OTLP_IMPORT_H_
#define DOLERITE_FORMATS_OTLP_IMPORT_H_

#include <cstdint>
#include <vector>

#include "formats/otlp/parts.h"

namespace dolerite::otlp {

// Copies what a part refers to, and no more, row by row at first use; or takes the whole tables,
// for the only part of a message. Keeps its buffers from part to part.
class Importer {
 public:
  Importer(Context& context, Dictionary& dictionary) : context_(context), dictionary_(dictionary) {}

  // For another message, or the tables of the next one.
  void Reset() { mapping_is_used_.clear(); }

  // `further` are attributes beside the part's own.
  absl::Status Import(Part&& part, const std::vector<AttributeId>& further, bool whole,
                      Profile* profile);

  // How many mappings nothing that was imported has used, so that they are lost.
  size_t CountUnusedMappings() const;

 private:
  // Rows here of rows there. Starting anew costs nothing.
  class RowMap {
   public:
    // The place of a row; UINT32_MAX if it has none yet.
    uint32_t& At(uint32_t row, uint32_t epoch) {
      if (row >= slots_.size()) slots_.resize(row + 1 + slots_.size() / 2);
      Slot& slot = slots_[row];
      if (slot.epoch != epoch) slot = {epoch, UINT32_MAX};
      return slot.row;
    }

   private:
    struct Slot {
      uint32_t epoch = 0, row = UINT32_MAX;
    };
    std::vector<Slot> slots_;
  };

  void Charge(size_t bytes) {
    if (status_.ok()) status_ = context_.Charge(bytes);
  }
  // A row that is the same on both sides.
  template <class Tag>
  bool IsSame(Id<Tag> id) const {
    return whole_ || id == Id<Tag>{};
  }
  StringId String(StringId id);
  ValueType Type(const ValueType& type) { return {String(type.type), String(type.unit)}; }
  AttributeId Label(AttributeId id);
  AttributeSetId LabelSet(AttributeSetId id);
  FunctionId Function(FunctionId id);
  LocationId Location(LocationId id);
  StackId Stack(StackId id);
  LinkId Link(LinkId id);
  void Header(const Part& part);
  void Attributes(const Part& part, const std::vector<AttributeId>& further);
  bool TakeAttribute(AttributeId id);
  bool TakeComments(StringId encoded);
  void NoteMapping(MappingId id);
  void TakeTables();
  void TakeSamples(Samples&& samples);
  void Mappings();

  Context& context_;
  Dictionary& dictionary_;
  const Symbols* from_ = nullptr;
  Profile* to_ = nullptr;
  absl::Status status_;
  bool whole_ = false;
  uint32_t epoch_ = 0;
  RowMap strings_, labels_, label_sets_, mappings_, functions_, locations_, stacks_, links_;
  std::vector<uint32_t> used_mappings_;  // of this part
  std::vector<char> mapping_is_used_;    // of all
};

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_IMPORT_H_
