// Recognises files that `build` does not read, so that it can say what they are.
#ifndef DOLERITE_EXAMPLES_FOREIGN_H_
#define DOLERITE_EXAMPLES_FOREIGN_H_

#include <string>
#include <string_view>

namespace dolerite::cli {

// "a JFR recording", with what to do where there is something; "" if nothing is recognised.
// JSON of other tools is named by the reader of OTLP.
std::string NameOfForeign(std::string_view bytes);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_FOREIGN_H_
