// Exact sums by pairs of ids.
#ifndef DOLERITE_QUERY_SCAN_KEYED_SUMS_H_
#define DOLERITE_QUERY_SCAN_KEYED_SUMS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "base/checksum.h"
#include "base/pace.h"
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

  // Adds all of `from`; a key of it is key_of(key) here. Not OK only if the host has stopped the
  // call: then nothing was added.
  template <class KeyOf>
  absl::Status Merge(const KeyedSums& from, const KeyOf& key_of, const CallContext& call) {
    const size_t before = size();
    Pace pace;
    for (size_t i = 0; i < from.size(); ++i) {
      if (absl::Status status = pace.Check(call); !status.ok()) {
        TakeBack(from, i, key_of, before);
        return status;
      }
      Add(key_of(from.key(i)), from.values(i));
    }
    return absl::OkStatus();
  }

  // Undoes the merging of the first `rows` of `from`; `before` was the size.
  template <class KeyOf>
  void TakeBack(const KeyedSums& from, size_t rows, const KeyOf& key_of, size_t before) {
    std::vector<__int128> negative;
    for (size_t i = 0; i < rows; ++i) {
      negative.clear();
      for (const __int128 value : from.values(i)) negative.push_back(-value);
      Add(key_of(from.key(i)), negative);
    }
    if (size() == before) return;
    const size_t values = sums_.size() / keys_.size();
    keys_.resize(before);
    sums_.resize(before * values);
    rows_.CutTo(static_cast<uint32_t>(before));
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
