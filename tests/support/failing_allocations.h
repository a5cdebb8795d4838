// Makes one allocation of this test program fail.
#ifndef DOLERITE_TESTS_SUPPORT_FAILING_ALLOCATIONS_H_
#define DOLERITE_TESTS_SUPPORT_FAILING_ALLOCATIONS_H_

#include <cstddef>

namespace dolerite::testing {

// Whether operator new can be made to fail: not under sanitizers, which bring their own.
bool CanFailAllocations();

// From now on the n-th allocation, counted from 1, throws std::bad_alloc. 0: none does.
void FailAllocation(size_t n);
// Whether that allocation has come.
bool HasFailed();

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_FAILING_ALLOCATIONS_H_
