// libFuzzer: the footer of a block, with a trailer that fits whatever its bytes are. What decodes
// is encoded and decodes again to as many datasets and sections.
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/checksum.h"
#include "block/footer.h"
#include "support/must.h"

using dolerite::Footer;
using dolerite::testing::Must;

namespace {

constexpr uint64_t kBlockBytes = 1 << 20;

void Decode(std::string_view suffix) {
  const absl::StatusOr<size_t> size = dolerite::FooterSize(suffix, kBlockBytes, {});
  if (!size.ok()) return;
  Must(*size <= kBlockBytes);
  const size_t all = *size + dolerite::kTrailerBytes;
  if (all > suffix.size()) return;
  suffix.remove_prefix(suffix.size() - all);
  const absl::StatusOr<Footer> footer = dolerite::DecodeFooter(suffix, kBlockBytes, {});
  if (!footer.ok()) return;
  const std::string again = dolerite::EncodeFooter(*footer, {});
  const absl::StatusOr<Footer> decoded = dolerite::DecodeFooter(again, kBlockBytes, {});
  if (!decoded.ok()) return;  // it may be longer than a block of this size leaves room for
  Must(decoded->datasets.size() == footer->datasets.size());
  Must(decoded->sections.size() == footer->sections.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  Decode(bytes);
  dolerite::AppendLittle(&bytes, static_cast<uint32_t>(size));
  dolerite::AppendLittle(&bytes, dolerite::kFormatVersion);
  dolerite::AppendLittle(&bytes, dolerite::Checksum64(bytes));
  bytes += dolerite::kMagic;
  Decode(bytes);
  return 0;
}
