// From a part of a message to a profile with tables of its own.
#ifndef DOLERITE_FORMATS_OTLP_IMPORT_H_
#define DOLERITE_FORMATS_OTLP_IMPORT_H_

#include <cstdint>
#include <vector>

#include "formats/otlp_parts.h"

namespace dolerite::otlp {

// Copies what a part refers to, and no more, row by row at first use. Keeps its
// buffers from part to part.
class Importer {
 public:
  Importer(Context& context, const Dictionary& dictionary)
      : context_(context), dictionary_(dictionary), from_(dictionary.symbols()) {}

  // `further` are attributes beside the part's own. With all_mappings, those that no location is
  // in come along.
  absl::Status Import(const Part& part, const std::vector<LabelId>& further, bool all_mappings,
                      Profile* profile);

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
  StringId String(StringId id);
  ValueType Type(const ValueType& type) { return {String(type.type), String(type.unit)}; }
  LabelId Label(LabelId id);
  LabelSetId LabelSet(LabelSetId id);
  FunctionId Function(FunctionId id);
  LocationId Location(LocationId id);
  StackId Stack(StackId id);
  LinkId Link(LinkId id);
  void Header(const Part& part);
  void Attributes(const Part& part, const std::vector<LabelId>& further);
  bool TakeAttribute(LabelId id);
  bool TakeComments(StringId encoded);
  void TakeSamples(const Part& part);
  void Mappings(bool all);

  Context& context_;
  const Dictionary& dictionary_;
  const Symbols& from_;
  Profile* to_ = nullptr;
  absl::Status status_;
  uint32_t epoch_ = 0;
  RowMap strings_, labels_, label_sets_, functions_, locations_, stacks_, links_;
  std::vector<uint32_t> used_mappings_;
};

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_IMPORT_H_
