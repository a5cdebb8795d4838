// Keeps failed allocations inside the library.
#ifndef DOLERITE_BASE_OUT_OF_MEMORY_H_
#define DOLERITE_BASE_OUT_OF_MEMORY_H_

#include <new>
#include <stdexcept>

#include "base/status.h"

namespace dolerite {

// By now the memory of what failed is free again; if a message does not fit all the same, the
// code goes alone, which takes none.
inline absl::Status OutOfMemory() {
  try {
    return ResourceExhausted("out of memory");
  } catch (const std::bad_alloc&) {
    return absl::Status(absl::StatusCode::kResourceExhausted, "");
  }
}

// What work() returns, a status or what it converts to; ResourceExhausted if it runs out of
// memory. What work() changes must be sound, or of no more use, at any allocation in it: Abseil's
// hash containers are not, std::vector and RowSet are.
template <class Work>
auto WithinMemory(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const std::length_error&) {
    return OutOfMemory();
  }
}

}  // namespace dolerite

#endif  // DOLERITE_BASE_OUT_OF_MEMORY_H_
