// Attribute values: OTLP's AnyValue as the value of a label.
#ifndef DOLERITE_FORMATS_OTLP_VALUES_H_
#define DOLERITE_FORMATS_OTLP_VALUES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "dolerite/symbols.h"
#include "formats/otlp/message.h"

namespace dolerite::otlp {

struct Value {
  AttributeKind kind = AttributeKind::kEmpty;
  uint64_t number = 0;
  std::string_view text;  // of strings and bytes
  std::string encoded;    // of structured values: an AnyValue without references
  bool owned = false;     // the text is in `encoded`

  std::string_view bytes() const {
    return owned || kind == AttributeKind::kStructured ? encoded : text;
  }
  // Makes the value independent of what it was read from.
  void Own() {
    if (kind != AttributeKind::kStructured) encoded = text, owned = true;
  }
  bool is_bytes() const {
    return kind == AttributeKind::kString || kind == AttributeKind::kBytes ||
           kind == AttributeKind::kStructured;
  }
};

// Of an AnyValue. References are looked up in `strings`. ResourceExhausted if values lie in values
// more than limits.depth deep.
absl::Status DecodeValue(Context& context, std::string_view bytes, const StringTable& strings,
                         const Path& path, Value* value);

// Of a KeyValue: key by name or by reference. `key` is "" if there is neither.
absl::Status DecodeKeyValue(Context& context, std::string_view bytes, const StringTable& strings,
                            const Path& path, std::string_view* key, Value* value);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_VALUES_H_
