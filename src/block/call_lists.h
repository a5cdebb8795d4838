// What writer and reader of a stack tree remember of each location.
#ifndef DOLERITE_BLOCK_CALL_LISTS_H_
#define DOLERITE_BLOCK_CALL_LISTS_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "dolerite/symbols.h"

namespace dolerite {

// Frozen: part of the format. How many calls of a location are kept, and how many locations before
// the parent's are asked for theirs.
inline constexpr uint32_t kMostCalls = 16;
inline constexpr uint32_t kNeighbours = 16;

// What the last node of a location was.
enum LastNode : uint8_t { kNoNode, kInnerNode, kLeafNode };

// For each location its calls, the locations that came below it, and what its last node was; empty
// between trees. Who walks many trees over the same locations keeps it, so that each takes time by
// its nodes alone.
class StackMemory {
 public:
  explicit StackMemory(size_t locations) : calls_(locations + 1), last_(locations + 1) {}

  size_t locations() const { return calls_.size() - 1; }
  // Empties what a walk over these nodes has filled.
  void Forget(const StackTree& tree);

  // Memory for each location.
  static constexpr size_t kBytesForOne = 13;

 private:
  friend class CallLists;
  struct Calls {
    uint32_t latest = 0;
    uint32_t begin = 0;  // the others, latest first; places that are not in use hold 0
    uint32_t size = 0;   // of all
  };
  static_assert(kBytesForOne == sizeof(Calls) + sizeof(LastNode));

  // By location, and at the end the root's.
  std::vector<Calls> calls_;
  // Apart, so that all of them stay in the processor's first cache: the walk's next branch hangs on
  // one of them.
  std::vector<LastNode> last_;
};

// Calls that may come after a child: a bit for each position.
struct Candidates {
  uint32_t bits, count;

  uint32_t PositionOf(uint32_t rank) const {
    uint32_t left = bits;
    while (rank-- > 0) left &= left - 1;
    return static_cast<uint32_t>(std::countr_zero(left));
  }
};

// The calls of all locations. Mostly there is one, which needs no more than its list. Other lists
// begin with four places and move to sixteen when these are full.
//
// The processor can't guess which call comes next, so places are looked at and moved four at a
// time, in one register: a branch that is guessed wrong costs more than all of that.
class CallLists {
 public:
  // Memory for a call put in, beside the lists.
  static constexpr size_t kBytesForOne = 16;

  // At most `calls` calls are put in.
  CallLists(StackMemory* memory, size_t calls)
      : calls_(memory->calls_.data()),
        last_(memory->last_.data()),
        root_(static_cast<uint32_t>(memory->locations())),
        used_((memory->calls_.size() + kNeighbours) / 64 + 2),
        places_(new int32_t[kFew + kPlacesForOne * calls]) {
    std::fill_n(places_.get(), kFew, 0);
  }

  // A list is named by its location; this is the root's.
  uint32_t root() const { return root_; }

  uint32_t size(uint32_t list) const { return calls_[list].size; }
  LastNode last(uint32_t location) const { return last_[location]; }
  void set_last(uint32_t location, LastNode last) { last_[location] = last; }

  // The call at that position, latest first.
  uint32_t at(uint32_t list, uint32_t position) const {
    if (position == 0) return calls_[list].latest;
    return static_cast<uint32_t>(places_[calls_[list].begin + position - 1]);
  }

  // The calls above the location of the child before. All calls may be the first child.
  Candidates CandidatesAfter(uint32_t list, int32_t child) const {
    const int32_t* const others = places_.get() + calls_[list].begin;
    // Comparing gives -1 for true. Places that are not in use are above none.
    Four above = Load(others) > child, count = above, bits = above & Four{2, 4, 8, 16};
    if (size(list) > 1 + kFew) {
      for (int k = 1; k < 4; ++k) {
        above = Load(others + k * kFew) > child;
        count += above;
        bits |= above & (Four{2, 4, 8, 16} << (4 * k));
      }
    }
    const int32_t latest = static_cast<int32_t>(calls_[list].latest) > child;
    return {static_cast<uint32_t>(latest | bits[0] | bits[1] | bits[2] | bits[3]),
            static_cast<uint32_t>(latest - (count[0] + count[1] + count[2] + count[3]))};
  }

