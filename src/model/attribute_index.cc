// Equal rows are found by content and compared in full; the tables themselves hold no index.
#include "model/attribute_index.h"

#include <algorithm>
#include <cstring>

#include "base/checksum.h"

namespace dolerite {

void AttributeIndex::Reset(size_t expected_attributes) {
  attributes_.Reset(expected_attributes + 1);
  sets_.Reset(expected_attributes + 1);
}

// Equal values of two kinds are two attributes: 1 and true.
AttributeId AttributeIndex::Add(StringId key, AttributeKind kind, uint64_t value, StringId unit,
                                Symbols* to) {
  const Attributes& a = to->attributes;
  const uint64_t names = uint64_t{key.value} << 32 | unit.value;
  const uint64_t hash = MixHash(MixHash(MixHash(seed_, names), value), static_cast<uint64_t>(kind));
  const auto is = [&](uint32_t row) {
    return a.key[row] == key && a.kind[row] == kind && a.value[row] == value && a.unit[row] == unit;
  };
  return {attributes_.FindOrAdd(hash, is,
                                [&] { return to->AddAttribute(key, kind, value, unit).value; })};
}

// Sets of one label, most of all, need no sorting.
AttributeSetId AttributeIndex::AddSet(std::vector<AttributeId>* set, Symbols* to) {
  if (set->empty()) return {};
  if (set->size() > 1) std::sort(set->begin(), set->end());
  Lists<AttributeId>& sets = to->attribute_sets;
  const uint64_t hash = SeededHash(set->data(), set->size() * sizeof(AttributeId), seed_);
  const auto is = [&](uint32_t row) {
    return std::equal(sets.begin(row), sets.end(row), set->begin(), set->end());
  };
  return {sets_.FindOrAdd(hash, is, [&] {
    sets.items.insert(sets.items.end(), set->begin(), set->end());
    sets.Close();
    return static_cast<uint32_t>(sets.size() - 1);
  })};
}

// A link without ids is no link.
LinkId LinkIndex::Add(const LinkBytes& ids, Links* to) {
  if (ids == LinkBytes{}) return {};
  constexpr size_t kTrace = 16, kSpan = 8;
  const auto is = [&](uint32_t row) {
    return std::memcmp(to->trace_id[row].data(), ids.data(), kTrace) == 0 &&
           std::memcmp(to->span_id[row].data(), ids.data() + kTrace, kSpan) == 0;
  };
  return {links_.FindOrAdd(SeededHash(ids.data(), ids.size(), seed_), is, [&] {
    std::memcpy(to->trace_id.emplace_back().data(), ids.data(), kTrace);
    std::memcpy(to->span_id.emplace_back().data(), ids.data() + kTrace, kSpan);
    return static_cast<uint32_t>(to->size() - 1);
  })};
}

}  // namespace dolerite
