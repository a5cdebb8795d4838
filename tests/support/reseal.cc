#include "support/reseal.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/checksum.h"
#include "encoding/integers.h"
#include "encoding/strings.h"
#include "support/must.h"

namespace dolerite::testing {

namespace {

// Reading a sound block cannot fail.
std::optional<Footer> ReadFooter(std::string_view block) {
  const auto size = FooterSize(block, block.size(), BlockLimits());
  if (!size.ok()) return std::nullopt;
  auto footer =
      DecodeFooter(block.substr(block.size() - kTrailerBytes - *size), block.size(), BlockLimits());
  if (!footer.ok()) return std::nullopt;
  return *std::move(footer);
}

OpenColumn OpenOne(SectionKind kind, const SectionReader::Entry& entry) {
  OpenColumn out{entry.id, entry.index, NameOf(kind, entry.id).form, {}, {}, {}, {}};
  ByteReader in(entry.bytes);
  if (out.form == ColumnForm::kIntegers) {
    Must(DecodeIntegers(&in, entry.rows, &out.integers).ok());
  } else if (out.form == ColumnForm::kSortedStrings) {
    std::string text;
    std::vector<size_t> ends;
    Must(DecodeSortedStrings(&in, entry.rows, size_t{1} << 28, &text, &ends).ok());
    size_t begin = 0;
    for (size_t end : ends) out.strings.push_back(text.substr(begin, end - begin)), begin = end;
  } else {
    Must(DecodeBytes(&in, size_t{1} << 28, &out.bytes).ok());
  }
  return out;
}

// The column as it is stored, and its rows; nothing for one that is left out.
std::optional<uint64_t> EncodeColumn(const OpenColumn& column, std::string* out) {
  const ColumnOptions options = {.zstd_level = 0, .smallest = false};
  if (column.stored_rows) {
    *out = column.bytes;
    return column.stored_rows;
  }
  if (column.form == ColumnForm::kIntegers) {
    const std::vector<uint64_t>& v = column.integers;
    if (std::count(v.begin(), v.end(), 0u) == static_cast<ptrdiff_t>(v.size())) return std::nullopt;
    EncodeIntegers(std::span(v), options, out);
    return v.size();
  }
  if (column.form == ColumnForm::kSortedStrings) {
    const std::vector<std::string_view> views(column.strings.begin(), column.strings.end());
    if (views.empty()) return std::nullopt;
    EncodeSortedStrings(views, options, out);
    return views.size();
  }
  if (column.bytes.empty()) return std::nullopt;
  EncodeBytes(column.bytes, options, out);
  return column.bytes.size();
}

std::string Encode(const OpenSection& section) {
  uint64_t columns = 0;
  std::string directory, payload;
  for (const OpenColumn& column : section.columns) {
    std::string bytes;
    const std::optional<uint64_t> rows = EncodeColumn(column, &bytes);
    if (!rows) continue;
    ++columns;
    AppendVarint(&directory, column.id + uint64_t{64} * column.index);
    AppendVarint(&directory, *rows);
    AppendVarint(&directory, bytes.size());
    payload += bytes;
  }
  std::string out;
  AppendVarint(&out, columns);
  return out + directory + payload;
}

}  // namespace

OpenColumn ConstantColumn(uint8_t id, uint64_t rows, uint64_t value, uint32_t index) {
  OpenColumn column{id, index, ColumnForm::kIntegers, {}, {}, {}, rows};
  const std::vector<uint64_t> two(2, value);
  EncodeIntegers(std::span(two), {.zstd_level = 0}, &column.bytes);
  return column;
}

OpenColumn& OpenSection::Column(uint8_t id, uint32_t index) {
  for (OpenColumn& column : columns) {
    if (column.id == id && column.index == index) return column;
  }
  columns.push_back({id, index, NameOf(entry.kind, id).form, {}, {}, {}, {}});
  return columns.back();
}

void OpenSection::Put(OpenColumn column) { Column(column.id, column.index) = std::move(column); }

OpenSection& OpenBlock::Section(SectionKind kind) {
  for (OpenSection& section : sections) {
    if (section.entry.kind == kind) return section;
  }
  std::abort();
}

OpenBlock OpenBlock::Take(std::string_view block) {
  std::optional<Footer> footer = ReadFooter(block);
  Must(footer.has_value());
  OpenBlock out;
  FrameDecoder zstd;
  for (const SectionEntry& entry : footer->sections) {
    OpenSection& section = out.sections.emplace_back(OpenSection{entry, {}, {}});
    std::string plain(block.substr(entry.offset, entry.stored));
    if (entry.encoding == SectionEncoding::kZstd) {
      std::string decoded(entry.decoded, '\0');
      Must(zstd.Decompress(plain, entry.decoded, decoded.data()).ok());
      plain = std::move(decoded);
    }
    const auto reader = SectionReader::Open(entry.kind, plain, "a section", &zstd);
    Must(reader.ok());
    for (const auto& column : reader->entries()) {
      section.columns.push_back(OpenOne(entry.kind, column));
    }
  }
  out.footer = *std::move(footer);
  return out;
}

std::string OpenBlock::Seal() const {
  std::string block(kMagic);
  Footer sealed = footer;
  sealed.sections.clear();
  for (const OpenSection& section : sections) {
    const std::string encoded = section.frame ? *section.frame : Encode(section);
    SectionEntry entry = section.entry;
    entry.encoding = section.frame ? SectionEncoding::kZstd : SectionEncoding::kPlain;
    entry.offset = block.size(), entry.stored = encoded.size();
    if (!section.frame) entry.decoded = encoded.size();
    entry.checksum = Checksum64(encoded);
    sealed.sections.push_back(entry);
    block += encoded;
  }
  return block + EncodeFooter(sealed, {});
}

std::optional<std::string> Reseal(std::string block) {
  const auto size = FooterSize(block, block.size(), BlockLimits());
  if (!size.ok()) return std::nullopt;
  const size_t footer_at = block.size() - kTrailerBytes - *size;
  const uint64_t checksum = Checksum64(std::string_view(block).substr(footer_at, *size + 8));
  std::memcpy(block.data() + block.size() - 16, &checksum, sizeof checksum);
  std::optional<Footer> footer = ReadFooter(block);
  if (!footer) return std::nullopt;
  for (SectionEntry& entry : footer->sections) {
    entry.checksum = Checksum64(std::string_view(block).substr(entry.offset, entry.stored));
  }
  block.resize(footer_at);
  return block + EncodeFooter(*footer, {});
}

}  // namespace dolerite::testing
