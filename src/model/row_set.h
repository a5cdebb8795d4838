// An open-addressing set of table rows.
#ifndef DOLERITE_MODEL_ROW_SET_H_
#define DOLERITE_MODEL_ROW_SET_H_

#include <bit>
#include <cstdint>
#include <vector>

namespace dolerite {

// Finds rows by content without holding the content: the caller hashes (with a
// seed) and compares. Half of each hash stands in the slot, so that a row is
// looked at only when it most likely is the one.
class RowSet {
 public:
  explicit RowSet(size_t expected_rows = 16) { slots_.resize(SlotsFor(expected_rows)); }

  // The row for which equal(row) holds; else make()'s, which is then in the set.
  template <class Equal, class Make>
  uint32_t FindOrAdd(uint64_t hash, const Equal& equal, const Make& make) {
    const uint32_t tag = static_cast<uint32_t>(hash >> 32);
    size_t at = hash & (slots_.size() - 1);
    for (; slots_[at].used; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].tag == tag && equal(slots_[at].row)) return slots_[at].row;
    }
    const uint32_t row = make();
    slots_[at] = {tag, row, static_cast<uint32_t>(hash), 1};
    if (++rows_ * 2 > slots_.size()) Grow();
    return row;
  }

  void Reserve(size_t rows) {
    if (SlotsFor(rows) > slots_.size()) Rehash(SlotsFor(rows));
  }

  size_t size() const { return rows_; }
  size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t row = 0;
    uint32_t low = 0;  // the hash's other half, to place it anew
    uint32_t used = 0;
  };

  static size_t SlotsFor(size_t rows) { return std::bit_ceil(rows * 2 + 16); }

  // Fourfold while small: page faults and moves cost more than the room.
  void Grow() { Rehash(slots_.size() * (slots_.size() < (size_t{1} << 20) ? 4 : 2)); }

  void Rehash(size_t size) {
    std::vector<Slot> old(size);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (!slot.used) continue;
      size_t at = slot.low & (size - 1);
      while (slots_[at].used) at = (at + 1) & (size - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
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
