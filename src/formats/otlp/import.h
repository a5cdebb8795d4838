// Makes a profile of a part of a message. Its ids are rows of the dictionary.
#ifndef DOLERITE_FORMATS_OTLP_IMPORT_H_
#define DOLERITE_FORMATS_OTLP_IMPORT_H_

#include <cstdint>
#include <vector>

#include "formats/otlp/parts.h"

namespace dolerite::otlp {

class Importer {
 public:
  Importer(Context& context, Dictionary& dictionary) : context_(context), dictionary_(dictionary) {}
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  // `further` attributes come from the resource and the scope. The profile has no tables.
  absl::Status Import(Part&& part, const std::vector<AttributeId>& further, Profile* profile);

 private:
  void Charge(size_t bytes) {
    if (status_.ok()) status_ = context_.Charge(bytes);
  }
  void Header(const Part& part);
  void Attributes(const Part& part, const std::vector<AttributeId>& further);
  bool TakeAttribute(AttributeId id);
  bool TakeComments(StringId encoded);
  void TakeSamples(Samples&& samples);

  Context& context_;
  Dictionary& dictionary_;
  Profile* to_ = nullptr;
  absl::Status status_;
};

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_IMPORT_H_
