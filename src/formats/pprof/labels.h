// The labels of pprof samples: each once, in sets, each set once.
#ifndef DOLERITE_FORMATS_PPROF_LABELS_H_
#define DOLERITE_FORMATS_PPROF_LABELS_H_

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "dolerite/pprof.h"

namespace dolerite {

class PprofLabels {
 public:
  // Starts on the labels of another profile, whose strings are there already.
  void Reset(const PprofReadOptions& options, Profile* profile);

  // The row of a label.
  AttributeId Add(StringId key, AttributeKind kind, uint64_t value, StringId unit);

  // Takes the ids of a span out of the labels of one sample. Row 0 if they hold none.
  LinkId TakeLink(std::vector<AttributeId>* labels);

  // The row of a set. Sorts the labels.
  AttributeSetId AddSet(std::vector<AttributeId>* labels);

 private:
  // What a label is to links.
  enum class Role : uint8_t { kNone, kSpan, kBadSpan, kTrace, kBadTrace };
  using Content = std::tuple<uint32_t, AttributeKind, uint64_t, uint32_t>;
  using LinkBytes = std::array<uint8_t, 24>;

  Role RoleOf(StringId key, AttributeKind kind, uint64_t value, StringId unit) const;
  Content ContentOf(AttributeId label) const;
  bool SetIs(AttributeSetId set, const std::vector<AttributeId>& labels) const;
  bool TakeRole(Role good, Role bad, uint8_t* bytes, size_t size, std::vector<AttributeId>* labels);

  const PprofReadOptions* options_ = nullptr;
  Profile* profile_ = nullptr;
  uint64_t seed_ = 0;
  bool has_roles_ = false;
  AttributeSetId last_set_;
  std::vector<Role> roles_;  // of labels
  absl::flat_hash_map<Content, uint32_t> labels_;
  // By seeded hash; a set whose place is taken by another goes to the next number.
  absl::flat_hash_map<uint64_t, uint32_t> sets_;
  absl::flat_hash_map<LinkBytes, uint32_t> links_;
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_PPROF_LABELS_H_
