#include "arrow/column.h"

#include <algorithm>

namespace dolerite::arrow {

// A list column has no values of its own: offsets into its only child. Row i is items
// [offsets[i], offsets[i + 1]).
Column Column::List(std::vector<int32_t> offsets, Column items) {
  Column column;
  column.length = static_cast<int64_t>(offsets.size()) - 1;
  column.buffers = {Buffer(), Buffer::Of(std::move(offsets))};
  column.children.push_back(std::move(items));
  return column;
}

// Validity is a bit for each row, lowest bit first.
Column Column::Valid(const std::vector<char>& valid) && {
  nulls = std::count(valid.begin(), valid.end(), 0);
  if (nulls > 0) {
    std::vector<uint8_t> bits((valid.size() + 7) / 8, 0);
    uint8_t* const bytes = bits.data();
    size_t row = 0;
    for (const char set : valid) {
      bytes[row / 8] = static_cast<uint8_t>(bytes[row / 8] | (set != 0) << (row % 8));
      ++row;
    }
    buffers[0] = Buffer::Of(std::move(bits));
  }
  return std::move(*this);
}

// Offsets have 31 bits: a text that would take the column past them is refused, and nothing is
// added.
bool TextColumn::Add(std::string_view text) {
  std::string replaced;
  const bool sound = IsUtf8(text);
  if (!sound) text = replaced = ToUtf8(text);
  if (text.size() > kMostRows - bytes_.size()) return false;
  report_->replaced_texts += !sound;
  bytes_.append(text);
  offsets_.push_back(static_cast<int32_t>(bytes_.size()));
  return true;
}

Column TextColumn::Finish() && {
  Column column;
  column.length = static_cast<int64_t>(size());
  column.buffers = {Buffer(), Buffer::Of(std::move(offsets_)), Buffer::Of(std::move(bytes_))};
  return column;
}

void FieldNames::Take(const std::vector<Field>& fields) {
  for (const Field& field : fields) taken_.insert(field.name);
}

// C strings end at a NUL, so it becomes U+FFFD like other bytes that names cannot have.
std::string FieldNames::Make(std::string_view name, std::string_view prefix) {
  std::string made = ToUtf8(name);
  for (size_t at = 0; (at = made.find('\0', at)) != std::string::npos;) {
    made.replace(at, 1, "\uFFFD");
  }
  report_->replaced_texts += made != name;
  while (!taken_.insert(made).second) made.insert(0, prefix);
  return made;
}

}  // namespace dolerite::arrow
