#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <random>

#include "dolerite/tree_text.h"
#include "support/trees.h"

namespace dolerite {
namespace {

using testing::RandomStacks;
using testing::StackOfNames;
using testing::TreeOf;
using testing::ValuesByStack;

bool IsHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// By the rules in tree_text.h.
std::string Unescaped(const std::string& text) {
  if (text == "\\e") return "";
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool doubled = text.compare(i, 2, "\\\\") == 0;
    const bool byte = text.compare(i, 2, "\\x") == 0 && i + 3 < text.size() && IsHex(text[i + 2]) &&
                      IsHex(text[i + 3]);
    if (byte) {
      name += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      name += text[i];
      i += doubled;
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

std::string Folded(const std::string& name) {
  const std::string line = FoldedStacks(TreeOf({{{name}, {1}}}));
  return line.substr(0, line.size() - 3);  // " 1\n"
}

TEST_CASE("a backslash stays one where it begins no escape") {
  for (const char* name :
       {"App\\Entity\\run", "C:\\new\\run.exe", "\\", "a\\", "\\x", "\\xg0", "\\end"}) {
    CHECK(Folded(name) == name);
  }
  CHECK(Folded("\\\\server") == "\\\\\\server");
  CHECK(Folded("\\x3b") == "\\\\x3b");
  CHECK(Folded("\\;") == "\\\\\\x3b");
  CHECK(Folded("\\e") == "\\\\e");
}

TEST_CASE("folded stacks hold nothing that a terminal obeys") {
  CHECK(Folded("a\033[2Jb") == "a\\x1b[2Jb");
  CHECK(Folded("a\nb\r\tc\x7f") == "a\\x0ab\\x0d\\x09c\\x7f");
  CHECK(Folded("c1 \xc2\x9b") == "c1 \\xc2\\x9b");
  CHECK(Folded("\x9b") == "\\x9b");
  CHECK(Folded("bidi \xe2\x80\xae") == "bidi \\xe2\\x80\\xae");
  CHECK(Folded("\xce\xbb \xe4\xb8\xad") == "\xce\xbb \xe4\xb8\xad");  // text stays text
}

TEST_CASE("folded names of any bytes read back") {
  std::mt19937_64 random(7);
  const std::string bytes = "\\\\\\xe3b;n 1\n\r\t\x7f\xc2\x9b\xe2\x80\xae\xff";
  ValuesByStack values;
  for (int i = 0; i < 3000; ++i) {
    std::string name;
    for (size_t length = random() % 7; length > 0; --length) name += bytes[random() % bytes.size()];
    values[{name, "f"}] = {1};
  }
  CheckReadBack(values, 1);
}

TEST_CASE("folded stacks of nothing are nothing") {
  REQUIRE(FoldedStacks(Tree{}).empty());
  REQUIRE(FoldedStacks(TreeOf({{{"a"}, {0}}})).empty());
}

}  // namespace
}  // namespace dolerite
