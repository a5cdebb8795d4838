// What merging takes out of profiles.
#ifndef DOLERITE_BLOCK_MERGE_RULES_H_
#define DOLERITE_BLOCK_MERGE_RULES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "block/profile_table.h"
#include "dolerite/labels.h"

namespace dolerite {

// What was taken out.
struct MergeDropped {
  uint64_t profiles = 0;      // all whose sample types were dropped
  uint64_t sample_types = 0;  // of profiles that stay
  uint64_t labels = 0;        // of series, and of label sets of samples
  uint64_t bodies = 0;        // profiles that have kept their sums alone

  MergeDropped& operator+=(const MergeDropped& more) {
    profiles += more.profiles, sample_types += more.sample_types;
    labels += more.labels, bodies += more.bodies;
    return *this;
  }
  friend bool operator==(const MergeDropped&, const MergeDropped&) = default;
};

// Profiles keep their ids under rules that change what they say: an id that was derived is stored.
struct MergeRules {
  std::vector<std::string> sample_types;  // dropped, of all profile types
  std::vector<std::string> labels;        // dropped, of series and samples
  bool bodies = false;                    // dropped

  bool change_content() const { return !sample_types.empty() || !labels.empty(); }
  bool DropsLabel(std::string_view name) const;

  // The values of a type that stay.
  std::vector<uint32_t> KeptValues(const ProfileType& type) const;
  // The type and the labels without what is dropped.
  ProfileType Apply(const ProfileType& type) const;
  LabelSet Apply(const LabelSet& series) const;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_MERGE_RULES_H_