  // Gives the call at that position, and makes it the latest.
  uint32_t Take(uint32_t list, uint32_t position) {
    StackMemory::Calls& calls = calls_[list];
    // A branch here, as mostly it is the latest: then the walk need not wait for the position.
    if (position == 0) return calls.latest;
    int32_t front = static_cast<int32_t>(calls.latest), *others = places_.get() + calls.begin;
    calls.latest = static_cast<uint32_t>(others[position - 1]);
    for (; position > kFew; position -= kFew, others += kFew) front = Push(front, others, kFew);
    Push(front, others, position);
    return calls.latest;
  }

  // Makes a call the latest; of more than kMostCalls the last one is forgotten.
  void Add(uint32_t list, uint32_t call) {
    StackMemory::Calls& calls = calls_[list];
    const uint32_t before = calls.size;
    if (before == 0) {
      const uint32_t bit = list + kNeighbours;
      used_.data()[bit / 64] |= uint64_t{1} << bit % 64;
    } else {
      if (before == 1 || before == 1 + kFew) Move(before - 1, &calls);
      int32_t* const others = places_.get() + calls.begin;
      int32_t front = Push(static_cast<int32_t>(calls.latest), others, kFew);
      if (before > kFew) {
        for (int k = 1; k < 4; ++k) front = Push(front, others + k * kFew, kFew);
      }
      if (before == kMostCalls) others[kMostCalls - 1] = 0;
    }
    calls.size += before < kMostCalls;
    calls.latest = call;
  }

  // A location that is not among the calls of `list` is stored as a difference to this one: the
  // latest call of the list; if the list is empty, that of the nearest list before it; else the
  // location that the list belongs to, or 0 for the root.
  uint32_t Base(uint32_t list) const {
    if (size(list) > 0) return calls_[list].latest;
    if (list == root_) return 0;
    // Bits of the kNeighbours lists before it, the nearest one highest.
    const uint64_t* const used = used_.data() + list / 64;
    uint64_t before = used[0] >> list % 64 | used[1] << 1 << (63 - list % 64);
    before %= 1u << kNeighbours;
    if (before == 0) return list;
    return calls_[list + static_cast<uint32_t>(std::bit_width(before)) - 1 - kNeighbours].latest;
  }

 private:
  static constexpr uint32_t kFew = 4;
  static_assert(kMostCalls == 4 * kFew);
  // The most places that are given out, for each call that is put in: 4 places at two calls, 4 + 16
  // at six.
  static constexpr size_t kPlacesForOne = 4;
  static_assert(kPlacesForOne * sizeof(int32_t) == kBytesForOne);

  // A register of SSE or Neon. Locations are below 2^31.
  using Four = int32_t __attribute__((vector_size(16)));
  static Four Load(const int32_t* from) {
    Four four;
    std::memcpy(&four, from, sizeof(four));
    return four;
  }

  // Moves the first `count` of four places one place on, and puts `front` before them. Returns what
  // was in the last place.
  static int32_t Push(int32_t front, int32_t* places, uint32_t count) {
    static constexpr int32_t kMoved[] = {-1, -1, -1, -1, 0, 0, 0, 0};
    const int32_t last = places[kFew - 1];
    const Four before = Load(places), moved = Load(kMoved + kFew - count);
    // In SSE2 a shuffle takes all of its lanes from one register.
    const Four after = (__builtin_shufflevector(before, before, 0, 0, 1, 2) & Four{0, -1, -1, -1}) |
                       Four{front, 0, 0, 0};
    const Four now = (after & moved) | (before & ~moved);
    std::memcpy(places, &now, sizeof(now));
    return last;
  }

  // To its first places, or to four times as many.
  void Move(uint32_t others, StackMemory::Calls* calls) {
    const uint32_t room = others == 0 ? kFew : kMostCalls;
    int32_t* const to = places_.get() + next_place_;
    std::copy_n(places_.get() + calls->begin, others, to);
    std::fill(to + others, to + room, 0);
    calls->begin = next_place_;
    next_place_ += room;
  }

  StackMemory::Calls* calls_;
  LastNode* last_;
  uint32_t root_;
  // A bit for each list that is not empty, kNeighbours bits on.
  std::vector<uint64_t> used_;
  // The first four belong to all lists of less than two calls: they stay as they are.
  std::unique_ptr<int32_t[]> places_;
  uint32_t next_place_ = kFew;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_CALL_LISTS_H_
