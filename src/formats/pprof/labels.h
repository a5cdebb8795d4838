// The labels of pprof samples: each once, in sets, each set once.
#ifndef DOLERITE_FORMATS_PPROF_LABELS_H_
#define DOLERITE_FORMATS_PPROF_LABELS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "formats/pprof/message.h"
#include "model/attribute_index.h"

namespace dolerite::pprof {

class LabelReader {
 public:
  // Starts on the labels of another profile, whose strings are there already.
  void Reset(const Input& input);

  // The labels of a sample: first Begin, then Add for each, TakeLink and TakeSet.
  void Begin() { labels_.clear(), may_have_ids_ = false; }
  void Add(StringId key, AttributeKind kind, uint64_t value, StringId unit) {
    const Role role = RoleOf(key);
    may_have_ids_ = may_have_ids_ || role.kind != Role::kNone;
    labels_.push_back({key, unit, value, kind, role});
  }
  // Takes the ids of a span out of the labels. Row 0 if no label holds an id.
  LinkId TakeLink();
  // The row of the set of what is left; these labels get rows, too.
  AttributeSetId TakeSet();

 private:
  // What the labels of a key are to links: of which of the names in the options they are.
  struct Role {
    enum Kind : uint8_t { kUnknown, kNone, kSpan, kTrace } kind = kUnknown;
    uint32_t name = 0;  // row of the list of names
  };
  struct Label {
    StringId key, unit;
    uint64_t value;
    AttributeKind kind;
    Role role;
  };

  Role RoleOf(StringId key) {
    if (key.value < roles_.size() && roles_.data()[key.value].kind != Role::kUnknown) {
      return roles_.data()[key.value];
    }
    return FindRole(key);
  }
  Role FindRole(StringId key);
  const std::vector<std::string>& NamesOf(Role::Kind kind) const;
  bool ReadId(const Label& label, uint8_t* bytes) const;
  bool TakeId(Role::Kind kind, uint8_t* bytes);

  const Input* input_ = nullptr;
  Profile* profile_ = nullptr;
  std::vector<Role> roles_;  // by key
  std::vector<Label> labels_;
  bool may_have_ids_ = false;  // some of the labels
  std::vector<AttributeId> set_;
  AttributeIndex index_{SeedFor(this)};
  LinkIndex links_{SeedFor(&links_)};
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_LABELS_H_
