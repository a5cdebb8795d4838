#include "block/merge_rules.h"

#include <algorithm>

namespace dolerite {

namespace {

bool IsIn(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool MergeRules::DropsLabel(std::string_view name) const { return IsIn(labels, name); }

std::vector<uint32_t> MergeRules::KeptValues(const ProfileType& type) const {
  std::vector<uint32_t> kept;
  for (uint32_t v = 0; v < type.sample_types.size(); ++v) {
    if (!IsIn(sample_types, type.sample_types[v].type)) kept.push_back(v);
  }
  return kept;
}

ProfileType MergeRules::Apply(const ProfileType& type) const {
  ProfileType out = type;
  out.sample_types.clear();
  for (uint32_t v : KeptValues(type)) out.sample_types.push_back(type.sample_types[v]);
  if (IsIn(sample_types, out.default_sample_type)) out.default_sample_type.clear();
  return out;
}

LabelSet MergeRules::Apply(const LabelSet& series) const {
  std::vector<LabelSet::Pair> kept;
  for (const LabelSet::Pair& label : series.pairs()) {
    if (!DropsLabel(label.first)) kept.push_back(label);
  }
  // A part of labels that were sound.
  return *LabelSet::Make(std::move(kept));
}

}  // namespace dolerite
