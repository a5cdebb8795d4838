// What sums and counts in bytes from outside may be. More than any profiles add up to, and so much
// less than 128 and 64 bits that sums of sums stay exact.
#ifndef DOLERITE_QUERY_ANSWERS_SUM_BOUNDS_H_
#define DOLERITE_QUERY_ANSWERS_SUM_BOUNDS_H_

#include <cstdint>

namespace dolerite {

inline bool IsSum(__int128 value) {
  const __int128 most = __int128{1} << 104;
  return value > -most && value < most;
}
inline bool IsCount(uint64_t count) { return count > 0 && count < uint64_t{1} << 48; }

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_SUM_BOUNDS_H_
