#include "formats/otlp/values.h"

#include <algorithm>
#include <bit>

#include "formats/otlp/wire.h"
#include "formats/wire/proto_append.h"

namespace dolerite::otlp {

namespace {

constexpr size_t kMostDepth = 64;  // of calls, whatever the limits say

// Writes values anew: only known fields, references replaced by what they refer to.
class Rewriter {
 public:
  Rewriter(Context& context, const StringTable& strings) : context_(context), strings_(strings) {}

  absl::Status Any(std::string_view bytes, const Path& path, size_t depth, std::string* out) {
    const size_t most = std::min(context_.options.limits.depth, kMostDepth);
    DOLERITE_RETURN_IF_ERROR(CheckLimit("otlp: depth", depth, most));
    Message m(context_, bytes, path);
    while (m.Next()) {
      const WireField& f = m.field();
      if (m.number() <= any::kStringIndex) out->clear();  // the last of a choice counts
      switch (m.number()) {
        case any::kString:
        case any::kBytes:
          AppendBytes(out, m.number(), m.Bytes("value"));
          break;
        case any::kBool:
        case any::kInt:
          AppendTag(out, m.number(), WireType::kVarint);
          AppendVarint(out, m.Number("value"));
          break;
        case any::kDouble:
          if (f.type != WireType::kFixed64) return FaultAt(path, "double_value", "not in 8 bytes");
          AppendTag(out, any::kDouble, WireType::kFixed64);
          AppendLittle(out, f.value);
          break;
        case any::kStringIndex:
          AppendBytes(out, any::kString,
                      strings_[StringId{m.Index("string_value_strindex", strings_.size())}]);
          break;
        case any::kArray:
        case any::kMap:
          m.SetStatus(Items(m.Bytes("items"), path, m.number() == any::kMap, depth, out));
          break;
        default:
          m.Unknown();
      }
      m.SetStatus(context_.Charge(out->size()));
    }
    return m.status();
  }

 private:
  absl::Status Items(std::string_view bytes, const Path& path, bool is_map, size_t depth,
                     std::string* out) {
    std::string items, item;
    Message m(context_, bytes, path);
    while (m.Next()) {
      if (m.number() != any::kItems) {
        m.Unknown();
        continue;
      }
      item.clear();
      m.SetStatus(is_map ? KeyValue(m.Bytes("items"), path, depth, &item)
                         : Any(m.Bytes("items"), path, depth + 1, &item));
      AppendBytes(&items, any::kItems, item);
    }
    AppendBytes(out, is_map ? any::kMap : any::kArray, items);
    return m.status();
  }

  absl::Status KeyValue(std::string_view bytes, const Path& path, size_t depth, std::string* out) {
    std::string_view key;
    std::string value;
    bool has_value = false;
    Message m(context_, bytes, path);
    while (m.Next()) {
      if (m.number() == key_value::kKey) {
        key = m.Bytes("key");
      } else if (m.number() == key_value::kKeyIndex) {
        key = strings_[StringId{m.Index("key_strindex", strings_.size())}];
      } else if (m.number() == key_value::kValue) {
        has_value = true;
        m.SetStatus(Any(m.Bytes("value"), path, depth + 1, &value));
      } else {
        m.Unknown();
      }
    }
    AppendBytes(out, key_value::kKey, key);
    if (has_value) AppendBytes(out, key_value::kValue, value);
    return m.status();
  }

  Context& context_;
  const StringTable& strings_;
};

}  // namespace

absl::Status DecodeValue(Context& context, std::string_view bytes, const StringTable& strings,
                         const Path& path, Value* value) {
  *value = {};
  Message m(context, bytes, path);
  while (m.Next()) {
    const uint32_t number = m.number();
    switch (number) {
      case any::kString:
        value->kind = AttributeKind::kString, value->text = m.Bytes("string_value");
        break;
      case any::kBytes:
        value->kind = AttributeKind::kBytes, value->text = m.Bytes("bytes_value");
        break;
      case any::kStringIndex:
        value->kind = AttributeKind::kString;
        value->text = strings[StringId{m.Index("string_value_strindex", strings.size())}];
        break;
      case any::kBool:
        value->kind = AttributeKind::kBoolean, value->number = m.Number("bool_value") != 0;
        break;
      case any::kInt:
        value->kind = AttributeKind::kInteger, value->number = m.Number("int_value");
        break;
      case any::kDouble:
        value->kind = AttributeKind::kDouble, value->number = m.field().value;
        if (m.field().type != WireType::kFixed64) m.Fail("double_value", "not a fixed number");
        break;
      case any::kArray:
      case any::kMap:
        value->kind = AttributeKind::kStructured;
        m.SetStatus(Rewriter(context, strings).Any(bytes, path, 1, &value->encoded));
        return m.status();
      default:
        m.Unknown();
    }
  }
  return m.status();
}

absl::Status DecodeKeyValue(Context& context, std::string_view bytes, const StringTable& strings,
                            const Path& path, std::string_view* key, Value* value) {
  Message m(context, bytes, path);
  while (m.Next()) {
    switch (m.number()) {
      case key_value::kKey:
        *key = m.Bytes("key");
        break;
      case key_value::kKeyIndex:
        *key = strings[StringId{m.Index("key_strindex", strings.size())}];
        break;
      case key_value::kValue:
        m.SetStatus(DecodeValue(context, m.Bytes("value"), strings, path, value));
        break;
      default:
        m.Unknown();
    }
  }
  return m.status();
}

}  // namespace dolerite::otlp
