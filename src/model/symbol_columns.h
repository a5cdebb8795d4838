// Appends rows to tables whose sizes are known beforehand.
#ifndef DOLERITE_MODEL_SYMBOL_COLUMNS_H_
#define DOLERITE_MODEL_SYMBOL_COLUMNS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dolerite/symbols.h"

namespace dolerite {

// Columns are sized once and rows go straight to their places: a vector would look at its capacity
// for each value. At most `more` rows may be added; until Cut the columns are longer than the
// table. The table must not change otherwise.
class FunctionColumns {
 public:
  FunctionColumns(Functions* to, size_t more) : to_(*to), rows_(to->size()) {
    Resize(rows_ + more);
  }

  FunctionId Add(StringId name, StringId system_name, StringId file, int64_t start_line) {
    const size_t row = rows_++;
    name_[row] = name, system_name_[row] = system_name, file_[row] = file;
    start_line_[row] = start_line;
    return {static_cast<uint32_t>(row)};
  }
  bool Is(uint32_t row, StringId name, StringId system_name, StringId file,
          int64_t start_line) const {
    return name_[row] == name && system_name_[row] == system_name && file_[row] == file &&
           start_line_[row] == start_line;
  }
  size_t rows() const { return rows_; }
  void Cut() { Resize(rows_); }

 private:
  void Resize(size_t rows) {
    to_.name.resize(rows), to_.system_name.resize(rows), to_.file.resize(rows);
    to_.start_line.resize(rows);
    name_ = to_.name.data(), system_name_ = to_.system_name.data(), file_ = to_.file.data();
    start_line_ = to_.start_line.data();
  }

  Functions& to_;
  size_t rows_;
  StringId *name_ = nullptr, *system_name_ = nullptr, *file_ = nullptr;
  int64_t* start_line_ = nullptr;
};

// The same for locations. Lines are pushed to locations.lines.items before, as for
// Symbols::AddLocation.
class LocationColumns {
 public:
  LocationColumns(Locations* to, size_t more) : to_(*to), rows_(to->size()) {
    Resize(rows_ + more);
  }

  LocationId Add(MappingId mapping, uint64_t address, bool folded, AttributeSetId attributes) {
    const size_t row = rows_++;
    mapping_[row] = mapping, address_[row] = address, folded_[row] = folded;
    attributes_[row] = attributes;
    line_ends_[row] = static_cast<uint32_t>(to_.lines.items.size());
    return {static_cast<uint32_t>(row)};
  }
  bool Is(uint32_t row, MappingId mapping, uint64_t address, bool folded, AttributeSetId attributes,
          std::span<const Line> lines) const {
    if (address_[row] != address || mapping_[row] != mapping || folded_[row] != folded ||
        attributes_[row] != attributes) {
      return false;
    }
    const Line* const begin = to_.lines.items.data() + (row == 0 ? 0 : line_ends_[row - 1]);
    const Line* const end = to_.lines.items.data() + line_ends_[row];
    return std::equal(begin, end, lines.begin(), lines.end());
  }
  size_t rows() const { return rows_; }
  // Of the row to come, among all lines.
  size_t first_line() const { return rows_ == 0 ? 0 : line_ends_[rows_ - 1]; }
  void Cut() { Resize(rows_); }

 private:
  void Resize(size_t rows) {
    to_.mapping.resize(rows), to_.address.resize(rows), to_.folded.resize(rows);
    to_.attributes.resize(rows), to_.lines.ends.resize(rows);
    mapping_ = to_.mapping.data(), address_ = to_.address.data(), folded_ = to_.folded.data();
    attributes_ = to_.attributes.data(), line_ends_ = to_.lines.ends.data();
  }

  Locations& to_;
  size_t rows_;
  MappingId* mapping_ = nullptr;
  uint64_t* address_ = nullptr;
  uint8_t* folded_ = nullptr;
  AttributeSetId* attributes_ = nullptr;
  uint32_t* line_ends_ = nullptr;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_SYMBOL_COLUMNS_H_
