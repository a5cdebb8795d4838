// Rows that name few things: each thing gets a number, and what is known of a thing is spread over
// the rows. Loops over rows walk plain pointers: checks of each access would take longer than the
// work.
#ifndef DOLERITE_ARROW_CODES_H_
#define DOLERITE_ARROW_CODES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dolerite::arrow {

// Ids of rows as codes: numbers from 0 on, in the order in which ids are met.
struct Codes {
  std::vector<uint32_t> rows;  // a code for each row
  std::vector<uint32_t> met;   // by code, the id

  // All ids are below `bound`.
  Codes(std::span<const uint32_t> ids, size_t bound) : rows(ids.size()) {
    constexpr uint32_t kNone = UINT32_MAX;
    std::vector<uint32_t> codes(bound, kNone);
    uint32_t *const code_of = codes.data(), *to = rows.data();
    for (const uint32_t id : ids) {
      if (code_of[id] == kNone) {
        code_of[id] = static_cast<uint32_t>(met.size());
        met.push_back(id);
      }
      *to++ = code_of[id];
    }
  }
};

// of[row] for each of the rows, which all lie in `of`.
template <class T>
std::vector<T> Spread(const std::vector<T>& of, const std::vector<uint32_t>& rows) {
  std::vector<T> out(rows.size());
  std::transform(rows.begin(), rows.end(), out.begin(),
                 [from = of.data()](uint32_t row) { return from[row]; });
  return out;
}

}  // namespace dolerite::arrow

#endif  // DOLERITE_ARROW_CODES_H_
