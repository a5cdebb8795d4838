// The labels that name a series.
#ifndef DOLERITE_LABELS_H_
#define DOLERITE_LABELS_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/export.h"

namespace dolerite {

// Names and values, sorted by name, each name once. A value type: const calls are thread-safe.
class DOLERITE_EXPORT LabelSet {
 public:
  using Pair = std::pair<std::string, std::string>;

  LabelSet() = default;
  // For literals: of two pairs with one name the last wins.
  LabelSet(std::initializer_list<Pair> pairs);
  // InvalidArgument if a name is empty or given twice.
  static absl::StatusOr<LabelSet> Make(std::vector<Pair> pairs);
  // Parses `k=v,k=v`. Values hold no comma.
  static absl::StatusOr<LabelSet> Parse(std::string_view text);

  void Set(std::string_view name, std::string_view value);
  std::optional<std::string_view> Get(std::string_view name) const;

  const std::vector<Pair>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }
  // `{a="b", "two words"="d"}`, with `"`, `\` and control bytes escaped. Names are quoted that
  // selectors (ParseMatchers) must have quoted.
  std::string ToString() const;

  friend auto operator<=>(const LabelSet&, const LabelSet&) = default;

 private:
  std::vector<Pair> pairs_;
};

}  // namespace dolerite

#endif  // DOLERITE_LABELS_H_
