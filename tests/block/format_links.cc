// The link filter, section 15.1.
#include "base/checksum.h"
#include "block/format_bytes.h"
#include "block/format_reader.h"

namespace dolerite::testing {

FormatLinkFilter::FormatLinkFilter(const FormatDataset& dataset) {
  const auto at = dataset.sections.find({11, 0});
  if (at == dataset.sections.end()) return;
  const Column counts = at->second.Counts();
  bits_of_id_ = counts.at(1);
  Require(bits_of_id_ >= 1 && bits_of_id_ <= 64, "bits of an id");
  const std::string bytes = at->second.Bytes(2);
  FormatBytes in(bytes);
  for (uint64_t size : at->second.Integers(1, counts[0])) filters_.emplace_back(in.Take(size));
  Require(in.rest.empty(), "filters");
}

bool FormatLinkFilter::MayHold(uint32_t chunk, std::string_view id) const {
  if (filters_.empty() || filters_.at(chunk).empty()) return true;
  const std::string& filter = filters_[chunk];
  const uint64_t h = Checksum64(id), low = h % (uint64_t{1} << 32), m = 8 * filter.size();
  const uint64_t upper = h / (uint64_t{1} << 32), step = upper % 2 == 0 ? upper + 1 : upper;
  for (uint64_t i = 0; i < bits_of_id_; ++i) {
    const uint64_t b = (low + i * step) % (uint64_t{1} << 32) * m / (uint64_t{1} << 32);
    if ((static_cast<uint8_t>(filter[b / 8]) >> b % 8 & 1) == 0) return false;
  }
  return true;
}

}  // namespace dolerite::testing
