// The samples of one profile as a block holds them.
#ifndef DOLERITE_BLOCK_SAMPLE_ROWS_H_
#define DOLERITE_BLOCK_SAMPLE_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/profile.h"
#include "model/attribute_index.h"
#include "model/content_hash.h"

namespace dolerite {

// Ids are those of the dataset's tables. In canonical order rows ascend by (stack,
// labels, values, link, shape, timestamps).
struct SampleRows {
  std::vector<uint32_t> stack;
  std::vector<uint32_t> labels;
  std::vector<int64_t> values;     // row by row, one for each sample type
  std::vector<LinkBytes> link;     // zeros: no link; empty if no row has one
  std::vector<SampleShape> shape;  // this and the next two: empty if no row has timestamps
  Lists<uint64_t> timestamps;
  std::vector<int64_t> timestamp_values;
  std::string payload, unknown_fields;

  size_t size() const { return stack.size(); }
  friend bool operator==(const SampleRows&, const SampleRows&) = default;
};

// Where each row's values begin in timestamp_values; one more than rows, or only 0.
std::vector<uint32_t> TimedValueStarts(const SampleRows& rows);

// Clears columns whose rows are all 0 or default: such a column has one form, the empty one.
void DropIdleColumns(SampleRows* rows);

// Sorts the rows into canonical order.
void SortRows(SampleRows* rows, size_t value_count);

// The parts of a profile besides its rows that a content check covers.
struct CheckedHeader {
  uint32_t layout = 0;
  AttributeSetId attributes;
  uint64_t dropped_attributes = 0;
};

// A 32-bit check of a profile's rows and header. Rows are in canonical order; ids are those of the
// tables that were hashed.
uint32_t ContentCheck(const SampleRows& rows, const CheckedHeader& header,
                      const ContentHashes& hashes);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_SAMPLE_ROWS_H_
