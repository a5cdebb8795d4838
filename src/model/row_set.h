// An open-addressing set of table rows.
#ifndef DOLERITE_MODEL_ROW_SET_H_
#define DOLERITE_MODEL_ROW_SET_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/pace.h"
#include "base/status.h"

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
    const size_t at = PlaceOf(hash, equal);
    if (const uint32_t found = slots_.data()[at].row_plus_1; found != 0) return found - 1;
    const uint32_t row = make();
    slots_.data()[at] = {static_cast<uint32_t>(hash >> 32), row + 1};
    if (++rows_ * 2 > slots_.size()) Resize(rows_ * 2);
    return row;
  }

  // The row for which equal(row) holds; UINT32_MAX if there is none.
  template <class Equal>
  uint32_t Find(uint64_t hash, const Equal& equal) const {
    return slots_.data()[PlaceOf(hash, equal)].row_plus_1 - 1;
  }

  // For callers that look up many rows at once (FindInBatches): asks the memory for the place of a
  // hash, and gives the row that is probably the one, or UINT32_MAX.
  void Prefetch(uint64_t hash) const {
    __builtin_prefetch(slots_.data() + (static_cast<uint32_t>(hash >> 32) >> shift_));
  }
  uint32_t Candidate(uint64_t hash) const {
    const uint32_t tag = static_cast<uint32_t>(hash >> 32);
    const Slot& slot = slots_.data()[tag >> shift_];
    return slot.tag == tag ? slot.row_plus_1 - 1 : UINT32_MAX;
  }

  // Room for so many rows, at once and not step by step.
  void Reserve(size_t rows) {
    if (rows * 2 > slots_.size()) Resize(rows);
  }

  // Back to the empty set; keeps its memory.
  void Clear() {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    rows_ = 0;
  }
  // Back to the empty set, with room for so many rows, which is what it costs; keeps its memory.
  void Reset(size_t expected_rows) {
    slots_.assign(SlotsFor(expected_rows), Slot{});
    shift_ = 32 - std::countr_zero(slots_.size());
    rows_ = 0;
  }

  // Forgets the rows from `row` on.
  void CutTo(uint32_t row) { Insert(std::exchange(slots_, std::vector<Slot>(slots_.size())), row); }

  size_t size() const { return rows_; }
  size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t row_plus_1 = 0;  // 0: free
  };

  // The slot of the row for which equal(row) holds, else the free one where it would be.
  template <class Equal>
  size_t PlaceOf(uint64_t hash, const Equal& equal) const {
    const uint32_t tag = static_cast<uint32_t>(hash >> 32);
    const Slot* const slots = slots_.data();
    const size_t mask = slots_.size() - 1;
    size_t at = tag >> shift_;
    for (; slots[at].row_plus_1 != 0; at = (at + 1) & mask) {
      if (slots[at].tag == tag && equal(slots[at].row_plus_1 - 1)) break;
    }
    return at;
  }

  // Room for so many rows and as many again.
  static size_t SlotsFor(size_t rows) { return std::bit_ceil(rows * 2); }

  void Resize(size_t rows) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(SlotsFor(rows)));
    shift_ = 32 - std::countr_zero(slots_.size());
    Insert(old, UINT32_MAX);
  }

  // Puts the slots of rows below `end` into the free ones.
  void Insert(const std::vector<Slot>& slots, uint32_t end) {
    rows_ = 0;
    for (const Slot& slot : slots) {
      if (slot.row_plus_1 == 0 || slot.row_plus_1 > end) continue;
      size_t at = slot.tag >> shift_;
      while (slots_[at].row_plus_1 != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
      ++rows_;
    }
  }

  std::vector<Slot> slots_;
  int shift_ = 0;
  size_t rows_ = 0;
};

// Looks up the items [0, count) in batches, so that the cache misses of a batch overlap: first all
// hashes, hash(i), then fetch(row), .. for the rows that the set names, stage by stage, which only
// prefetch; then take(i, hash) for each item in order, which may add to the set. Not OK only if the
// host has stopped the call: some items were taken then.
template <class Hash, class Take, class... Fetch>
absl::Status FindInBatches(const RowSet& set, size_t count, const CallContext& call,
                           const Hash& hash, const Take& take, const Fetch&... fetch) {
  constexpr size_t kBatch = 16;
  uint64_t hashes[kBatch];
  uint32_t rows[kBatch];
  Pace pace;
  for (size_t first = 0; first < count; first += kBatch) {
    const size_t size = std::min(kBatch, count - first);
    if (pace.IsDue(size)) DOLERITE_RETURN_IF_ERROR(call.Check());
    for (size_t i = 0; i < size; ++i) set.Prefetch(hashes[i] = hash(first + i));
    for (size_t i = 0; i < size; ++i) rows[i] = set.Candidate(hashes[i]);
    const auto stage = [&](const auto& prefetch) {
      for (size_t i = 0; i < size; ++i) {
        if (rows[i] != UINT32_MAX) prefetch(rows[i]);
      }
    };
    (stage(fetch), ...);
    for (size_t i = 0; i < size; ++i) take(first + i, hashes[i]);
  }
  return absl::OkStatus();
}

// Mixes one more word into a seeded hash of few words.
inline uint64_t MixHash(uint64_t hash, uint64_t word) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(hash ^ word) * 0x9fb21c651e98df25u;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Mixes in a line of a location. Each number has a multiplication of its own: no choice of numbers
// cancels out. Columns are mostly 0.
inline uint64_t HashLine(uint64_t hash, uint32_t function, int64_t line, int64_t column) {
  hash = MixHash(MixHash(hash, function), static_cast<uint64_t>(line));
  return column == 0 ? hash : MixHash(hash, static_cast<uint64_t>(column));
}

}  // namespace dolerite

#endif  // DOLERITE_MODEL_ROW_SET_H_
