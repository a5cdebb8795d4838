// What a profile says, as text: the same for profiles that differ only in ids, in
// the order of tables or in rows that nothing refers to. Written apart from the
// library's own comparisons, to test them.
#ifndef DOLERITE_TESTS_SUPPORT_PROFILE_EQUAL_H_
#define DOLERITE_TESTS_SUPPORT_PROFILE_EQUAL_H_

#include <string>
#include <vector>

#include "dolerite/profile.h"

namespace dolerite::testing {

// Header lines, the mappings in their order, then one line for each sample, sorted;
// equal samples are not summed. The profile must be valid.
std::string DescribeProfile(const Profile& profile);
// The same of each, after its series.
std::vector<std::string> DescribeAll(const std::vector<SeriesProfile>& profiles);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_PROFILE_EQUAL_H_
