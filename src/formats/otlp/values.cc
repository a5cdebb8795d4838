// Values of attributes (AnyValue). Scalars become numbers or views. Arrays and maps stay encoded,
// but are written anew: references to the string table become texts, unknown fields go, and the
// depth is checked, so that what is kept needs no table and no care later.
#include "formats/otlp/values.h"

#include <algorithm>

#include "formats/otlp/wire.h"
#include "formats/wire/plain_reader.h"
#include "formats/wire/proto_append.h"

namespace dolerite::otlp {

namespace {

constexpr size_t kMostDepth = 64;  // of calls, whatever the limits say

// The key of a KeyValue, which may be given in one of two ways.
class Key {
 public:
  void TakeText(MessageReader& m) { text_ = m.Bytes("key"), CheckOne(m); }
  void TakeReference(MessageReader& m, const TextReferences& texts) {
    is_reference_ = m.field().value != 0;
    reference_ = texts.At(m, "key_strindex");
    CheckOne(m);
  }
  std::string_view text() const { return is_reference_ ? reference_ : text_; }

 private:
  // Which of two keys is meant nobody knows.
  void CheckOne(MessageReader& m) const {
    if (is_reference_ && !text_.empty()) m.Fail("key_strindex", "there is a key as well");
  }

  std::string_view text_, reference_;
  bool is_reference_ = false;
};

// Rewrites a structured value. Any, Items and KeyValue call each other as the messages nest;
// `depth` bounds that.
class Rewriter {
 public:
  explicit Rewriter(const RewriteRules& rules) : rules_(rules) {}

  absl::Status Any(std::string_view bytes, const Path& path, size_t depth, std::string* out) {
    const size_t most = std::min(rules_.scope.limits.depth, kMostDepth);
    DOLERITE_RETURN_IF_ERROR(CheckLimit("otlp: depth", depth, most));
    MessageReader m(rules_.scope, bytes, path);
    while (m.Next()) {
      const WireField& f = m.field();
      if (m.number() <= any::kStringIndex) out->clear();  // the last of a choice counts
      switch (m.number()) {
        case any::kString:
          AppendBytesField(out, any::kString, Clean(m.Bytes("value")));
          break;
        case any::kBytes:
          AppendBytesField(out, any::kBytes, m.Bytes("value"));
          break;
        case any::kBool:
        case any::kInt:
          AppendVarintField(out, m.number(), m.Number("value"));
          break;
        case any::kDouble:
          if (f.type != WireType::kFixed64) return FaultAt(path, "double_value", "not in 8 bytes");
          AppendFixedField(out, any::kDouble, f.value);
          break;
        case any::kStringIndex:
          AppendBytesField(out, any::kString, rules_.texts.At(m, "string_value_strindex"));
          break;
        case any::kArray:
        case any::kMap:
          m.SetStatus(Items(m.Bytes("items"), path, m.number() == any::kMap, depth, out));
          break;
        default:
          m.Unknown();
      }
      // Charged at each level, since the text is copied into the level above.
      if (rules_.charge) m.SetStatus(rules_.charge(out->size()));
    }
    return m.status();
  }

 private:
  std::string_view Clean(std::string_view text) const {
    return rules_.clean ? rules_.clean(text) : text;
  }

  // Array and map have the same shape: repeated messages in field 1. Their items are collected
  // first, since the size comes before them.
  absl::Status Items(std::string_view bytes, const Path& path, bool is_map, size_t depth,
                     std::string* out) {
    std::string items, item;
    MessageReader m(rules_.scope, bytes, path);
    while (m.Next()) {
      if (m.number() != any::kItems) {
        m.Unknown();
        continue;
      }
      item.clear();
      m.SetStatus(is_map ? KeyValue(m.Bytes("items"), path, depth, &item)
                         : Any(m.Bytes("items"), path, depth + 1, &item));
      AppendBytesField(&items, any::kItems, item);
    }
    AppendBytesField(out, is_map ? any::kMap : any::kArray, items);
    return m.status();
  }

