#include "arrow/read_stream.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

namespace dolerite::testing {

namespace {

// A format that this consumer knows, with its buffers.
struct Type {
  std::string format;
  bool nullable = false;
  std::vector<Type> children;
  std::vector<Type> dictionary;  // one or none
};

Type TypeOf(const ArrowSchema& schema) {
  REQUIRE(schema.release != nullptr);
  Type type{schema.format, (schema.flags & ARROW_FLAG_NULLABLE) != 0, {}, {}};
  for (int64_t i = 0; i < schema.n_children; ++i) {
    type.children.push_back(TypeOf(*schema.children[i]));
  }
  if (schema.dictionary != nullptr) type.dictionary.push_back(TypeOf(*schema.dictionary));
  return type;
}

std::map<std::string, std::string> MetadataOf(const char* at) {
  std::map<std::string, std::string> out;
  if (at == nullptr) return out;
  const auto number = [&] {
    int32_t n = 0;
    std::memcpy(&n, at, sizeof n);
    at += sizeof n;
    REQUIRE(n >= 0);
    return n;
  };
  const auto text = [&] {
    const int32_t n = number();
    at += n;
    return std::string(at - n, static_cast<size_t>(n));
  };
  for (int32_t n = number(); n > 0; --n) {
    std::string key = text();
    out[key] = text();
  }
  return out;
}

bool IsValid(const ArrowArray& array, int64_t row) {
  const auto* bits = static_cast<const uint8_t*>(array.buffers[0]);
  row += array.offset;
  return bits == nullptr || (bits[row / 8] >> (row % 8) & 1) != 0;
}

template <class T>
std::string Number(const ArrowArray& array, int64_t row) {
  return std::to_string(static_cast<const T*>(array.buffers[1])[array.offset + row]);
}

std::string Cell(const Type& type, const ArrowArray& array, int64_t row) {
  REQUIRE(row < array.length);
  if (!IsValid(array, row)) {
    CHECK(type.nullable);
    return "null";
  }
  const auto* offsets = static_cast<const int32_t*>(array.buffers[1]);
  if (!type.dictionary.empty()) {
    REQUIRE(type.format == "i");
    REQUIRE(array.dictionary != nullptr);
    return Cell(type.dictionary[0], *array.dictionary, offsets[array.offset + row]);
  }
  if (type.format == "l" || type.format == "tsn:UTC") return Number<int64_t>(array, row);
  if (type.format == "L") return Number<uint64_t>(array, row);
  if (type.format == "I") return Number<uint32_t>(array, row);
  if (type.format == "g") return Number<double>(array, row);
  const int32_t begin = offsets[array.offset + row], end = offsets[array.offset + row + 1];
  REQUIRE(0 <= begin);
  REQUIRE(begin <= end);
  if (type.format == "u") {
    return {static_cast<const char*>(array.buffers[2]) + begin, static_cast<size_t>(end - begin)};
  }
  REQUIRE(type.format == "+l");
  std::string out = "[";
  for (int32_t i = begin; i < end; ++i) {
    if (i > begin) out += ' ';
    out += Cell(type.children[0], *array.children[0], i);
  }
  out += ']';
  return out;
}

// Nulls are counted as the array says.
void CheckNulls(const ArrowArray& array) {
  int64_t nulls = 0;
  for (int64_t i = 0; i < array.length; ++i) nulls += !IsValid(array, i);
  CHECK(array.null_count == nulls);
}

void ReadBatch(const Type& type, ArrowArray* batch, bool move_children, TextTable* out) {
  REQUIRE(batch->n_buffers == 1);
  REQUIRE(batch->n_children == static_cast<int64_t>(type.children.size()));
  const auto rows = static_cast<size_t>(batch->length);
  out->batches.push_back(rows);
  std::vector<ArrowArray> columns;
  for (int64_t c = 0; c < batch->n_children; ++c) columns.push_back(*batch->children[c]);
  if (move_children) {
    for (int64_t c = 0; c < batch->n_children; ++c) batch->children[c]->release = nullptr;
    batch->release(batch);
    CHECK(batch->release == nullptr);
  }
  const size_t first = out->rows.size();
  out->rows.resize(first + rows);
  for (size_t c = columns.size(); c-- > 0;) {
    REQUIRE(columns[c].length == static_cast<int64_t>(rows));
    CheckNulls(columns[c]);
    for (size_t i = 0; i < rows; ++i) {
      std::vector<std::string>& row = out->rows[first + i];
      row.insert(row.begin(), Cell(type.children[c], columns[c], static_cast<int64_t>(i)));
    }
    if (move_children) columns[c].release(&columns[c]);
  }
  if (!move_children) batch->release(batch);
}

}  // namespace

size_t TextTable::column(const std::string& name) const {
  const auto at = std::find(names.begin(), names.end(), name);
  INFO(name);
  REQUIRE(at != names.end());
  return static_cast<size_t>(at - names.begin());
}

std::vector<std::string> TextTable::Values(const std::string& name) const {
  const size_t c = column(name);
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row[c]);
  return out;
}

TextTable ReadStream(ArrowArrayStream* stream, bool move_children) {
  TextTable out;
  ArrowSchema schema;
  REQUIRE(stream->get_schema(stream, &schema) == 0);
  const Type type = TypeOf(schema);
  REQUIRE(type.format == "+s");
  out.metadata = MetadataOf(schema.metadata);
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& child = *schema.children[i];
    out.names.push_back(child.name);
    out.formats.push_back(child.format);
    const auto metadata = MetadataOf(child.metadata);
    if (metadata.count("unit") > 0) out.units[child.name] = metadata.at("unit");
  }
  schema.release(&schema);
  for (;;) {
    ArrowArray batch;
    out.error_number = stream->get_next(stream, &batch);
    if (out.error_number != 0) {
      out.error = stream->get_last_error(stream);
      break;
    }
    if (batch.release == nullptr) break;
    ReadBatch(type, &batch, move_children, &out);
  }
  stream->release(stream);
  CHECK(stream->release == nullptr);
  return out;
}

}  // namespace dolerite::testing
