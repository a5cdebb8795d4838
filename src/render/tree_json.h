// Pieces of JSON, and a tree's columns in it, for all formats that hold them.
#ifndef DOLERITE_RENDER_TREE_JSON_H_
#define DOLERITE_RENDER_TREE_JSON_H_

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dolerite/tree.h"

namespace dolerite {

// The names that nodes have, each once, in order of first use.
struct UsedNames {
  std::vector<StringId> strings;
  std::vector<uint32_t> row_of_node;
};

UsedNames NamesInUse(const Tree& tree);

// `[...]` of size items; write(out, i) writes one.
template <class Write>
void AppendJsonArray(std::string* out, size_t size, Write write) {
  out->push_back('[');
  for (size_t i = 0; i < size; ++i) {
    if (i != 0) out->push_back(',');
    write(out, i);
  }
  out->push_back(']');
}

// `"key":`, after a comma unless it is the first key of its object.
void AppendJsonKey(std::string* out, std::string_view key);

// `"key":"value"`.
void AppendJsonText(std::string* out, std::string_view key, std::string_view value);

// An integer for scripts: a string if JavaScript's numbers can't hold it.
template <std::integral T>
void AppendJsonExact(std::string* out, T value) {
  constexpr int64_t kLargest = (int64_t{1} << 53) - 1;
  const bool number =
      std::cmp_less_equal(value, kLargest) && std::cmp_greater_equal(value, -kLargest);
  AppendPiece(out, number ? std::to_string(value) : Concat('"', value, '"'));
}

// `"key":[...]` with the text of each of names.strings.
void AppendJsonNames(std::string* out, std::string_view key, const Tree& tree,
                     const UsedNames& names);

// `"key":[...]` of integers.
template <class T>
void AppendJsonIntegers(std::string* out, std::string_view key, const std::vector<T>& values) {
  AppendJsonKey(out, key);
  AppendJsonArray(out, values.size(), [&](std::string* o, size_t i) { AppendPiece(o, values[i]); });
}

}  // namespace dolerite

#endif  // DOLERITE_RENDER_TREE_JSON_H_
