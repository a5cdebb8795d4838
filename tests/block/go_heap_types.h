// Go heap profiles, whose values blocks store as counts.
#ifndef DOLERITE_TESTS_BLOCK_GO_HEAP_TYPES_H_
#define DOLERITE_TESTS_BLOCK_GO_HEAP_TYPES_H_

#include <cmath>
#include <cstdint>
#include <initializer_list>

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

// Adds a stack, and a sample of the given one that has allocated `counts` objects of a size by
// `row` and has some in use: scaled as Go scales a sampling of one in `rate` bytes.
inline void AddGoHeapSample(Profile* p, StringId bytes, uint32_t row, uint32_t stack,
                            std::initializer_list<int64_t> counts, int64_t rate) {
  p->symbols.AddLocation({}, row);
  p->stacks.items.push_back({row});
  p->stacks.Close();
  const int64_t size = 16 << (row % 4);
  p->symbols.AddAttribute(bytes, AttributeKind::kInteger, static_cast<uint64_t>(size), bytes);
  p->symbols.attribute_sets.items.push_back({row});
  p->symbols.attribute_sets.Close();
  p->samples.stack.push_back({stack}), p->samples.attributes.push_back({row + 1});
  const double scale = 1 / (1 - std::exp(-static_cast<double>(size) / static_cast<double>(rate)));
  for (const int64_t n : counts) {
    p->samples.values.push_back(static_cast<int64_t>(static_cast<double>(n) * scale));
    p->samples.values.push_back(static_cast<int64_t>(static_cast<double>(n * size) * scale));
  }
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_GO_HEAP_TYPES_H_
