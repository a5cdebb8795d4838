#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "base/utf8.h"
#include "dolerite/pyroscope.h"

namespace dolerite {
namespace {

// The rows of names, given out as nodes come; equal texts are one. Row 0 is the root's.
class NameRows {
 public:
  NameRows(const Tree& tree, std::vector<std::string>* names)
      : tree_(tree), names_(*names), row_of_id_(tree.names.size(), kNone) {
    names_.push_back("total");
  }

  int64_t RowOf(size_t node) {
    if (node == 0) return 0;
    const StringId id = tree_.name[node];
    uint32_t& row = row_of_id_[id.value];
    if (row == kNone) row = RowOf(TextOf(id));
    return row;
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  std::string TextOf(StringId id) const {
    return tree_.rest.value != 0 && id == tree_.rest ? "other" : ToUtf8(tree_.names[id]);
  }

  uint32_t RowOf(std::string text) {
    const auto [row, is_new] = row_of_text_.try_emplace(text, static_cast<uint32_t>(names_.size()));
    if (is_new) names_.push_back(std::move(text));
    return row->second;
  }

  const Tree& tree_;
  std::vector<std::string>& names_;
  std::vector<uint32_t> row_of_id_;
  absl::flat_hash_map<std::string, uint32_t> row_of_text_;
};

// The nodes of one column side by side. They come in pre-order, so those of a level from left to
// right.
class Positions {
 public:
  Positions(const Tree& tree, const Tree::Column& column)
      : tree_(tree), column_(column), free_from_(tree.size()) {}

  // Appends offset, total and self of a node. False if a position leaves 64 bits, which those of
  // sound totals do not.
  bool Append(size_t node, size_t level, std::vector<int64_t>* out) {
    const int64_t self = column_.self[node], total = column_.total[node];
    int64_t begin = 0, end = 0, offset = 0;
    if (node != 0) {
      int64_t& of_parent = free_from_[tree_.parent[node]];
      begin = of_parent;
      if (__builtin_add_overflow(of_parent, total, &of_parent)) return false;
    }
    if (level == ends_.size()) ends_.push_back(0);
    if (__builtin_add_overflow(begin, self, &free_from_[node]) ||
        __builtin_add_overflow(begin, total, &end) ||
        __builtin_sub_overflow(begin, ends_[level], &offset)) {
      return false;
    }
    ends_[level] = end;
    out->insert(out->end(), {offset, total, self});
    return true;
  }

 private:
  const Tree& tree_;
  const Tree::Column& column_;
  std::vector<int64_t> free_from_;  // of each node: where its next child begins
  std::vector<int64_t> ends_;       // of each level: where its last node ends
};

absl::Status AppendLevels(const Tree& tree, FlamebearerLevels* out) {
  NameRows names(tree, &out->names);
  std::vector<Positions> columns;
  for (const Tree::Column& column : tree.columns) columns.emplace_back(tree, column);
  std::vector<uint32_t> level_of(tree.size());
  for (size_t node = 0; node < tree.size(); ++node) {
    const uint32_t level = node == 0 ? 0 : level_of[tree.parent[node]] + 1;
    level_of[node] = level;
    if (level == out->levels.size()) out->levels.emplace_back();
    std::vector<int64_t>& values = out->levels[level];
    for (size_t c = 0; c < columns.size(); ++c) {
      if (!columns[c].Append(node, level, &values)) {
        return OutOfRange("a position in the flame graph does not fit in 64 bits");
      }
      out->max_self = std::max(out->max_self, tree.columns[c].self[node]);
    }
    values.push_back(names.RowOf(node));
  }
  return absl::OkStatus();
}

absl::Status SetTotals(const Tree& tree, FlamebearerLevels* out) {
  const auto root_total = [&tree](size_t column) { return tree.columns[column].total[0]; };
  out->total = root_total(0);
  if (tree.columns.size() == 1) return absl::OkStatus();
  out->base_total = root_total(0);
  out->against_total = root_total(1);
  if (__builtin_add_overflow(out->base_total, out->against_total, &out->total)) {
    return OutOfRange("the totals of both sides do not add up in 64 bits");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FlamebearerLevels> ToFlamebearerLevels(const Tree& tree) {
  if (tree.columns.empty() || tree.size() == 0) {
    return InvalidArgument("a flame graph needs a tree with a root and a column of values");
  }
  return WithinMemory([&]() -> absl::StatusOr<FlamebearerLevels> {
    FlamebearerLevels out;
    DOLERITE_RETURN_IF_ERROR(SetTotals(tree, &out));
    DOLERITE_RETURN_IF_ERROR(AppendLevels(tree, &out));
    return out;
  });
}

}  // namespace dolerite
