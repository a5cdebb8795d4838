// The sample types of a Go heap profile, whose values blocks store as counts.
#ifndef DOLERITE_TESTS_BLOCK_GO_HEAP_TYPES_H_
#define DOLERITE_TESTS_BLOCK_GO_HEAP_TYPES_H_

#include "dolerite/profile.h"

namespace dolerite::testing {

// Gives a profile without types the four of Go's heap. The row of the string "bytes".
inline StringId AddGoHeapTypes(Profile* profile) {
  StringTable& strings = profile->symbols.strings;
  const StringId count = strings.Add("count"), bytes = strings.Add("bytes");
  for (const char* type : {"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"}) {
    const bool is_size = profile->sample_types.size() % 2 == 1;
    profile->sample_types.push_back({strings.Add(type), is_size ? bytes : count});
  }
  return bytes;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_GO_HEAP_TYPES_H_
