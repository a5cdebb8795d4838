// From a part of a message to a profile with tables of its own.
#ifndef DOLERITE_FORMATS_OTLP_IMPORT_H_
#define DOLERITE_FORMATS_OTLP_IMPORT_H_

#include <cstdint>
#include <vector>

#include "formats/otlp/parts.h"
#include "model/symbol_copier.h"

namespace dolerite::otlp {

// Copies what a part refers to, and no more, row by row at first use; or takes the whole tables,
// for the only part of a message. Keeps its buffers from part to part.
class Importer {
 public:
  Importer(Context& context, Dictionary& dictionary)
      : context_(context), dictionary_(dictionary), copier_([this](size_t bytes) {
          Charge(bytes);
          return status_;
        }) {}
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  // For another message, or the tables of the next one.
  void Reset() { mapping_is_used_.clear(); }

  // `further` attributes come from the resource and the scope.
  absl::Status Import(Part&& part, const std::vector<AttributeId>& further, bool whole,
                      Profile* profile);

  // How many mappings nothing that was imported has used, so that they are lost.
  size_t CountUnusedMappings() const;

 private:
  void Charge(size_t bytes) {
    if (status_.ok()) status_ = context_.Charge(bytes);
  }
  StringId String(StringId id) { return whole_ ? id : copier_.String(id); }
  ValueType Type(const ValueType& type) { return {String(type.type), String(type.unit)}; }
  void Header(const Part& part);
  void Attributes(const Part& part, const std::vector<AttributeId>& further);
  bool TakeAttribute(AttributeId id);
  bool TakeComments(StringId encoded);
  void TakeTables();
  void TakeSamples(Samples&& samples);
  void TakeMappings();

  Context& context_;
  Dictionary& dictionary_;
  const Symbols* from_ = nullptr;
  Profile* to_ = nullptr;
  absl::Status status_;
  bool whole_ = false;  // the profile has the dictionary's tables, so ids stay
  SymbolCopier copier_;
  std::vector<char> mapping_is_used_;  // by row of the dictionary, of all parts
};

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_IMPORT_H_
