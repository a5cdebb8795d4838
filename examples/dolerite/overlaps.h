// Profiles of one block that may be the same work seen twice.
#ifndef DOLERITE_EXAMPLES_OVERLAPS_H_
#define DOLERITE_EXAMPLES_OVERLAPS_H_

#include <cstdint>
#include <string>

#include "dolerite/block_reader.h"

namespace dolerite::cli {

struct Overlaps {
  uint64_t profiles = 0;
  std::string example;  // type and series of the first one
};

// Counts profiles of which more than half the time lies inside another profile of the same series
// and type. Profiles without a duration count as a second long. Queries add them up,
// which is wrong for kinds that nothing tells apart (Go's mutex and block profiles).
Overlaps FindOverlaps(const BlockReader::Listing& listing);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_OVERLAPS_H_
