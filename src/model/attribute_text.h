// Attribute values that are not bytes, as text.
#ifndef DOLERITE_MODEL_ATTRIBUTE_TEXT_H_
#define DOLERITE_MODEL_ATTRIBUTE_TEXT_H_

#include <cstdint>
#include <string>

#include "dolerite/symbols.h"

namespace dolerite {

// "true", "-7", "0.25"; "" for an empty value, and for kinds whose value is a string.
std::string NumberText(AttributeKind kind, uint64_t value);

}  // namespace dolerite

#endif  // DOLERITE_MODEL_ATTRIBUTE_TEXT_H_
