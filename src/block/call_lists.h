// What writer and reader of a stack tree remember of each location.
#ifndef DOLERITE_BLOCK_CALL_LISTS_H_
#define DOLERITE_BLOCK_CALL_LISTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace dolerite {

// Frozen: part of the format. How many calls of a location are kept, and how many locations before
// the parent's are asked for theirs.
inline constexpr uint32_t kMostCalls = 16;
inline constexpr uint32_t kNeighbours = 16;

// What the last node of a location was.
enum LastNode : uint8_t { kNoNode, kInnerNode, kLeafNode };

// The calls of one location, the locations that came below it, and its last node.
struct Calls {
  uint32_t latest = 0;
  uint32_t begin = 0;  // the others, latest first; places that are not in use hold 0
  uint16_t size = 0;   // of all
  uint8_t room = 0;    // places of the others
  LastNode last = kNoNode;
};

// The calls of all locations. Mostly there is one, which needs no more than its list. Other lists
// begin with four places and move to twice as many when they are full.
class CallLists {
 public:
  // Memory for a call put in, beside the lists.
  static constexpr size_t kBytesForOne = 12;

  // `lists` are as StackMemory made them: one for each location, and a last one for the root. At
  // most `calls` calls are put in.
  CallLists(std::vector<Calls>* lists, size_t calls)
      : lists_(lists->data()),
        root_(lists_ + lists->size() - 1),
        places_(new uint32_t[kPlacesForOne * calls]) {}

  Calls* of(size_t location) { return &lists_[location]; }
  Calls* root() { return root_; }

  // The call at that position, latest first.
  uint32_t at(const Calls& list, uint32_t position) const {
    return position == 0 ? list.latest : places_[list.begin + position - 1];
  }

  // How many are above `floor`. Looks at all places, four at a time: there is nothing to guess for
  // the processor.
  uint32_t Candidates(const Calls& list, int32_t floor) const {
    if (floor < 0) return list.size;
    const uint32_t* const others = &places_[list.begin];
    uint32_t above = static_cast<int32_t>(list.latest) > floor;
    for (uint32_t i = 0; i < list.room; i += kLeastRoom) {
      for (uint32_t k = 0; k < kLeastRoom; ++k)
        above += static_cast<int32_t>(others[i + k]) > floor;
    }
    return above;
  }

  // Gives the candidate of that rank, which is below their number, and makes it the latest.
  uint32_t Take(Calls* list, uint32_t rank, int32_t floor) {
    uint32_t position = rank;
    if (floor >= 0) {
      for (position = 0; static_cast<int32_t>(at(*list, position)) <= floor || rank-- > 0;) {
        ++position;
      }
    }
    if (position > 0) {
      uint32_t* const others = &places_[list->begin];
      const uint32_t call = others[position - 1];
      std::copy_backward(others, others + position - 1, others + position);
      others[0] = list->latest;
      list->latest = call;
    }
    return list->latest;
  }

  // Makes a call the latest; of more than kMostCalls the last one is forgotten.
  void Add(Calls* list, uint32_t call) {
    if (list->size > 0) {
      if (list->size > list->room && list->room < kMostCalls) Move(list);
      uint32_t* const others = &places_[list->begin];
      if (list->size == kMostCalls) --list->size;
      std::copy_backward(others, others + list->size - 1, others + list->size);
      others[0] = list->latest;
    }
    ++list->size;
    list->latest = call;
  }

  // A location that is not among the calls of `list` is stored as a difference to this one: the
  // latest call of the list; if the list is empty, that of the nearest list before it; else the
  // location that the list belongs to.
  uint32_t Base(const Calls* list) const {
    if (list->size > 0 || list == root_) return list->latest;
    const uint32_t location = static_cast<uint32_t>(list - lists_);
    for (uint32_t before = 1; before <= std::min(location, kNeighbours); ++before) {
      const Calls& neighbour = lists_[location - before];
      if (neighbour.size > 0) return neighbour.latest;
    }
    return location;
  }

 private:
  static constexpr uint8_t kLeastRoom = 4;
  // The most places that are given out, for each call that is put in: 4 places at two calls, 4 + 8
  // at six, 4 + 8 + 16 at ten.
  static constexpr size_t kPlacesForOne = 3;
  static_assert(kPlacesForOne * sizeof(uint32_t) == kBytesForOne);

  void Move(Calls* list) {
    const uint8_t room = list->room == 0 ? kLeastRoom : list->room * 2;
    uint32_t* const to = &places_[next_place_];
    std::copy_n(&places_[list->begin], list->room, to);
    std::fill(to + list->room, to + room, 0u);
    list->begin = next_place_;
    list->room = room;
    next_place_ += room;
  }

  Calls* lists_;
  Calls* root_;
  std::unique_ptr<uint32_t[]> places_;
  uint32_t next_place_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_CALL_LISTS_H_
