// The labels that name a series.
#ifndef DOLERITE_LABELS_H_
#define DOLERITE_LABELS_H_

#include <compare>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/export.h"

namespace dolerite {

// Names and values, sorted by name, each name once. A value type: const calls are thread-safe.
// Copies share one allocation, which never changes, so that a million profiles of a series can each
// have its labels.
class DOLERITE_EXPORT LabelSet {
 public:
  using Pair = std::pair<std::string_view, std::string_view>;

  LabelSet() = default;
  // For literals: of two pairs with one name the last wins.
  LabelSet(std::initializer_list<Pair> pairs);
  // InvalidArgument if a name is empty or given twice. Copies the texts.
  static absl::StatusOr<LabelSet> Make(std::vector<Pair> pairs);
  // Parses `k=v,k=v`. Values hold no comma.
  static absl::StatusOr<LabelSet> Parse(std::string_view text);

  // Makes the set anew: for many labels use Make.
  void Set(std::string_view name, std::string_view value);
  std::optional<std::string_view> Get(std::string_view name) const;

  // Valid for as long as this set or a copy of it lives unchanged.
  std::span<const Pair> pairs() const { return {pairs_.get(), pairs_ == nullptr ? 0 : size_}; }
  bool empty() const { return pairs().empty(); }
  // Bytes of memory that the set takes, which its copies share.
  size_t memory_bytes() const;
  // `{a="b", "two words"="d"}`, with `"`, `\` and control bytes escaped. Names are quoted that
  // selectors (ParseMatchers) must have quoted.
  std::string ToString() const;

  friend bool operator==(const LabelSet& a, const LabelSet& b) { return a.Compare(b) == 0; }
  friend std::strong_ordering operator<=>(const LabelSet& a, const LabelSet& b) {
    return a.Compare(b);
  }

 private:
  static LabelSet Sorted(std::span<const Pair> pairs);
  std::strong_ordering Compare(const LabelSet& other) const;

  std::shared_ptr<const Pair[]> pairs_;  // the texts lie behind the pairs; null: no pairs
  size_t size_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_LABELS_H_
