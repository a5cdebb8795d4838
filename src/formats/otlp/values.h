// Attribute values: OTLP's AnyValue as the value of an attribute.
#ifndef DOLERITE_FORMATS_OTLP_VALUES_H_
#define DOLERITE_FORMATS_OTLP_VALUES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/symbols.h"
#include "formats/otlp/message.h"

namespace dolerite::otlp {

// Whether values of the kind are bytes; others are numbers.
inline bool IsBytes(AttributeKind kind) {
  return kind == AttributeKind::kString || kind == AttributeKind::kBytes ||
         kind == AttributeKind::kStructured;
}

// A value that depends on nothing.
struct Value {
  AttributeKind kind = AttributeKind::kEmpty;
  uint64_t number = 0;  // of integers, booleans and doubles (their bits)
  std::string bytes;    // of strings, bytes and structured values: an AnyValue without references

  bool is_bytes() const { return IsBytes(kind); }
};

// The same as a view of the message or of its strings.
struct PlainValue {
  AttributeKind kind = AttributeKind::kEmpty;
  uint64_t number = 0;
  std::string_view bytes;
};

// The string table of a message, for values and keys that refer to it.
class TextReferences {
 public:
  // A message without strings.
  TextReferences() = default;
  // `rows` has the row in `strings` of each index. Both must outlive this.
  TextReferences(const StringTable& strings, const std::vector<uint32_t>& rows)
      : strings_(&strings), rows_(&rows) {}

  // Faults go to `m`. Index 0 is "" even if there is no table.
  std::string_view At(MessageReader& m, const char* name) const;
  // The string of an index that the table has; false for any other.
  bool Find(uint64_t index, std::string_view* text) const {
    if (rows_ == nullptr || index >= rows_->size()) return false;
    *text = (*strings_)[StringId{(*rows_)[index]}];
    return true;
  }

 private:
  const StringTable* strings_ = nullptr;
  const std::vector<uint32_t>* rows_ = nullptr;
};

// How a structured value is written anew: only known fields, references replaced by what they
// refer to.
struct RewriteRules {
  const MessageScope& scope;
  TextReferences texts;
  // Asked before memory is taken. Empty: memory is not bounded.
  std::function<absl::Status(size_t bytes)> charge;
  // Replaces texts. Empty: texts stay as they are.
  std::function<std::string_view(std::string_view)> clean;
};

// Of an AnyValue. ResourceExhausted if values lie in values more than limits.depth deep.
absl::Status DecodeValue(const RewriteRules& rules, std::string_view bytes, const Path& path,
                         Value* value);
absl::Status DecodeValue(Context& context, std::string_view bytes, const TextReferences& texts,
                         const Path& path, Value* value);

// Of an AnyValue of one field that is a scalar, as encoders write it. False for any other: then
// DecodeValue reads it.
bool ReadPlainValue(std::string_view bytes, const TextReferences& texts, PlainValue* value);

// Of a KeyValue: key by name or by reference, not both. `key` is "" if there is neither.
absl::Status DecodeKeyValue(Context& context, std::string_view bytes, const TextReferences& texts,
                            const Path& path, std::string_view* key, Value* value);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_VALUES_H_
