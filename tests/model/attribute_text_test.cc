#include "model/attribute_text.h"

#include <bit>
#include <catch2/catch.hpp>

namespace dolerite::testing {
namespace {

TEST_CASE("numbers of each kind have one text", "[attributes]") {
  CHECK(NumberText(AttributeKind::kInteger, static_cast<uint64_t>(int64_t{-7})) == "-7");
  CHECK(NumberText(AttributeKind::kInteger, INT64_MAX) == "9223372036854775807");
  CHECK(NumberText(AttributeKind::kBoolean, 1) == "true");
  CHECK(NumberText(AttributeKind::kBoolean, 0) == "false");
  CHECK(NumberText(AttributeKind::kDouble, std::bit_cast<uint64_t>(0.25)) == "0.25");
  CHECK(NumberText(AttributeKind::kEmpty, 0).empty());
}

}  // namespace
}  // namespace dolerite::testing
