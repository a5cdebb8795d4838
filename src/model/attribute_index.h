// Finds attributes, sets of them and links by content, so that equal ones get one row.
#ifndef DOLERITE_MODEL_ATTRIBUTE_INDEX_H_
#define DOLERITE_MODEL_ATTRIBUTE_INDEX_H_

#include <array>
#include <cstdint>
#include <vector>

#include "dolerite/profile.h"
#include "model/row_set.h"

namespace dolerite {

// Knows the attributes and sets that it added to one set of tables. Not thread-safe.
class AttributeIndex {
 public:
  // Hashes are seeded, so that no input can be made to collide.
  explicit AttributeIndex(uint64_t seed) : seed_(seed) {}

  // Forgets all; makes room for so many attributes, and keeps its memory.
  void Reset(size_t expected_attributes = 0);
  // Forgets all; keeps its memory.
  void Clear() { attributes_.Clear(), sets_.Clear(); }

  // Equal attributes have equal ids of strings: the caller's strings are unique.
  AttributeId Add(StringId key, AttributeKind kind, uint64_t value, StringId unit, Symbols* to);
  // Sorts the set. The empty one is row 0.
  AttributeSetId AddSet(std::vector<AttributeId>* set, Symbols* to);

  size_t memory_bytes() const { return attributes_.memory_bytes() + sets_.memory_bytes(); }

 private:
  uint64_t seed_;
  RowSet attributes_, sets_;
};

// A trace id, then a span id.
using LinkBytes = std::array<uint8_t, 24>;

// Knows the links that it added to one table. Not thread-safe.
class LinkIndex {
 public:
  explicit LinkIndex(uint64_t seed) : seed_(seed) {}

  void Reset(size_t expected_links = 0) { links_.Reset(expected_links + 1); }
  // Row 0 for zeros.
  LinkId Add(const LinkBytes& ids, Links* to);

 private:
  uint64_t seed_;
  RowSet links_;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_ATTRIBUTE_INDEX_H_