  // The order of keys is kept.
  absl::Status KeyValue(std::string_view bytes, const Path& path, size_t depth, std::string* out) {
    Key key;
    std::string value;
    bool has_value = false;
    MessageReader m(rules_.scope, bytes, path);
    while (m.Next()) {
      if (m.number() == key_value::kKey) {
        key.TakeText(m);
      } else if (m.number() == key_value::kKeyIndex) {
        key.TakeReference(m, rules_.texts);
      } else if (m.number() == key_value::kValue) {
        has_value = true;
        m.SetStatus(Any(m.Bytes("value"), path, depth + 1, &value));
      } else {
        m.Unknown();
      }
    }
    AppendBytesField(out, key_value::kKey, Clean(key.text()));
    if (has_value) AppendBytesField(out, key_value::kValue, value);
    return m.status();
  }

  const RewriteRules& rules_;
};

}  // namespace

// References are to rows that were decoded; without a table only index 0 is valid.
std::string_view TextReferences::At(MessageReader& m, const char* name) const {
  const uint64_t index = m.Number(name);
  // Index 0 means "" even where there is no table.
  if (!m.ok() || (index == 0 && (rows_ == nullptr || rows_->empty()))) return "";
  const size_t size = rows_ == nullptr ? 0 : rows_->size();
  if (index < size) return (*strings_)[StringId{(*rows_)[index]}];
  m.Fail(name, Concat(static_cast<int64_t>(index), " is outside a table of ", size));
  return "";
}

// A value of the outermost level. Structured ones go to the Rewriter, which bounds their depth and
// memory.
absl::Status DecodeValue(const RewriteRules& rules, std::string_view bytes, const Path& path,
                         Value* value) {
  *value = {};
  MessageReader m(rules.scope, bytes, path);
  while (m.Next()) {
    switch (m.number()) {
      case any::kString:
        value->kind = AttributeKind::kString, value->bytes = m.Bytes("string_value");
        break;
      case any::kBytes:
        value->kind = AttributeKind::kBytes, value->bytes = m.Bytes("bytes_value");
        break;
      case any::kStringIndex:
        value->kind = AttributeKind::kString;
        value->bytes = rules.texts.At(m, "string_value_strindex");
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
        // Written anew from the start, as arrays may come in pieces.
        value->kind = AttributeKind::kStructured, value->bytes.clear();
        m.SetStatus(Rewriter(rules).Any(bytes, path, 1, &value->bytes));
        return m.status();
      default:
        m.Unknown();
    }
  }
  return m.status();
}

bool ReadPlainValue(std::string_view bytes, const TextReferences& texts, PlainValue* value) {
  *value = {};
  PlainReader m(bytes);
  if (!m.Next()) return false;
  switch (m.number()) {
    case any::kString:
      *value = {AttributeKind::kString, 0, m.Bytes("string_value")};
      break;
    case any::kBytes:
      *value = {AttributeKind::kBytes, 0, m.Bytes("bytes_value")};
      break;
    case any::kStringIndex:
      value->kind = AttributeKind::kString;
      if (!texts.Find(m.Number("string_value_strindex"), &value->bytes)) return false;
      break;
    case any::kBool:
      *value = {AttributeKind::kBoolean, m.Number("bool_value") != 0, {}};
      break;
    case any::kInt:
      *value = {AttributeKind::kInteger, m.Number("int_value"), {}};
      break;
    case any::kDouble:
      *value = {AttributeKind::kDouble, m.FixedWord("double_value"), {}};
      break;
    default:
      return false;
  }
  return m.ok() && !m.Next();
}

// With the memory and the report of a call.
absl::Status DecodeValue(Context& context, std::string_view bytes, const TextReferences& texts,
                         const Path& path, Value* value) {
  const RewriteRules rules{
      context.scope, texts, [&](size_t size) { return context.Charge(size); }, {}};
  return DecodeValue(rules, bytes, path, value);
}

// The key is a view of the message or of the string table.
absl::Status DecodeKeyValue(Context& context, std::string_view bytes, const TextReferences& texts,
                            const Path& path, std::string_view* key, Value* value) {
  Key read;
  Message m(context, bytes, path);
  while (m.Next()) {
    switch (m.number()) {
      case key_value::kKey:
        read.TakeText(m);
        break;
      case key_value::kKeyIndex:
        read.TakeReference(m, texts);
        break;
      case key_value::kValue:
        m.SetStatus(DecodeValue(context, m.Bytes("value"), texts, path, value));
        break;
      default:
        m.Unknown();
    }
  }
  *key = read.text();
  return m.status();
}

}  // namespace dolerite::otlp
