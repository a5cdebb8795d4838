// Text of unknown origin, made safe to print.
#ifndef DOLERITE_EXAMPLES_PLAIN_H_
#define DOLERITE_EXAMPLES_PLAIN_H_

#include <string>
#include <string_view>

namespace dolerite::cli {

// The text with everything written as an escape that a terminal obeys or that changes the order in
// which text is shown: control bytes and bytes that are not UTF-8 as `\x1b`, C1 controls, marks of
// writing direction and invisible characters as `\u202e`. The rest stays as it is.
std::string Plain(std::string_view text);

// The same in JSON that is already written: there such characters are in strings only, and
// `\u202e` means the character. Control bytes are escaped by every writer of JSON.
std::string PlainJson(std::string_view json);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_PLAIN_H_
