// How the tool shows what a profile holds.
#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "any_value.h"
#include "profile_view.h"

namespace dolerite::cli {
namespace {

using namespace std::string_literals;

// A field of bytes.
std::string Field(char number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

std::string Show(const std::string& encoded) {
  const std::optional<Json> value = AnyValueJson(encoded);
  return value ? value->dump() : "none";
}

// A list in a list in .., around an empty one.
std::string Nested(int depth) {
  std::string out = Field(5, "");
  for (int i = 0; i < depth; ++i) out = Field(5, Field(1, out));
  return out;
}

TEST_CASE("values of attributes are shown as JSON") {
  const std::string text = Field(1, "a\"b");
  CHECK(Show("") == "null");
  CHECK(Show(text) == R"("a\"b")");
  CHECK(Show("\x10\x01") == "true");
  CHECK(Show("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s) == "-1");
  CHECK(Show("\x21\x00\x00\x00\x00\x00\x00\xf8\x3f"s) == "1.5");
  CHECK(Show(Field(7, "\x01\xfe")) == R"({"bytes":"01fe"})");
  CHECK(Show(Field(5, Field(1, text) + Field(1, "\x18\x02"))) == R"(["a\"b",2])");
  CHECK(Show(Field(6, Field(1, Field(1, "key") + Field(2, text)))) == R"({"key":"a\"b"})");
  CHECK(DoubleJson(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(DoubleJson(-std::numeric_limits<double>::infinity()) == "-Infinity");
}

TEST_CASE("what is no value is not shown as one") {
  const std::string map = Field(6, Field(1, Field(1, "key") + Field(2, Field(1, "value"))));
  for (size_t size = 1; size < map.size(); ++size) CHECK(Show(map.substr(0, size)) == "none");
  CHECK(Show("\x0b") == "none");
  CHECK(Show(std::string(11, '\xff')) == "none");
  CHECK(Show(Nested(8)) != "none");
  CHECK(Show(Nested(40)) == "none");
}

TEST_CASE("a key that occurs twice has both values") {
  Profile profile;
  Symbols& symbols = profile.symbols;
  const StringId key = symbols.strings.Add("k"), other = symbols.strings.Add("o");
  for (uint64_t value : {1, 2}) {
    symbols.attribute_sets.items.push_back(
        symbols.AddAttribute(key, AttributeKind::kInteger, value));
  }
  symbols.attribute_sets.items.push_back(
      symbols.AddAttribute(other, AttributeKind::kString, key.value));
  symbols.attribute_sets.items.push_back(
      symbols.AddAttribute(other, AttributeKind::kInteger, 7, symbols.strings.Add("ms")));
  symbols.attribute_sets.items.push_back(symbols.AddAttribute(other, AttributeKind::kEmpty, 0));
  symbols.attribute_sets.Close();
  CHECK(LabelsJson(profile, AttributeSetId{1}).dump() == R"({"k":[1,2],"o":["k",7,null]})");
  CHECK(LabelsText(profile, AttributeSetId{1}) == R"(k=1, k=2, o="k", o=7 ms, o=null)");
  CHECK(LabelsJson(profile, AttributeSetId{}).dump() == "{}");
}

TEST_CASE("times of 64 bits are shown to the nanosecond") {
  CHECK(FormatNanos(0) == "1970-01-01T00:00:00.000000000Z");
  CHECK(FormatNanos(1'700'000'000'000'000'001) == "2023-11-14T22:13:20.000000001Z");
  CHECK(FormatNanos(UINT64_MAX) == "2554-07-21T23:34:33.709551615Z");
}

}  // namespace
}  // namespace dolerite::cli
