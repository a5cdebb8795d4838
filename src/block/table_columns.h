// What the encoders of table sections share.
#ifndef DOLERITE_BLOCK_TABLE_COLUMNS_H_
#define DOLERITE_BLOCK_TABLE_COLUMNS_H_

#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "block/sections.h"
#include "dolerite/limits.h"
#include "dolerite/symbols.h"

namespace dolerite {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

template <class Tag>
Column32 Values(const std::vector<Id<Tag>>& ids, size_t from = 0) {
  Column32 values;
  values.reserve(ids.size());
  for (size_t i = from; i < ids.size(); ++i) values.push_back(ids[i].value);
  return values;
}

// Ids that must lie below `bound`.
template <class Tag>
absl::Status ToIds(const SectionReader& section, std::string_view what, const Column32& values,
                   size_t bound, std::vector<Id<Tag>>* ids) {
  const size_t at = ids->size();
  ids->resize(at + values.size());
  Id<Tag>* to = ids->data() + at;
  for (uint32_t value : values) {
    if (value >= bound) {
      return section.Damaged(Concat(what, ": ", value, " is outside its table of ", bound));
    }
    *to++ = {value};
  }
  return absl::OkStatus();
}

template <class T>
void AppendAs(const Column64& values, std::vector<T>* out) {
  out->reserve(out->size() + values.size());
  for (uint64_t value : values) out->push_back(static_cast<T>(value));
}

// Offsets from where a list begins: sizes to ends. Their sum, in 64 bits, is checked against the
// items' limit first, so that the loop over the sizes needs no check.
template <class T>
absl::Status SizesToEnds(const SectionReader& section, const Column32& sizes, size_t limit,
                         Lists<T>* lists) {
  uint32_t end = lists->ends.empty() ? 0 : lists->ends.back();
  const uint64_t sum = std::accumulate(sizes.begin(), sizes.end(), uint64_t{end});
  if (sum > limit) return CheckLimit(Concat(section.place(), ": list items"), sum, limit);
  const size_t at = lists->ends.size();
  lists->ends.resize(at + sizes.size());
  uint32_t* to = lists->ends.data() + at;
  for (uint32_t size : sizes) *to++ = end += size;
  return absl::OkStatus();
}

template <class T>
Column32 SizesOf(const Lists<T>& lists, size_t from = 0) {
  Column32 sizes;
  for (size_t i = from; i < lists.size(); ++i) {
    sizes.push_back(static_cast<uint32_t>(lists.length(i)));
  }
  return sizes;
}

inline absl::Status CheckCounts(const SectionReader& section, const Column64& counts,
                                const BlockLimits& limits) {
  for (uint64_t count : counts) {
    DOLERITE_RETURN_IF_ERROR(
        CheckLimit(Concat(section.place(), ": rows of a table"), count, limits.section_rows));
  }
  return absl::OkStatus();
}

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_TABLE_COLUMNS_H_
