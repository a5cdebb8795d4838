#include "dolerite/profile_type.h"

namespace dolerite {

int ProfileType::Find(std::string_view sample_type) const {
  const std::string_view wanted = sample_type.empty() ? default_sample_type : sample_type;
  for (size_t i = 0; i < sample_types.size(); ++i) {
    if (sample_types[i].type == wanted) return static_cast<int>(i);
  }
  return sample_type.empty() ? static_cast<int>(sample_types.size()) - 1 : -1;
}

}  // namespace dolerite
