#include "block/payload_section.h"

#include "base/status.h"

namespace dolerite {

// Texts of all profiles in one row: compression finds what payloads have in common.
std::optional<EncodedSection> EncodePayloads(std::span<const SampleRows> rows, uint32_t part,
                                             const ColumnOptions& options) {
  std::vector<uint64_t> sizes, unknown_sizes;
  std::string payloads, unknown;
  for (const SampleRows& profile : rows) {
    sizes.push_back(profile.payload.size());
    unknown_sizes.push_back(profile.unknown_fields.size());
    payloads += profile.payload;
    unknown += profile.unknown_fields;
  }
  if (payloads.empty() && unknown.empty()) return std::nullopt;
  SectionWriter out(SectionKind::kPayloads, options);
  out.Integers(column::kPayloadSizes, sizes);
  out.Bytes(column::kPayloadBytes, payloads);
  out.Integers(column::kUnknownSizes, unknown_sizes);
  out.Bytes(column::kUnknownBytes, unknown);
  return std::move(out).Finish(part);
}

// Sizes become ends, each checked against the bytes that are left.
absl::StatusOr<Payloads::Texts> Payloads::ReadTexts(const SectionReader& section, uint8_t sizes_id,
                                                    uint8_t bytes_id, size_t profiles,
                                                    size_t max_bytes) {
  Texts texts;
  DOLERITE_RETURN_IF_ERROR(section.Integers(sizes_id, profiles, &texts.ends));
  DOLERITE_RETURN_IF_ERROR(section.LimitedBytes(bytes_id, max_bytes, &texts.bytes));
  uint64_t end = 0;
  for (uint64_t& size : texts.ends) {
    if (size > texts.bytes.size() - end) return section.Damaged("payloads are cut off");
    size = end += size;
  }
  if (end != texts.bytes.size()) return section.Damaged("payloads have bytes left over");
  return texts;
}

absl::StatusOr<Payloads> Payloads::Read(const SectionReader* section, size_t profiles,
                                        size_t max_bytes) {
  Payloads out;
  if (section == nullptr) return out;
  DOLERITE_ASSIGN_OR_RETURN(out.payloads_, ReadTexts(*section, column::kPayloadSizes,
                                                     column::kPayloadBytes, profiles, max_bytes));
  DOLERITE_ASSIGN_OR_RETURN(
      out.unknown_fields_,
      ReadTexts(*section, column::kUnknownSizes, column::kUnknownBytes, profiles, max_bytes));
  return out;
}

// A column that is empty was left out: no profile has such a text.
std::string Payloads::Texts::Of(size_t n) const {
  if (ends.empty()) return "";
  const uint64_t begin = n == 0 ? 0 : ends[n - 1];
  return bytes.substr(begin, ends[n] - begin);
}

void Payloads::Fill(size_t n, SampleRows* rows) const {
  rows->payload = payloads_.Of(n);
  rows->unknown_fields = unknown_fields_.Of(n);
}

}  // namespace dolerite
