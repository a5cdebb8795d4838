// A part of a block that could not be read.
#ifndef DOLERITE_DAMAGE_H_
#define DOLERITE_DAMAGE_H_

#include <string>

#include "absl/status/status.h"

namespace dolerite {

struct Damage {
  std::string place;  // block, dataset and section
  absl::Status status;
};

}  // namespace dolerite

#endif  // DOLERITE_DAMAGE_H_
