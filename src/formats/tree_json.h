// A tree's columns as JSON, for the two formats that hold them.
#ifndef DOLERITE_FORMATS_TREE_JSON_H_
#define DOLERITE_FORMATS_TREE_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
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

// `"key":`, behind a comma if something stands before it in its object.
void AppendJsonKey(std::string* out, std::string_view key);

// `"key":[...]` of what names.strings stand for.
void AppendJsonNames(std::string* out, std::string_view key, const Tree& tree,
                     const UsedNames& names);

// `"key":[...]` of integers.
template <class T>
void AppendJsonIntegers(std::string* out, std::string_view key, const std::vector<T>& values) {
  AppendJsonKey(out, key);
  AppendJsonArray(out, values.size(), [&](std::string* o, size_t i) { AppendPiece(o, values[i]); });
}

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_TREE_JSON_H_
