// How the tool shows what a profile holds.
#include <catch2/catch.hpp>
#include <string>

#include "profile_view.h"

namespace dolerite::cli {
namespace {

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
