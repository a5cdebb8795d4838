// Names, each once.
#ifndef DOLERITE_MODEL_NAME_SET_H_
#define DOLERITE_MODEL_NAME_SET_H_

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "dolerite/symbols.h"
#include "model/row_set.h"

namespace dolerite {

// A growing table of distinct strings; row 0 is "". Not thread-safe.
class NameSet {
 public:
  NameSet() : seed_(SeedFor(this)) {}

  StringId Add(std::string_view name) {
    if (name.empty()) return {};
    return {rows_.FindOrAdd(
        SeededHash(name.data(), name.size(), seed_),
        [&](uint32_t row) { return names_[StringId{row}] == name; },
        [&] { return names_.Add(name).value; })};
  }

  // Puts all names into an empty table, in order. Returns by row of this set the row that it got.
  std::vector<uint32_t> Sort(StringTable* sorted) const {
    std::vector<uint32_t> order(names_.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto before = [&](uint32_t a, uint32_t b) {
      return names_[StringId{a}] < names_[StringId{b}];
    };
    // Names of the first dataset mostly came in order.
    const auto tail = std::is_sorted_until(order.begin(), order.end(), before);
    std::sort(tail, order.end(), before);
    std::inplace_merge(order.begin(), tail, order.end(), before);
    std::vector<uint32_t> ranks(order.size());
    for (uint32_t i = 1; i < order.size(); ++i) {
      ranks[order[i]] = i;
      sorted->Add(names_[StringId{order[i]}]);
    }
    return ranks;
  }

  const StringTable& names() const { return names_; }
  size_t memory_bytes() const { return names_.memory_bytes() + rows_.memory_bytes(); }

 private:
  uint64_t seed_;
  StringTable names_;
  RowSet rows_;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_NAME_SET_H_
