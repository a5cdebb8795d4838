// What operator new has given out, in this test program.
#ifndef DOLERITE_TESTS_SUPPORT_COUNTED_ALLOCATIONS_H_
#define DOLERITE_TESTS_SUPPORT_COUNTED_ALLOCATIONS_H_

#include <cstddef>

namespace dolerite::testing {

// Whether it is counted: not under sanitizers, which bring their own. All is 0 then.
bool CountsAllocations();
// Bytes held now.
size_t AllocatedBytes();
// The most that was held at once since ResetPeak.
size_t PeakBytes();
void ResetPeak();

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_COUNTED_ALLOCATIONS_H_
