// AnyValue { 1 string, 2 bool, 3 int, 4 double, 5 array { 1 AnyValue.. },
//            6 map { 1 { 1 key, 2 AnyValue }.. }, 7 bytes }
// Source: github.com/open-telemetry/opentelemetry-proto, common/v1/common.proto
#include "any_value.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace dolerite::cli {
namespace {

// Attributes come from blocks that anybody may have made, and each level is a call.
constexpr int kMostDepth = 32;

// The fields of a message, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}

  // False at the end of the bytes and at bytes that are not a field; broken() says which.
  bool Next() {
    uint64_t tag = 0;
    if (rest_.empty() || broken_) return false;
    broken_ = !Varint(&tag) || !Content(tag & 7);
    number = tag >> 3;
    return !broken_;
  }
  bool broken() const { return broken_; }

  uint64_t number = 0, value = 0;
  // Of the field that Next found: a number is in `value`, all else in `bytes`.
  std::string_view bytes;

 private:
  // No field of an AnyValue is a group or has 4 bytes: such bytes are not an AnyValue.
  bool Content(uint64_t type) {
    if (type == 0) return Varint(&value);
    if (type == 1) return Take(8) && (std::memcpy(&value, bytes.data(), 8), true);
    uint64_t size = 0;
    return type == 2 && Varint(&size) && Take(size);
  }
  bool Varint(uint64_t* to) {
    *to = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const uint8_t byte = static_cast<uint8_t>(rest_[0]);
      rest_.remove_prefix(1);
      *to |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  bool Take(uint64_t size) {
    if (size > rest_.size()) return false;
    bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
  bool broken_ = false;
};

// Returns false for bytes that are no AnyValue: they are then shown as they are.
bool Read(std::string_view encoded, int depth, Json* out);

bool ReadItems(std::string_view encoded, bool is_map, int depth, Json* out) {
  *out = is_map ? Json::object() : Json::array();
  Fields items(encoded);
  while (items.Next()) {
    Json value;
    std::string key;
    if (!is_map) {
      if (!Read(items.bytes, depth + 1, &value)) return false;
      out->push_back(std::move(value));
      continue;
    }
    // In protobuf a map is a list of pairs. Of a key that comes twice the last counts.
    Fields pair(items.bytes);
    while (pair.Next()) {
      if (pair.number == 1) key = pair.bytes;
      if (pair.number == 2 && !Read(pair.bytes, depth + 1, &value)) return false;
    }
    if (pair.broken()) return false;
    (*out)[key] = std::move(value);
  }
  return !items.broken();
}

// A field that comes twice replaces the first, as in all of protobuf.
bool Read(std::string_view encoded, int depth, Json* out) {
  if (depth > kMostDepth) return false;
  Fields fields(encoded);
  while (fields.Next()) {
    switch (fields.number) {
      case 1:
        *out = std::string(fields.bytes);
        break;
      case 2:
        *out = fields.value != 0;
        break;
      case 3:
        *out = static_cast<int64_t>(fields.value);
        break;
      case 4:
        *out = DoubleJson(std::bit_cast<double>(fields.value));
        break;
      case 5:
      case 6:
        if (!ReadItems(fields.bytes, fields.number == 6, depth, out)) return false;
        break;
      case 7:
        *out = BytesJson(fields.bytes);
        break;
      // A kind of value that was added since is null here.
      default:
        break;
    }
  }
  return !fields.broken();
}

}  // namespace

// JSON has no such numbers; protobuf's own JSON writes them as these words.
Json DoubleJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return value;
}

// Told from a string by the object around it.
Json BytesJson(std::string_view bytes) {
  return {{"bytes", Hex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()})}};
}

std::optional<Json> AnyValueJson(std::string_view encoded) {
  Json out;
  if (!Read(encoded, 0, &out)) return std::nullopt;
  return out;
}

}  // namespace dolerite::cli
