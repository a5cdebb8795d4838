// Numbers and texts of pages, for the tests of all of them.
#ifndef DOLERITE_TESTS_RENDER_RENDER_SUPPORT_H_
#define DOLERITE_TESTS_RENDER_RENDER_SUPPORT_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace dolerite::testing {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

// How often a part occurs in a text.
inline size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
  return count;
}

// A number of a page's data: a text where a browser would round the number.
inline int64_t Exact(const nlohmann::json& number) {
  return number.is_string() ? std::stoll(number.get<std::string>()) : number.get<int64_t>();
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_RENDER_RENDER_SUPPORT_H_
