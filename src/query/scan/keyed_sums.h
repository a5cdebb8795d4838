// Exact sums by pairs of ids.
#ifndef DOLERITE_QUERY_SCAN_KEYED_SUMS_H_
#define DOLERITE_QUERY_SCAN_KEYED_SUMS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/checksum.h"
#include "model/row_set.h"

namespace dolerite {

// Sums of some values by two ids, for keys that are few among all there could be. They are exact,
// and whether one fits 64 bits is asked in the end: the order in which values come does not matter.
class KeyedSums {
 public:
  struct Key {
    uint32_t first = 0, second = 0;
    friend auto operator<=>(Key, Key) = default;
  };

  KeyedSums() : seed_(SeedFor(this)) {}

  // As many values each time.
  template <class Values>
  void Add(Key key, const Values& values) {
    const uint32_t row = rows_.FindOrAdd(
        MixHash(seed_, (uint64_t{key.first} << 32) | key.second),
        [&](uint32_t r) { return keys_[r] == key; },
        [&] {
          keys_.push_back(key);
          sums_.resize(sums_.size() + values.size());
          return static_cast<uint32_t>(keys_.size() - 1);
        });
    for (size_t v = 0; v < values.size(); ++v) sums_[row * values.size() + v] += values[v];
  }

  size_t size() const { return keys_.size(); }
  Key key(size_t row) const { return keys_[row]; }
  std::span<const __int128> values(size_t row) const {
    const size_t n = sums_.size() / keys_.size();
    return {sums_.data() + row * n, n};
  }
  size_t memory_bytes() const {
    return rows_.memory_bytes() + keys_.capacity() * sizeof(Key) +
           sums_.capacity() * sizeof(__int128);
  }

 private:
  uint64_t seed_;
  RowSet rows_;
  std::vector<Key> keys_;
  std::vector<__int128> sums_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_KEYED_SUMS_H_
