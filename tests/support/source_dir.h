// Where the project's files are.
#ifndef DOLERITE_TESTS_SUPPORT_SOURCE_DIR_H_
#define DOLERITE_TESTS_SUPPORT_SOURCE_DIR_H_

#include <string>

namespace dolerite {

// The top of the checkout that the tests were built from.
std::string SourceDir();

}  // namespace dolerite

#endif  // DOLERITE_TESTS_SUPPORT_SOURCE_DIR_H_
