// An open-addressing set of table rows.
#ifndef DOLERITE_MODEL_ROW_SET_H_
#define DOLERITE_MODEL_ROW_SET_H_

#include <bit>
#include <cstdint>
#include <vector>

namespace dolerite {

// Finds rows by content without holding the content: the caller hashes (with a
// seed) and compares. A slot holds the hash's upper half: its first bits give the
// place, the others distinguish most rows without reading them. Eight bytes a slot keep
// the tables of a dataset in the cache.
class RowSet {
 public:
  explicit RowSet(size_t expected_rows = 16) { Resize(expected_rows); }

  // The row for which equal(row) holds; else make()'s, which is then in the set.
  template <class Equal, class Make>
  uint32_t FindOrAdd(uint64_t hash, const Equal& equal, const Make& make) {
    const uint32_t tag = static_cast<uint32_t>(hash >> 32);
    size_t at = tag >> shift_;
    for (; slots_[at].row_plus_1 != 0; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].tag == tag && equal(slots_[at].row_plus_1 - 1)) {
        return slots_[at].row_plus_1 - 1;
      }
    }
    const uint32_t row = make();
    slots_[at] = {tag, row + 1};
    if (++rows_ * 2 > slots_.size()) Resize(rows_ * 2);
    return row;
  }

  // The row for which equal(row) holds; UINT32_MAX if there is none.
  template <class Equal>
  uint32_t Find(uint64_t hash, const Equal& equal) const {
    const uint32_t tag = static_cast<uint32_t>(hash >> 32);
    for (size_t at = tag >> shift_; slots_[at].row_plus_1 != 0;
         at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].tag == tag && equal(slots_[at].row_plus_1 - 1)) {
        return slots_[at].row_plus_1 - 1;
      }
    }
    return UINT32_MAX;
  }

  size_t size() const { return rows_; }
  size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t row_plus_1 = 0;  // 0: free
  };

  // Room for so many rows and as many again.
  void Resize(size_t rows) {
    std::vector<Slot> old(std::bit_ceil(rows * 2));
    old.swap(slots_);
    shift_ = 32 - std::countr_zero(slots_.size());
    for (const Slot& slot : old) {
      if (slot.row_plus_1 == 0) continue;
      size_t at = slot.tag >> shift_;
      while (slots_[at].row_plus_1 != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
  int shift_ = 0;
  size_t rows_ = 0;
};

// Mixes one more word into a seeded hash of few words.
inline uint64_t MixHash(uint64_t hash, uint64_t word) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(hash ^ word) * 0x9fb21c651e98df25u;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace dolerite

#endif  // DOLERITE_MODEL_ROW_SET_H_
