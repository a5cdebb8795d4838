// Splits and partials travel between machines, so their bytes are untrusted: magic, checksum and
// version are checked here, and what a partial unpacks to is bounded by its bytes.
#include "query/envelope.h"

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/status.h"
#include "encoding/zstd_frame.h"

namespace dolerite {

namespace {

constexpr char kPlain = 0, kZstd = 1;
// Partials live shortly: speed counts more than the last bytes.
constexpr int kPackLevel = -1;
// Below this size compressing costs several times what writing and parsing do, and saves less than
// a network carries meanwhile.
constexpr size_t kLeastPacked = 4 << 10;

}  // namespace

// The checksum covers magic, version and content.
std::string Seal(const Envelope& envelope, std::string_view content) {
  std::string out(envelope.magic);
  out.push_back(static_cast<char>(envelope.version));
  out += content;
  AppendLittle(&out, Checksum64(out));
  return out;
}

absl::StatusOr<std::string_view> Unseal(const Envelope& envelope, std::string_view bytes) {
  // Magic, then checksum, then version: bytes that are damaged are never called another version.
  const auto& [magic, known, what] = envelope;
  if (bytes.size() < magic.size() + 9 || !bytes.starts_with(magic)) {
    return DataLoss("not a ", what, ": bad magic at byte 0");
  }
  const std::string_view sealed = bytes.substr(0, bytes.size() - 8);
  if (LoadLittle<uint64_t>(bytes.data() + sealed.size()) != Checksum64(sealed)) {
    return DataLoss(what, ": checksum mismatch");
  }
  const uint8_t version = static_cast<uint8_t>(bytes[magic.size()]);
  if (version != known) {
    return Unimplemented(what, ": version ", uint32_t{version},
                         " is not known here, which reads version ", uint32_t{known});
  }
  return sealed.substr(magic.size() + 1);
}

// Stored plain where compression does not pay.
std::string Pack(std::string_view content) {
  const auto plain = [&] { return Concat(std::string(1, kPlain), content); };
  if (content.size() < kLeastPacked) return plain();
  std::string frame;
  CompressFrame(content, kPackLevel, &frame);
  std::string out(1, kZstd);
  AppendVarint(&out, content.size());
  AppendVarint(&out, frame.size());
  if (out.size() + frame.size() > content.size()) return plain();
  out += frame;
  // Very regular content is padded: Unpack refuses more than kMostUnpacked bytes for each byte.
  const size_t least = (content.size() + kMostUnpacked - 1) / kMostUnpacked;
  if (out.size() < least) out.resize(least, '\0');
  return out;
}

// `most` is the memory that the query may hold.
absl::StatusOr<std::string> Unpack(std::string_view packed, size_t most) {
  const auto damaged = [](std::string_view why) { return DataLoss("partial: ", why); };
  if (packed.empty()) return damaged("no content");
  ByteReader in(packed.substr(1));
  if (packed[0] == kPlain) return std::string(packed.substr(1));
  if (packed[0] != kZstd) return damaged("its content is packed in an unknown way");
  uint64_t size = 0, frame_size = 0;
  std::string_view frame, zeros;
  if (!in.ReadVarint(&size) || !in.ReadVarint(&frame_size) || !in.ReadBytes(frame_size, &frame) ||
      !in.ReadBytes(in.remaining(), &zeros)) {
    return damaged("its packed content is cut off");
  }
  if (size / kMostUnpacked > packed.size())
    return damaged("its content is too large for its bytes");
  if (zeros.find_first_not_of('\0') != std::string_view::npos) return damaged("bytes left over");
  if (size > most) return ResourceExhausted("partial: takes more memory than it may");
  // The size is bounded by the bytes that came and by `most` before memory is taken.
  std::string content(size, '\0');
  DOLERITE_RETURN_IF_ERROR(Annotate(DecompressFrame(frame, size, content.data()), "partial"));
  return content;
}

}  // namespace dolerite
