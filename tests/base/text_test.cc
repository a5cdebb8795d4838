// Pieces of messages, and bytes in places where only text is allowed.
#include <catch2/catch.hpp>

#include "base/status.h"
#include "base/utf8.h"

namespace dolerite {
namespace {

TEST_CASE("pieces become one text") {
  CHECK(Concat("a", 'b', 3, std::string("d"), std::string_view("e"), -1, UINT64_MAX) ==
        "ab3de-118446744073709551615");
  CHECK(Concat() == "");
}

TEST_CASE("statuses carry limits and contexts") {
  CHECK(CheckLimit("rows", 5, 5).ok());
  const absl::Status over = CheckLimit("rows", 6, 5);
  CHECK(absl::IsResourceExhausted(over));
  CHECK(ToStd(over.message()) == "rows: 6 is over the limit of 5");
  CHECK(Annotate(absl::OkStatus(), "x").ok());
  CHECK(Annotate(DataLoss("gone"), "block a") == DataLoss("block a: gone"));
}

TEST_CASE("JSON strings hold any bytes") {
  const auto json = [](std::string_view bytes) {
    std::string out;
    AppendJsonString(&out, bytes);
    return out;
  };
  CHECK(json("a\"\\b") == R"("a\"\\b")");
  CHECK(json("\xc3\xa9") == "\"\xc3\xa9\"");
  CHECK(json("</script>").find('<') == std::string::npos);
  CHECK(json("\xff").find('\xff') == std::string::npos);
  for (int c = 0; c < 0x20; ++c) {
    const std::string out = json(std::string(1, static_cast<char>(c)));
    CHECK(out.find(static_cast<char>(c)) == std::string::npos);
  }
}

TEST_CASE("only well-formed UTF-8 has a length") {
  CHECK(Utf8Length("a", 0) == 1);
  CHECK(Utf8Length("\xc3\xa9", 0) == 2);
  CHECK(Utf8Length("\xe2\x82\xac", 0) == 3);
  CHECK(Utf8Length("\xf0\x9f\x94\xa5", 0) == 4);
  for (const char* bad : {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xc3", "\xe2\x82", "\xf0\x9f\x94", "\xff"}) {
    CHECK(Utf8Length(bad, 0) == 0);
  }
}

}  // namespace
}  // namespace dolerite
