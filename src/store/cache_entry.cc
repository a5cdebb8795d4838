// Names and files are made of all that an answer depends on. So an entry is found for the very same
// read, and for no other.
#include "store/cache_entry.h"

#include <cstring>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/text.h"

namespace dolerite {
namespace {

constexpr std::string_view kMagic = "DCE1";
constexpr char kEnd = '\n';  // in no key

// A hash has the letters and the length of a key, whatever is in the name.
std::string HashOf(std::string_view bytes) { return HexText(ContentHash128(bytes)); }

void AppendSized(std::string* out, std::string_view bytes) {
  AppendVarint(out, bytes.size());
  out->append(bytes);
}

bool ReadSized(ByteReader* reader, std::string_view* bytes) {
  uint64_t size;
  return reader->ReadVarint(&size) && reader->ReadBytes(size, bytes);
}

}  // namespace

std::string CacheNamesOf(std::string_view key) { return std::string(key) + kEnd; }

// Sizes come before texts of any content, so that two different reads never have the same name.
std::string CacheName(std::string_view key, std::string_view version, const ByteRange& range,
                      ReadKind kind) {
  std::string name = CacheNamesOf(key);
  AppendSized(&name, version);
  // The offset of a read from the end means nothing.
  AppendVarint(&name, range.from_end ? 0 : range.offset);
  AppendVarint(&name, range.length);
  name.push_back(range.from_end ? 'e' : 's');
  name.push_back(static_cast<char>(kind));
  return name;
}

// All files of a key begin alike, so that they can be dropped together.
std::string CacheFilesOf(std::string_view key) { return HashOf(key) + "-"; }

std::string CacheFile(std::string_view key, std::string_view name) {
  return CacheFilesOf(key) + HashOf(name);
}

// The whole name is in the file: two names of one hash would otherwise answer for each other.
std::string EncodeCacheEntry(std::string_view name, const ReadResult& result) {
  std::string out(kMagic);
  AppendSized(&out, name);
  AppendSized(&out, result.version);
  AppendVarint(&out, result.offset);
  AppendVarint(&out, result.object_size);
  AppendSized(&out, result.slice.bytes);
  AppendLittle(&out, Checksum64(out));
  return out;
}

// Bytes of a disk may be anything: the checksum first, then each size against what is left, then
// the name.
std::optional<ReadResult> DecodeCacheEntry(const Slice& file, std::string_view name) {
  const std::string_view bytes = file.bytes;
  if (bytes.size() < kMagic.size() + sizeof(uint64_t) || !bytes.starts_with(kMagic)) return {};
  const size_t end = bytes.size() - sizeof(uint64_t);
  if (LoadLittle<uint64_t>(bytes.data() + end) != Checksum64(bytes.substr(0, end))) return {};
  ByteReader reader(bytes.substr(kMagic.size(), end - kMagic.size()));
  std::string_view of, version;
  ReadResult result;
  const bool sound = ReadSized(&reader, &of) && ReadSized(&reader, &version) &&
                     reader.ReadVarint(&result.offset) && reader.ReadVarint(&result.object_size) &&
                     ReadSized(&reader, &result.slice.bytes) && reader.empty();
  if (!sound || of != name) return {};
  result.version = version;
  // The bytes are a part of the file's, and keep it alive.
  result.slice.owner = file.owner;
  return result;
}

}  // namespace dolerite
