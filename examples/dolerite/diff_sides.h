// The sides of a difference: a side without profiles is more often a mistake than an answer.
#ifndef DOLERITE_EXAMPLES_DIFF_SIDES_H_
#define DOLERITE_EXAMPLES_DIFF_SIDES_H_

#include <string>

#include "query_flags.h"

namespace dolerite::cli {

// Says which side selects no profile, by the name that it has for the user; the exit code. kOk if
// both select some.
int CheckSides(const DiffQuestion& question, const std::string& base, const std::string& against,
               const QueryFlags& flags);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_DIFF_SIDES_H_
