// The single profiles.
#ifndef DOLERITE_LIST_QUESTION_H_
#define DOLERITE_LIST_QUESTION_H_

#include <cstddef>
#include <vector>

#include "dolerite/catalog.h"
#include "dolerite/selection.h"

namespace dolerite {

struct ListQuestion {
  using Answer = std::vector<ListedProfile>;  // by time, then by series, then by id
  struct Finish {
    size_t max_profiles = 0;  // the first ones; 0: all
  };
  Selection selection;  // if it selects samples: profiles that have such a sample
};

}  // namespace dolerite

#endif  // DOLERITE_LIST_QUESTION_H_
