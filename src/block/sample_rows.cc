// Rows of one profile are sorted by stack, labels, and then by all else that a row has, so that
// equal content has equal bytes in whatever order it came. Keys of 64 bits decide nearly always;
// the rest is compared only between rows of equal key.
#include "block/sample_rows.h"

#include <algorithm>
#include <compare>
#include <numeric>
#include <string_view>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/radix_sort.h"

namespace dolerite {

// Samples of the timed shape have a value for each timestamp; the others have none in that
// column.
std::vector<uint32_t> TimedValueStarts(const SampleRows& rows) {
  std::vector<uint32_t> starts;
  uint32_t at = 0;
  for (size_t i = 0; i < rows.shape.size(); ++i) {
    starts.push_back(at);
    if (rows.shape[i] == SampleShape::kTimed)
      at += static_cast<uint32_t>(rows.timestamps.length(i));
  }
  starts.push_back(at);
  return starts;
}

namespace {

// Orders rows of equal stack and labels.
// The order is that of FORMAT.md, section 7: values, link, shape, timestamps, timed values. Columns
// that no row has are empty and do not decide.
class TieBreak {
 public:
  TieBreak(const SampleRows& rows, size_t value_count)
      : rows_(rows), n_(value_count), timed_(TimedValueStarts(rows)) {}

  bool operator()(uint32_t a, uint32_t b) const {
    const auto value = [&](uint32_t row) { return rows_.values.begin() + row * n_; };
    auto order =
        std::lexicographical_compare_three_way(value(a), value(a) + n_, value(b), value(b) + n_);
    if (order != 0) return order < 0;
    if (!rows_.link.empty()) order = rows_.link[a] <=> rows_.link[b];
    if (order != 0 || rows_.shape.empty()) return order < 0;
    order = rows_.shape[a] <=> rows_.shape[b];
    if (order != 0) return order < 0;
    const Lists<uint64_t>& t = rows_.timestamps;
    order = std::lexicographical_compare_three_way(t.begin(a), t.end(a), t.begin(b), t.end(b));
    if (order != 0) return order < 0;
    const auto timed = [&](uint32_t i) { return rows_.timestamp_values.begin() + timed_[i]; };
    return std::lexicographical_compare(timed(a), timed(a + 1), timed(b), timed(b + 1));
  }

 private:
  const SampleRows& rows_;
  size_t n_;
  std::vector<uint32_t> timed_;
};

// Puts a column of `width` values a row into the order of the rows.
template <class T>
void Permute(const std::vector<uint32_t>& order, size_t width, std::vector<T>* column) {
  if (column->empty()) return;
  std::vector<T> out;
  out.reserve(column->size());
  for (uint32_t row : order) {
    out.insert(out.end(), column->begin() + row * width, column->begin() + (row + 1) * width);
  }
  column->swap(out);
}

// Lists move as a whole; the values of timestamps go with them.
void PermuteTimestamps(const std::vector<uint32_t>& order, SampleRows* rows) {
  if (rows->shape.empty()) return;
  const std::vector<uint32_t> timed = TimedValueStarts(*rows);
  Lists<uint64_t> times;
  std::vector<int64_t> values;
  for (uint32_t row : order) {
    times.items.insert(times.items.end(), rows->timestamps.begin(row), rows->timestamps.end(row));
    times.Close();
    values.insert(values.end(), rows->timestamp_values.begin() + timed[row],
                  rows->timestamp_values.begin() + timed[row + 1]);
  }
  rows->timestamps = std::move(times);
  rows->timestamp_values = std::move(values);
}

}  // namespace

// A column that says nothing costs memory in every profile, so it is left out.
void DropIdleColumns(SampleRows* rows) {
  const auto none = [](const LinkBytes& link) { return link == LinkBytes{}; };
  if (std::all_of(rows->link.begin(), rows->link.end(), none)) rows->link.clear();
  const auto aggregate = [](SampleShape shape) { return shape == SampleShape::kAggregate; };
  if (!rows->timestamps.items.empty() ||
      !std::all_of(rows->shape.begin(), rows->shape.end(), aggregate)) {
    return;
  }
  rows->shape.clear();
  rows->timestamps.Clear();
}

// Sorts keys beside row numbers, 16 bytes each, so that comparing touches one array; then every
// column is put into that order once.
void SortRows(SampleRows* rows, size_t value_count) {
  const size_t n = rows->size();
  std::vector<std::pair<uint64_t, uint32_t>> keyed(n);
  for (uint32_t i = 0; i < n; ++i) {
    keyed[i] = {(uint64_t{rows->stack[i]} << 32) | rows->labels[i], i};
  }
  // Rows of equal key are rare, except in profiles with timestamps or links.
  const TieBreak tie(*rows, value_count);
  const auto less = [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : tie(a.second, b.second);
  };
  // Profiles of a block that is rebuilt come in order.
  if (std::is_sorted(keyed.begin(), keyed.end(), less)) return;
  SortStablyByKey(&keyed, [](const auto& row) { return row.first; }).IgnoreError();
  for (size_t begin = 0, end = 0; begin < n; begin = end) {
    while (end < n && keyed[end].first == keyed[begin].first) ++end;
    if (end - begin > 1) std::sort(keyed.data() + begin, keyed.data() + end, less);
  }
  std::vector<uint32_t> order(n);
  for (size_t i = 0; i < n; ++i) {
    order[i] = keyed[i].second;
    rows->stack[i] = static_cast<uint32_t>(keyed[i].first >> 32);
    rows->labels[i] = static_cast<uint32_t>(keyed[i].first);
  }
  Permute(order, value_count, &rows->values);
  Permute(order, 1, &rows->link);
  PermuteTimestamps(order, rows);
  Permute(order, 1, &rows->shape);
}

// FORMAT.md, section 17. Ids differ from block to block, so a stack or a label set enters as the
// hash of its content.
uint32_t ContentCheck(const SampleRows& rows, const CheckedHeader& header,
                      const ContentHashes& hashes) {
  std::vector<uint64_t> words;
  words.reserve(rows.size() * 2 + rows.values.size() + 8);
  for (size_t i = 0; i < rows.size(); ++i) {
    words.push_back(hashes.stacks[rows.stack[i]]);
    words.push_back(hashes.attribute_sets[rows.labels[i]]);
  }
  words.insert(words.end(), rows.values.begin(), rows.values.end());
  for (SampleShape shape : rows.shape) words.push_back(static_cast<uint64_t>(shape));
  words.insert(words.end(), rows.timestamps.ends.begin(), rows.timestamps.ends.end());
  words.insert(words.end(), rows.timestamps.items.begin(), rows.timestamps.items.end());
  words.insert(words.end(), rows.timestamp_values.begin(), rows.timestamp_values.end());
  const auto hash = [](const auto& data) {
    return Checksum64({reinterpret_cast<const char*>(data.data()), data.size() * sizeof(data[0])});
  };
  const uint64_t parts[] = {hashes.layouts[header.layout],
                            hashes.attribute_sets[header.attributes.value],
                            header.dropped_attributes,
                            hash(words),
                            hash(rows.link),
                            hash(rows.payload),
                            hash(rows.unknown_fields)};
  return static_cast<uint32_t>(Checksum64({reinterpret_cast<const char*>(parts), sizeof(parts)}));
}

}  // namespace dolerite
