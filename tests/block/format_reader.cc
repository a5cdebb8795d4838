// Footer, sections and columns; format_tables.cc and format_samples.cc have the rest.
#include "block/format_reader.h"

#include <zstd.h>

#include <algorithm>
#include <stdexcept>

#include "base/checksum.h"
#include "block/format_bytes.h"

namespace dolerite::testing {

std::string Unframe(std::string_view frame, size_t most) {
  const std::string stock = "\x28\xb5\x2f\xfd" + std::string(frame);
  std::string out(most, '\0');
  const size_t size = ZSTD_decompress(out.data(), most, stock.data(), stock.size());
  Require(!ZSTD_isError(size), "frame");
  out.resize(size);
  return out;
}

namespace {

Column Packed(FormatBytes* in, size_t m) {
  Column codes;
  const std::string_view widths = in->Take((m + 127) / 128);
  for (size_t begin = 0; begin < m; begin += 128) {
    const size_t k = std::min<size_t>(128, m - begin), w = uint8_t(widths[begin / 128]);
    const std::string_view bits = in->Take((k * w + 7) / 8);
    for (size_t j = 0; j < k; ++j) {
      uint64_t code = 0;
      for (size_t b = 0; b < w; ++b) {
        const size_t bit = j * w + b;
        code |= uint64_t{uint8_t(bits[bit / 8]) >> (bit % 8) & 1u} << b;
      }
      codes.push_back(code);
    }
  }
  return codes;
}

Column Groups(FormatBytes* in, size_t m, const std::vector<size_t>& lengths) {
  Column codes;
  const std::string_view controls = in->Take((m + 3) / 4);
  for (size_t i = 0; i < m; ++i) {
    codes.push_back(in->Little(lengths[uint8_t(controls[i / 4]) >> 2 * (i % 4) & 3]));
  }
  return codes;
}

Column Split(FormatBytes* in, size_t m) {
  static constexpr uint64_t kHeads[] = {208, 24, 16, 3, 1, 1, 1, 1, 1};
  Column codes;
  for (const char head : in->Take(m)) {
    uint64_t first_head = 0;
    size_t k = 0;
    while (k < 8 && uint8_t(head) >= first_head + kHeads[k]) first_head += kHeads[k++];
    codes.push_back(uint64_t{k} << 60 | (uint8_t(head) - first_head));  // until tails are read
  }
  for (uint64_t& code : codes) {
    const size_t k = code >> 60;
    uint64_t place = code & 0xff, first_code = 0, power = 1;
    for (size_t c = 0; c < k; ++c, power *= 256) first_code += kHeads[c] * power;
    for (size_t b = 0; b < k; ++b) place = place << 8 | in->Byte();
    code = first_code + place;
  }
  return codes;
}

Column Codes(FormatBytes* in, unsigned kind, size_t m) {
  if (kind == 0) return Column(m, in->Varint());
  if (kind == 1) return Packed(in, m);
  if (kind == 2) return Groups(in, m, {0, 1, 2, 4});
  if (kind == 3) return Groups(in, m, {0, 2, 4, 8});
  if (kind == 4) return Split(in, m);
  Require(kind == 5, "kind of codes");
  Column codes(m);
  for (uint64_t& code : codes) code = in->Varint();
  return codes;
}

Column ReadIntegers(FormatBytes* in, size_t n);

Column Bits(FormatBytes* in, size_t m) {
  Column codes = ReadIntegers(in, m);  // their widths, so far
  size_t all = 0, at = 0;
  for (uint64_t w : codes) all += w > 1 ? w - 1 : 0;
  const std::string_view bits = in->Take((all + 7) / 8);
  for (uint64_t& code : codes) {
    const uint64_t w = code;
    code = w == 0 ? 0 : uint64_t{1} << (w - 1);
    for (uint64_t b = 0; b + 1 < w; ++b, ++at) {
      code |= uint64_t{uint8_t(bits[at / 8]) >> (at % 8) & 1u} << b;
    }
  }
  return codes;
}

Column ReadIntegers(FormatBytes* in, size_t n) {
  if (n == 0) return {};
  const unsigned d = in->Byte(), kind = d & 7, mode = d >> 3 & 3;
  if (d & 0x80) return Column(n, d & 0x7f);
  Require(mode < 3, "mode");
  const uint64_t first = mode == 0 ? 0 : in->Varint();
  const uint64_t base = d & 0x20 ? in->Varint() : 0, divisor = d & 0x20 ? in->Varint() : 1;
  const size_t m = mode == 0 ? n : n - 1;
  Column codes;
  if (d & 0x40) {
    const std::string plain = Unframe(in->Take(in->Varint()), 10 * m + 16);
    FormatBytes payload(plain);
    codes = Codes(&payload, kind, m);
    Require(payload.rest.empty(), "payload");
  } else {
    codes = kind == 6 ? Bits(in, m) : Codes(in, kind, m);
  }
  Column values;
  if (mode != 0) values.push_back(first);
  for (uint64_t x : codes) {
    if (mode == 0) values.push_back(base + divisor * x);
    if (mode == 1) values.push_back(values.back() + UnZig(base) + divisor * x);
    if (mode == 2) values.push_back(values.back() + UnZig(base) + divisor * UnZig(x));
  }
  return values;
}

std::string ReadBytes(FormatBytes* in) {
  const uint8_t form = in->Byte();
  const uint64_t size = in->Varint();
  if (form == 0) return std::string(in->Take(size));
  Require(form == 1, "form of bytes");
  return Unframe(in->Take(in->Varint()), size);
}

}  // namespace

FormatSection::FormatSection(std::string plain) : plain_(std::move(plain)) {
  FormatBytes in(plain_);
  std::vector<std::pair<std::pair<int, uint64_t>, Entry>> entries(in.Varint());
  for (auto& [key, entry] : entries) {
    const uint64_t id = in.Varint();
    key = {id % 64, id / 64};
    entry.rows = in.Varint(), entry.size = in.Varint();
  }
  for (auto& [key, entry] : entries) {
    entry.begin = plain_.size() - in.rest.size();
    in.Take(entry.size);
    entries_.emplace(key, entry);
  }
  Require(in.rest.empty(), "section");
}

const FormatSection::Entry* FormatSection::Find(int id, uint64_t index) const {
  const auto at = entries_.find({id, index});
  return at == entries_.end() ? nullptr : &at->second;
}

Column FormatSection::Integers(int id, size_t rows, uint64_t index) const {
  const Entry* entry = Find(id, index);
  if (entry == nullptr) return Column(rows, 0);
  Require(entry->rows == rows, "rows");
  FormatBytes in(std::string_view(plain_).substr(entry->begin, entry->size));
  const Column values = ReadIntegers(&in, rows);
  Require(in.rest.empty(), "column");
  return values;
}

Column FormatSection::Counts(int id) const {
  const Entry* entry = Find(id, 0);
  return entry == nullptr ? Column(16, 0) : Integers(id, entry->rows);
}

std::vector<std::string> FormatSection::Strings(int id, size_t rows) const {
  const Entry* entry = Find(id, 0);
  std::vector<std::string> strings;
  if (entry == nullptr) return strings;
  Require(entry->rows == rows, "strings");
  FormatBytes in(std::string_view(plain_).substr(entry->begin, entry->size));
  const Column shared = ReadIntegers(&in, rows), own = ReadIntegers(&in, rows);
  const std::string bytes = ReadBytes(&in);
  size_t at = 0;
  for (size_t i = 0; i < rows; at += own[i++]) {
    const std::string before = i == 0 ? "" : strings.back();
    strings.push_back(before.substr(0, shared[i]) + bytes.substr(at, own[i]));
  }
  return strings;
}

std::string FormatSection::Bytes(int id) const {
  const Entry* entry = Find(id, 0);
  if (entry == nullptr) return "";
  FormatBytes in(std::string_view(plain_).substr(entry->begin, entry->size));
  return ReadBytes(&in);
}

namespace {

// A vector of the footer's root table: FlatBuffers by hand.
FormatBytes FooterVector(std::string_view footer, unsigned field, uint64_t* length) {
  const auto number = [&](size_t at, size_t bytes) {
    return FormatBytes(footer.substr(at)).Little(bytes);
  };
  const size_t root = number(0, 4);
  const size_t vtable = root - static_cast<int32_t>(number(root, 4));
  const bool there = 4 + 2 * field < number(vtable, 2);
  const size_t offset = there ? number(vtable + 4 + 2 * field, 2) : 0;
  *length = 0;
  if (offset == 0) return FormatBytes("");
  const size_t at = root + offset + number(root + offset, 4);
  *length = number(at, 4);
  return FormatBytes(footer.substr(at + 4));
}

FormatSection ReadSection(std::string_view block, FormatBytes* in, std::pair<int, uint32_t>* key) {
  const uint64_t offset = in->Little(8), checksum = in->Little(8), stored = in->Little(4);
  const uint64_t decoded = in->Little(4), part = in->Little(4), kind = in->Byte();
  const uint64_t encoding = in->Byte();
  in->Take(2);
  const std::string_view bytes = block.substr(offset, stored);
  Require(bytes.size() == stored && Checksum64(bytes) == checksum, "checksum");
  *key = {static_cast<int>(kind), static_cast<uint32_t>(part)};
  std::string plain = encoding == 1 ? Unframe(bytes, decoded) : std::string(bytes);
  Require(plain.size() == decoded, "decoded size");
  return FormatSection(std::move(plain));
}

}  // namespace

std::vector<FormatDataset> ReadFormat(std::string_view block) {
  Require(block.size() >= 32 && block.substr(0, 8) == "DOLERITE" &&
              block.substr(block.size() - 8) == "DOLERITE",
          "magic");
  FormatBytes trailer(block.substr(block.size() - 24));
  const uint64_t size = trailer.Little(4), version = trailer.Little(4), sum = trailer.Little(8);
  Require(size <= block.size() - 32, "footer size");
  const std::string_view footer = block.substr(block.size() - 24 - size, size);
  Require(Checksum64(block.substr(block.size() - 24 - size, size + 8)) == sum, "checksum");
  Require(version == 1, "version");
  uint64_t count = 0, section_count = 0, text_size = 0;
  FormatBytes in = FooterVector(footer, 0, &count);
  FormatBytes sections = FooterVector(footer, 1, &section_count);
  const std::string_view text = FooterVector(footer, 2, &text_size).rest.substr(0, text_size);
  std::vector<FormatDataset> datasets(count);
  for (FormatDataset& d : datasets) {
    d.min_time = static_cast<int64_t>(in.Little(8)),
    d.max_time = static_cast<int64_t>(in.Little(8));
    d.profiles = in.Little(8), d.samples = in.Little(8), d.series = in.Little(4);
    const uint64_t first = in.Little(4), number = in.Little(4);
    const uint64_t begin = in.Little(4), end = in.Little(4), labels = in.Little(4);
    Require(first <= section_count && number <= section_count - first, "sections");
    d.name = text.substr(begin, end - begin);
    d.label_summary = text.substr(end, labels - end);
    FormatBytes entries(sections.rest.substr(32 * first));
    for (uint64_t i = 0; i < number; ++i) {
      std::pair<int, uint32_t> key;
      FormatSection section = ReadSection(block, &entries, &key);
      d.sections[key] = std::move(section);
    }
  }
  return datasets;
}

}  // namespace dolerite::testing
