// Windows of time, which blocks of a level keep to.
#ifndef DOLERITE_ARCHIVE_WINDOWS_H_
#define DOLERITE_ARCHIVE_WINDOWS_H_

#include <cstdint>

namespace dolerite {

// The number of the window that holds a time. Rounds down, also before 1970.
inline int64_t WindowOf(int64_t nanos, int64_t window) {
  const int64_t quotient = nanos / window;
  return quotient - (nanos < quotient * window);
}

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_WINDOWS_H_
