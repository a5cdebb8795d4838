// Columns of a table, as Arrow lays them out in memory.
#ifndef DOLERITE_ARROW_COLUMN_H_
#define DOLERITE_ARROW_COLUMN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "dolerite/arrow.h"

namespace dolerite::arrow {

// A column's name and type. Formats are those of the C data interface: "l" int64, "g" float64, "u"
// text, "+l" list and so on.
struct Field {
  std::string name;
  std::string format;
  bool nullable = false;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<Field> children;
  std::shared_ptr<const Field> dictionary;  // null: no dictionary

  static Field Of(std::string name, std::string format) {
    return {std::move(name), std::move(format), false, {}, {}, nullptr};
  }
  static Field Time(std::string name) { return Of(std::move(name), "tsn:UTC"); }
  // Texts that repeat.
  static Field Words(std::string name) {
    Field field = Of(std::move(name), "i");
    field.dictionary = std::make_shared<const Field>(Of("", "u"));
    return field;
  }
  static Field List(std::string name, Field item) {
    Field field = Of(std::move(name), "+l");
    field.children.push_back(std::move(item));
    return field;
  }
  Field Nullable() && {
    nullable = true;
    return std::move(*this);
  }
  Field In(std::string_view unit) && {
    metadata.emplace_back("unit", unit);
    return std::move(*this);
  }
};

// Memory that arrays share; it lives as long as one of them.
struct Buffer {
  const void* data = nullptr;
  std::shared_ptr<const void> owner;

  template <class T>
  static Buffer Of(std::vector<T> values) {
    auto owner = std::make_shared<const std::vector<T>>(std::move(values));
    return {owner->data(), owner};
  }
  static Buffer Of(std::string bytes) {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    return {owner->data(), owner};
  }
};

// The values of a column.
struct Column {
  int64_t length = 0;
  int64_t nulls = 0;
  std::vector<Buffer> buffers;  // validity (no data: all rows are valid), then what the format has
  std::vector<Column> children;
  std::shared_ptr<const Column> dictionary;

  template <class T>
  static Column Of(std::vector<T> values) {
    Column column;
    column.length = static_cast<int64_t>(values.size());
    column.buffers = {Buffer(), Buffer::Of(std::move(values))};
    return column;
  }
  // Some rows of values that others hold, too.
  static Column Shared(Buffer values, size_t length) {
    return {static_cast<int64_t>(length), 0, {Buffer(), std::move(values)}, {}, nullptr};
  }
  static Column List(std::vector<int32_t> offsets, Column items);
  // `valid` has a byte for each row, or none; the column gets no validity if all are set.
  Column Valid(const std::vector<char>& valid) &&;
};

// Concatenated texts. What is not UTF-8 is replaced, and counted in `report`.
class TextColumn {
 public:
  explicit TextColumn(ArrowReport* report) : report_(report) {}

  // False, and nothing added, once the column is at 2 GB, where its offsets end.
  bool Add(std::string_view text);
  size_t size() const { return offsets_.size() - 1; }
  Column Finish() &&;

 private:
  ArrowReport* report_;
  std::vector<int32_t> offsets_ = {0};
  std::string bytes_;
};

// Schema and rows of a table; all columns have `rows` rows.
struct Schema {
  std::vector<Field> fields;
  std::vector<std::pair<std::string, std::string>> metadata;
};
struct Batch {
  size_t rows = 0;
  std::vector<Column> columns;
};

inline constexpr size_t kMostColumns = 1000;
// Rows of one batch: positions of Arrow's dictionaries and lists have 31 bits.
inline constexpr size_t kMostRows = INT32_MAX;

// Names of fields are UTF-8 and C strings: what is not becomes U+FFFD, and NUL does, too. Each name
// is there once: names that are taken get `prefix` before them, as often as it takes.
class FieldNames {
 public:
  explicit FieldNames(ArrowReport* report) : report_(report) {}
  void Take(const std::vector<Field>& fields);
  std::string Make(std::string_view name, std::string_view prefix);

 private:
  ArrowReport* report_;
  std::set<std::string> taken_;
};

}  // namespace dolerite::arrow

#endif  // DOLERITE_ARROW_COLUMN_H_
