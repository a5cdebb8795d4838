// What a profile measures.
#ifndef DOLERITE_PROFILE_TYPE_H_
#define DOLERITE_PROFILE_TYPE_H_

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "dolerite/export.h"

namespace dolerite {

// One kind of profile: what is measured and in which units.
struct DOLERITE_EXPORT ProfileType {
  struct Value {
    std::string type, unit;
    friend auto operator<=>(const Value&, const Value&) = default;
  };
  std::string name;  // as in "cpu", "heap"
  std::vector<Value> sample_types;
  std::string default_sample_type;  // "" if the profiles do not say
  Value period_type;

  // Rows of sample_types that `sample_type` names: "name", "name/unit" or "/unit". A unit that no
  // row spells so finds those of its dimension. "" finds one row: the default one (the last of
  // several with its name), else the last.
  std::vector<size_t> Find(std::string_view sample_type) const;
  friend auto operator<=>(const ProfileType&, const ProfileType&) = default;
};

// A profile's sums, one for each sample type of its profile type. Most types have one or two, which
// take no memory of their own: a list may have a million profiles.
using ProfileTotals = absl::InlinedVector<int64_t, 2>;

}  // namespace dolerite

#endif  // DOLERITE_PROFILE_TYPE_H_
