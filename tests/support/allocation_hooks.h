// Counts what operator new has given out in this test program, and makes one allocation fail. Both
// in one file: a program has one operator new.
#ifndef DOLERITE_TESTS_SUPPORT_ALLOCATION_HOOKS_H_
#define DOLERITE_TESTS_SUPPORT_ALLOCATION_HOOKS_H_

#include <cstddef>

namespace dolerite::testing {

// Whether operator new is ours: not under sanitizers, which bring their own. All is 0 then, and
// nothing fails.
bool OwnsAllocations();

// Bytes held now.
size_t AllocatedBytes();
// The most that was held at once since ResetPeak.
size_t PeakBytes();
void ResetPeak();

// From now on the n-th allocation, counted from 1, throws std::bad_alloc. 0: none does.
void FailAllocation(size_t n);
// Whether that allocation has come.
bool HasFailed();

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_ALLOCATION_HOOKS_H_
