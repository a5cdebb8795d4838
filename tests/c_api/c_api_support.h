// What the tests of the C interface share.
#ifndef DOLERITE_TESTS_C_API_C_API_SUPPORT_H_
#define DOLERITE_TESTS_C_API_C_API_SUPPORT_H_

#include <catch2/catch.hpp>
#include <string>

#include "dolerite/dolerite.h"

namespace dolerite::testing {

// An error that frees itself.
struct Error {
  dolerite_error* error = nullptr;
  ~Error() { dolerite_error_free(error); }
  std::string text() const { return dolerite_error_message(error); }
};

inline dolerite_source* SourceOf(const std::string& block) {
  dolerite_source* source = nullptr;
  REQUIRE(dolerite_source_new(&source, nullptr) == DOLERITE_OK);
  REQUIRE(dolerite_source_add_bytes(source, block.data(), block.size(), nullptr) == DOLERITE_OK);
  return source;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_C_API_C_API_SUPPORT_H_
