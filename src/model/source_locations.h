// How the symbol merger reads the locations of a source.
#ifndef DOLERITE_MODEL_SOURCE_LOCATIONS_H_
#define DOLERITE_MODEL_SOURCE_LOCATIONS_H_

#include <algorithm>
#include <cstdint>
#include <span>

#include "model/row_set.h"
#include "model/symbol_merger.h"

namespace dolerite {

// The locations of a source in terms of merged rows. Plain pointers: a profile has thousands of
// locations, and vectors check each index.
class SourceLocations {
 public:
  struct Row {
    MappingId mapping;
    AttributeSetId attributes;
    uint64_t address;  // relative to the mapping
    bool folded;
  };

  SourceLocations(const Symbols& from, const SymbolMerger::Remap& remap)
      : mapping_(from.locations.mapping.data()),
        address_(from.locations.address.data()),
        folded_(from.locations.folded.data()),
        attributes_(from.locations.attributes.data()),
        line_ends_(from.locations.lines.ends.data()),
        lines_(from.locations.lines.items.data()),
        start_(from.mappings.start.data()),
        mappings_(remap.mappings.data()),
        sets_(remap.attribute_sets.data()),
        functions_(remap.functions.data()) {}

  Row row(size_t i) const {
    const uint32_t mapping = mapping_[i].value;
    return {mappings_[mapping], sets_[attributes_[i].value], address_[i] - start_[mapping],
            folded_[i] != 0};
  }
  std::span<const Line> lines(size_t i) const {
    return {lines_ + (i == 0 ? 0 : line_ends_[i - 1]), lines_ + line_ends_[i]};
  }
  Line Merged(Line line) const {
    line.function = functions_[line.function.value];
    return line;
  }
  uint64_t Hash(size_t i, uint64_t seed) const {
    const Row r = row(i);
    uint64_t hash = MixHash(seed, r.address);
    hash = MixHash(hash,
                   uint64_t{r.mapping.value} << 32 ^ uint64_t{r.attributes.value} << 1 ^ r.folded);
    for (const Line& line : lines(i)) {
      hash = HashLine(hash, functions_[line.function.value].value, line.line, line.column);
    }
    return hash;
  }
  // Whether row `other` of the merged locations is equal; same_line(own line, merged line) decides
  // about lines.
  template <class SameLine>
  bool Is(size_t i, const Row& r, const Locations& to, uint32_t other,
          const SameLine& same_line) const {
    if (to.address.data()[other] != r.address || to.mapping.data()[other] != r.mapping ||
        (to.folded.data()[other] != 0) != r.folded || to.attributes.data()[other] != r.attributes) {
      return false;
    }
    const uint32_t* const ends = to.lines.ends.data();
    const Line* const begin = to.lines.items.data() + (other == 0 ? 0 : ends[other - 1]);
    const std::span<const Line> own = lines(i);
    return std::equal(own.begin(), own.end(), begin, to.lines.items.data() + ends[other],
                      same_line);
  }

 private:
  const MappingId* mapping_;
  const uint64_t* address_;
  const uint8_t* folded_;
  const AttributeSetId* attributes_;
  const uint32_t* line_ends_;
  const Line* lines_;
  const uint64_t* start_;
  const MappingId* mappings_;
  const AttributeSetId* sets_;
  const FunctionId* functions_;
};

// First the columns of the row that is probably equal, then its lines, whose place is known only
// when the first fetch has arrived.
inline void PrefetchLocation(const Locations& to, uint32_t row) {
  __builtin_prefetch(to.address.data() + row);
  __builtin_prefetch(to.mapping.data() + row);
  __builtin_prefetch(to.folded.data() + row);
  __builtin_prefetch(to.attributes.data() + row);
  __builtin_prefetch(to.lines.ends.data() + row);
}
inline void PrefetchLines(const Locations& to, uint32_t row) {
  const uint32_t first = row == 0 ? 0 : to.lines.ends.data()[row - 1];
  __builtin_prefetch(to.lines.items.data() + first);
}

}  // namespace dolerite

#endif  // DOLERITE_MODEL_SOURCE_LOCATIONS_H_
