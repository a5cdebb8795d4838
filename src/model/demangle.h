// Rust's two ways to mangle names.
#ifndef DOLERITE_MODEL_DEMANGLE_H_
#define DOLERITE_MODEL_DEMANGLE_H_

#include <optional>
#include <string>
#include <string_view>

namespace dolerite {

// `_RNv..`. Source: doc.rust-lang.org/rustc/symbol-mangling/v0.html
std::optional<std::string> DemangleRustV0(std::string_view name);

// `_ZN..17h<16 hex digits>E`, which looks like C++ but for the hash.
std::optional<std::string> DemangleRustLegacy(std::string_view name);

}  // namespace dolerite

#endif  // DOLERITE_MODEL_DEMANGLE_H_
