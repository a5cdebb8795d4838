#include "arrow/words.h"

#include <algorithm>
#include <map>

#include "arrow/codes.h"
#include "base/status.h"
#include "base/text.h"

namespace dolerite::arrow {

// A null row has code 0, whatever that is.
absl::Status Words::Add(std::optional<std::string_view> word) {
  int32_t code = 0;
  if (word) {
    const auto [at, is_new] =
        known_.try_emplace(std::string(*word), static_cast<int32_t>(dictionary_.size()));
    if (is_new && !dictionary_.Add(*word)) {
      return ResourceExhausted("a table's texts are over 2 GB in one column: select less");
    }
    code = at->second;
  }
  codes_.push_back(code);
  valid_.push_back(word.has_value());
  return absl::OkStatus();
}

// A code of a null row points nowhere; readers that check all codes find a word all the same.
Column Words::Finish() && {
  if (dictionary_.size() == 0 && !codes_.empty()) dictionary_.Add("");
  auto dictionary = std::make_shared<const Column>(std::move(dictionary_).Finish());
  Column column = Column::Of(std::move(codes_)).Valid(valid_);
  column.dictionary = std::move(dictionary);
  return column;
}

// From one code for each distinct id to one for each row.
Column Words::Spread(const std::vector<uint32_t>& rows) && {
  codes_ = dolerite::arrow::Spread(codes_, rows);
  const bool all = std::count(valid_.begin(), valid_.end(), 0) == 0;
  valid_ = all ? std::vector<char>() : dolerite::arrow::Spread(valid_, rows);
  return std::move(*this).Finish();
}

absl::Status CheckColumns(size_t columns) {
  if (columns <= kMostColumns) return absl::OkStatus();
  return ResourceExhausted("a table of ", columns, " columns, of at most ", kMostColumns,
                           ": select fewer labels or profile types");
}

absl::StatusOr<LabelColumns> LabelColumns::Make(std::vector<std::string> names,
                                                const std::vector<Field>& others,
                                                ArrowReport* report) {
  DOLERITE_RETURN_IF_ERROR(CheckColumns(names.size() + others.size()));
  LabelColumns out;
  out.names_ = std::move(names);
  FieldNames names_of_fields(report);
  names_of_fields.Take(others);
  for (const std::string& name : out.names_) {
    // A name that another column has gets the prefix `label.`.
    out.fields_.push_back(Field::Words(names_of_fields.Make(name, "label.")).Nullable());
    out.words_.emplace_back(report);
  }
  return out;
}

// Rows of one series mostly follow each other: their labels are looked up once.
absl::Status LabelColumns::Add(const LabelSet& labels) {
  const bool same = any_ && labels.pairs().data() == last_.pairs().data();
  for (size_t i = 0; i < names_.size(); ++i) {
    if (same) {
      words_[i].Repeat();
      continue;
    }
    std::optional<std::string_view> value = labels.Get(names_[i]);
    if (value && value->empty()) value.reset();
    DOLERITE_RETURN_IF_ERROR(words_[i].Add(value));
  }
  last_ = labels;
  any_ = true;
  return absl::OkStatus();
}

std::vector<Column> LabelColumns::Finish() && {
  std::vector<Column> columns;
  for (Words& words : words_) columns.push_back(std::move(words).Finish());
  return columns;
}

// Equal sample types of one profile type get numbers, so that each has a column.
std::vector<ValueKind> KindsOf(const ProfileType& type) {
  std::vector<ValueKind> kinds;
  std::map<ProfileType::Value, size_t> counts;
  for (const ProfileType::Value& value : type.sample_types) {
    kinds.push_back({value, counts[value]++});
  }
  return kinds;
}

Field FieldOf(const ValueKind& kind, FieldNames* names) {
  const std::string name = Concat(kind.value.type, '/', kind.value.unit);
  return Field::Of(names->Make(name, "other."), "l").In(kind.value.unit);
}

}  // namespace dolerite::arrow
