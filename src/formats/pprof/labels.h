// The labels of pprof samples: each once, in sets, each set once.
#ifndef DOLERITE_FORMATS_PPROF_LABELS_H_
#define DOLERITE_FORMATS_PPROF_LABELS_H_

#include <cstdint>
#include <vector>

#include "base/checksum.h"
#include "formats/pprof/message.h"
#include "model/attribute_index.h"

namespace dolerite::pprof {

class LabelReader {
 public:
  // Starts on the labels of another profile, whose strings are there already.
  void Reset(const Input& input);

  // The row of a label.
  AttributeId Add(StringId key, AttributeKind kind, uint64_t value, StringId unit);

  // Takes the ids of a span out of the labels of one sample. Row 0 if no label holds an id.
  LinkId TakeLink(std::vector<AttributeId>* labels);

  // The row of a set. Sorts the labels.
  AttributeSetId AddSet(std::vector<AttributeId>* labels);

 private:
  // What a label is to links: of which of the names in the options it is, and whether it has an id.
  struct Role {
    enum Kind : uint8_t { kNone, kSpan, kTrace } kind = kNone;
    bool good = false;
    uint32_t name = 0;  // row of the list of names
  };

  static bool ReadId(const StringTable& strings, AttributeKind kind, uint64_t value,
                     Role::Kind role, uint8_t* bytes);
  Role RoleOf(StringId key, AttributeKind kind, uint64_t value, StringId unit) const;
  bool TakeId(Role::Kind kind, uint8_t* bytes, std::vector<AttributeId>* labels) const;

  const Input* input_ = nullptr;
  Profile* profile_ = nullptr;
  bool has_roles_ = false;
  std::vector<Role> roles_;  // of labels
  AttributeIndex index_{SeedFor(this)};
  LinkIndex links_{SeedFor(&links_)};
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_LABELS_H_
