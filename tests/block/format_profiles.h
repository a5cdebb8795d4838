// All of a block by FORMAT.md, as profiles of the library.
#ifndef DOLERITE_TESTS_BLOCK_FORMAT_PROFILES_H_
#define DOLERITE_TESTS_BLOCK_FORMAT_PROFILES_H_

#include <string>
#include <vector>

#include "block/block_support.h"

namespace dolerite::testing {

// Also checks ids, content checks, counts of samples and totals. Profiles whose bodies were dropped
// come without samples.
std::vector<Input> ReadByFormat(const std::string& block);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_FORMAT_PROFILES_H_
