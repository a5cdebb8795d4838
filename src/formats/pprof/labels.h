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
  // Whether a label holds an id of a span or trace, and whether the id is well formed.
  enum class Role : uint8_t { kNone, kSpan, kBadSpan, kTrace, kBadTrace };

  Role RoleOf(StringId key, AttributeKind kind, uint64_t value, StringId unit) const;
  bool TakeRole(Role good, Role bad, uint8_t* bytes, size_t size, std::vector<AttributeId>* labels);

  const Input* input_ = nullptr;
  Profile* profile_ = nullptr;
  bool has_roles_ = false;
  std::vector<Role> roles_;  // of labels
  AttributeIndex index_{SeedFor(this)};
  LinkIndex links_{SeedFor(&links_)};
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_LABELS_H_
