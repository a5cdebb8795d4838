// Columns of texts that repeat.
#ifndef DOLERITE_ARROW_WORDS_H_
#define DOLERITE_ARROW_WORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "arrow/column.h"
#include "dolerite/labels.h"
#include "dolerite/profile_type.h"

namespace dolerite::arrow {

// A dictionary column in the making.
class Words {
 public:
  explicit Words(ArrowReport* report) : dictionary_(report) {}

  // nullopt: null. ResourceExhausted where the dictionary gets too large for Arrow.
  absl::Status Add(std::optional<std::string_view> word);
  // The word of the row before once more; there must be one.
  void Repeat() { codes_.push_back(codes_.back()), valid_.push_back(valid_.back()); }
  Column Finish() &&;
  // A column of these rows of the words that were added.
  Column Spread(const std::vector<uint32_t>& rows) &&;

 private:
  TextColumn dictionary_;
  absl::flat_hash_map<std::string, int32_t> known_;
  std::vector<int32_t> codes_;
  std::vector<char> valid_;
};

// A column for each name of a label.
class LabelColumns {
 public:
  // `names`: sorted, each once. ResourceExhausted if they are too many beside `others`.
  static absl::StatusOr<LabelColumns> Make(std::vector<std::string> names,
                                           const std::vector<Field>& others, ArrowReport* report);

  const std::vector<Field>& fields() const { return fields_; }
  absl::Status Add(const LabelSet& labels);
  std::vector<Column> Finish() &&;

 private:
  LabelColumns() = default;

  std::vector<std::string> names_;
  std::vector<Field> fields_;
  std::vector<Words> words_;
  LabelSet last_;
  bool any_ = false;
};

// The sample types of a profile type. Several may be alike: `nth` counts those before it.
struct ValueKind {
  ProfileType::Value value;
  size_t nth = 0;
  friend auto operator<=>(const ValueKind&, const ValueKind&) = default;
};
std::vector<ValueKind> KindsOf(const ProfileType& type);
// `cpu/nanoseconds`.
Field FieldOf(const ValueKind& kind, FieldNames* names);

absl::Status CheckColumns(size_t columns);

}  // namespace dolerite::arrow

#endif  // DOLERITE_ARROW_WORDS_H_
