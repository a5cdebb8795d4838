// The distinct texts, types, series and headers of a dataset, found by hash. Their numbers follow
// the order in which they came.
#ifndef DOLERITE_BLOCK_DISTINCT_H_
#define DOLERITE_BLOCK_DISTINCT_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/checksum.h"
#include "block/profile_table.h"
#include "dolerite/symbols.h"
#include "model/row_set.h"

namespace dolerite {

inline constexpr uint32_t kNotFound = UINT32_MAX;

// Rows of profile tables by content. A seeded hash: whoever sends labels cannot make them collide.
uint64_t HashOf(const ProfileType& type, uint64_t seed);
uint64_t HashOf(const Series& series, uint64_t seed);
uint64_t HashOf(const ProfileHeader& header, uint64_t seed);

// Values, each once.
template <class T>
class Distinct {
 public:
  // The number of an equal value, or kNotFound.
  uint32_t Find(const T& value) const {
    return rows_.Find(HashOf(value, seed_), [&](uint32_t row) { return values_[row] == value; });
  }
  // The number of `value`, and whether it is new.
  std::pair<uint32_t, bool> Add(T value) {
    const size_t before = values_.size();
    const uint32_t row = rows_.FindOrAdd(
        HashOf(value, seed_), [&](uint32_t r) { return values_[r] == value; },
        [&] {
          values_.push_back(std::move(value));
          return static_cast<uint32_t>(before);
        });
    return {row, row == before};
  }

  size_t size() const { return values_.size(); }
  const T& operator[](uint32_t row) const { return values_[row]; }
  size_t index_bytes() const { return rows_.memory_bytes(); }

 private:
  uint64_t seed_ = SeedFor(this);
  std::vector<T> values_;
  RowSet rows_;
};

// Texts, each once. Row 0 is "".
class DistinctTexts {
 public:
  // The row of `text`, and whether it is new.
  std::pair<uint32_t, bool> Add(std::string_view text);
  // The row of `text`, or kNotFound.
  uint32_t Find(std::string_view text) const;

  size_t size() const { return texts_.size(); }
  std::string_view operator[](uint32_t row) const { return texts_[StringId{row}]; }
  size_t memory_bytes() const { return texts_.memory_bytes() + rows_.memory_bytes(); }

  // All rows in the order of their bytes, so that "" is the first.
  std::vector<uint32_t> Sorted() const;

 private:
  uint64_t seed_ = SeedFor(this);
  StringTable texts_;
  RowSet rows_;  // without row 0
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DISTINCT_H_
