#include "support/reseal.h"

#include <cstdlib>
#include <cstring>

#include "base/bytes.h"
#include "base/checksum.h"
#include "encoding/integers.h"
#include "encoding/strings.h"

namespace dolerite::testing {

namespace {

// Reading a sound block cannot fail.
void Must(bool ok) {
  if (!ok) std::abort();
}

std::optional<Footer> ReadFooter(std::string_view block) {
  const auto size = FooterSize(block, block.size(), BlockLimits());
  if (!size.ok()) return std::nullopt;
  auto footer =
      DecodeFooter(block.substr(block.size() - kTrailerBytes - *size), block.size(), BlockLimits());
  if (!footer.ok()) return std::nullopt;
  return *std::move(footer);
}

OpenColumn OpenOne(SectionKind kind, const SectionReader::Entry& entry) {
  OpenColumn out{entry.id, entry.index, NameOf(kind, entry.id).form, {}, {}, {}};
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

EncodedSection Encode(const OpenSection& section) {
  SectionWriter out(section.entry.kind, {.zstd_level = 0, .smallest = false});
  for (const OpenColumn& column : section.columns) {
    if (column.form == ColumnForm::kIntegers) {
      out.Integers(column.id, std::span<const uint64_t>(column.integers), column.index);
    } else if (column.form == ColumnForm::kSortedStrings) {
      const std::vector<std::string_view> views(column.strings.begin(), column.strings.end());
      out.SortedStrings(column.id, views);
    } else {
      out.Bytes(column.id, column.bytes);
    }
  }
  return std::move(out).Finish(section.entry.part);
}

}  // namespace

OpenBlock OpenBlock::Take(std::string_view block) {
  std::optional<Footer> footer = ReadFooter(block);
  Must(footer.has_value());
  OpenBlock out;
  FrameDecoder zstd;
  for (const SectionEntry& entry : footer->sections) {
    OpenSection& section = out.sections.emplace_back(OpenSection{entry, {}});
    std::string plain(block.substr(entry.offset, entry.stored));
    if (entry.encoding == SectionEncoding::kZstd) {
      std::string decoded(entry.decoded, '\0');
      Must(zstd.Decompress(plain, entry.decoded, decoded.data()).ok());
      plain = std::move(decoded);
    }
    const auto reader = SectionReader::Open(plain, "a section", &zstd);
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
    const EncodedSection encoded = Encode(section);
    SectionEntry entry = section.entry;
    entry.encoding = encoded.encoding;
    entry.offset = block.size(), entry.stored = encoded.bytes.size();
    entry.decoded = encoded.decoded_bytes, entry.checksum = Checksum64(encoded.bytes);
    sealed.sections.push_back(entry);
    block += encoded.bytes;
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
