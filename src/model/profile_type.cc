#include "dolerite/profile_type.h"

#include "dolerite/units.h"

namespace dolerite {

namespace {

template <class Takes>
std::vector<size_t> RowsThat(const std::vector<ProfileType::Value>& values, const Takes& takes) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < values.size(); ++i) {
    if (takes(values[i])) rows.push_back(i);
  }
  return rows;
}

}  // namespace

// Four rules, from the exact to the loose: the default; the whole text as a name; name and unit;
// name and dimension of the unit.
std::vector<size_t> ProfileType::Find(std::string_view sample_type) const {
  using Rows = std::vector<size_t>;
  if (sample_types.empty()) return {};
  const auto is_named = [](std::string_view name) {
    return [=](const Value& value) { return value.type == name; };
  };
  if (sample_type.empty()) {
    const Rows rows = RowsThat(sample_types, is_named(default_sample_type));
    return {rows.empty() ? sample_types.size() - 1 : rows.back()};
  }
  // A name may hold a slash itself.
  Rows rows = RowsThat(sample_types, is_named(sample_type));
  const size_t slash = sample_type.rfind('/');
  if (!rows.empty() || slash == std::string_view::npos) return rows;

  const std::string_view name = sample_type.substr(0, slash), unit = sample_type.substr(slash + 1);
  const auto has_name = [&](const Value& v) { return name.empty() || v.type == name; };
  rows = RowsThat(sample_types, [&](const Value& v) { return has_name(v) && v.unit == unit; });
  if (!rows.empty()) return rows;
  return RowsThat(sample_types,
                  [&](const Value& v) { return has_name(v) && SameDimension(v.unit, unit); });
}

}  // namespace dolerite
