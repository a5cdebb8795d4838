#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "dolerite/flamegraph.h"
#include "support/trees.h"

namespace dolerite {
namespace {

using testing::RandomStacks;
using testing::StackOfNames;
using testing::TreeOf;
using testing::ValuesByStack;

std::string Unescaped(const std::string& text) {
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      name += text[i];
      continue;
    }
    switch (text.at(++i)) {
      case '\\':
        name += '\\';
        break;
      case 'n':
        name += '\n';
        break;
      case 'r':
        name += '\r';
        break;
      case 'e':
        REQUIRE(text == "\\e");
        break;
      default:
        REQUIRE(text.substr(i, 3) == "x3b");
        name += ';';
        i += 2;
    }
  }
  return name;
}

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts = {""};
  for (char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// Reads what FoldedStacks wrote.
ValuesByStack Read(const std::string& folded, size_t columns) {
  ValuesByStack values;
  for (const std::string& line : Split(folded, '\n')) {
    if (line.empty()) continue;
    std::string rest = line;
    std::vector<int64_t> row(columns);
    for (size_t c = columns; c-- > 0;) {
      const size_t space = rest.rfind(' ');
      row[c] = std::stoll(rest.substr(space + 1));
      rest.resize(space);
    }
    StackOfNames stack;
    if (!rest.empty()) {
      for (const std::string& part : Split(rest, ';')) stack.push_back(Unescaped(part));
    }
    REQUIRE(values.emplace(stack, row).second);
  }
  return values;
}

void CheckReadBack(ValuesByStack values, size_t columns) {
  const std::string folded = FoldedStacks(TreeOf(values, columns));
  for (auto at = values.begin(); at != values.end();) {
    const bool zero = std::all_of(at->second.begin(), at->second.end(), [](auto v) { return !v; });
    at = zero ? values.erase(at) : std::next(at);
  }
  REQUIRE(Read(folded, columns) == values);
}

TEST_CASE("folded stacks look as other tools want them") {
  const Tree tree = TreeOf({{{"main"}, {2}}, {{"main", "f"}, {3}}, {{"main", "g", "h"}, {-4}}});
  REQUIRE(FoldedStacks(tree) == "main 2\nmain;f 3\nmain;g;h -4\n");
  const Tree both = TreeOf({{{"a", "b"}, {1, 0}}, {{"a", "c"}, {0, 0}}, {{"d"}, {0, 5}}}, 2);
  REQUIRE(FoldedStacks(both) == "a;b 1 0\nd 0 5\n");
}

TEST_CASE("folded stacks read back as they were") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    for (size_t columns : {1, 2}) {
      CheckReadBack(RandomStacks(200, columns, true, std::mt19937_64(seed)), columns);
    }
  }
}

TEST_CASE("folded names can hold anything") {
  const StackOfNames odd = {"",      ";",      "\\",  "\n",      "\r\n", "\\n",
                            "\\x3b", "a b 12", "\\e", " leads ", "\xff", std::string("\0", 1)};
  ValuesByStack values = {{odd, {1}}, {{}, {9}}};
  for (const std::string& name : odd) values[{name}] = {2};
  for (const std::string& name : odd) values[{"", name}] = {3};
  CheckReadBack(values, 1);
}

TEST_CASE("folded stacks of nothing are nothing") {
  REQUIRE(FoldedStacks(Tree{}).empty());
  REQUIRE(FoldedStacks(TreeOf({{{"a"}, {0}}})).empty());
}

}  // namespace
}  // namespace dolerite
