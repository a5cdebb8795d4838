// What must not compile: a reader of bytes that are gone.
#include <string>
#include <string_view>
#include <utility>

#include "block/block_support.h"

namespace dolerite::testing {
namespace {

template <class Bytes>
concept Opens = requires(Bytes&& bytes) {
  BlockReader::FromBytes(std::forward<Bytes>(bytes));
};
template <class Bytes>
concept OpensWithOptions = requires(Bytes&& bytes) {
  BlockReader::FromBytes(std::forward<Bytes>(bytes), BlockReader::Options());
};

TEST_CASE("a block in memory is not opened on a string that dies at once") {
  STATIC_REQUIRE_FALSE(Opens<std::string>);
  STATIC_REQUIRE_FALSE(OpensWithOptions<std::string>);
  STATIC_REQUIRE(Opens<std::string&>);
  STATIC_REQUIRE(Opens<const std::string&>);
  STATIC_REQUIRE(Opens<std::string_view>);
  STATIC_REQUIRE(Opens<const char(&)[4]>);
  STATIC_REQUIRE(OpensWithOptions<const char(&)[4]>);
}

}  // namespace
}  // namespace dolerite::testing
