// What a caching store keeps of one read, and how it lies on a disk.
#ifndef DOLERITE_STORE_CACHE_ENTRY_H_
#define DOLERITE_STORE_CACHE_ENTRY_H_

#include <optional>
#include <string>
#include <string_view>

#include "dolerite/object_store.h"

namespace dolerite {

enum class ReadKind : char { kOne = '1', kMany = 'n' };

// Key, version, range and kind of a read as one string. It begins with CacheNamesOf(key), which no
// other key's names begin with.
std::string CacheName(std::string_view key, std::string_view version, const ByteRange& range,
                      ReadKind kind);
std::string CacheNamesOf(std::string_view key);

// The same as keys of an object store: hashes of the key and of the whole name.
std::string CacheFile(std::string_view key, std::string_view name);
std::string CacheFilesOf(std::string_view key);

// An entry with its name and a checksum:
//
//   "DCE1" | size, name | size, version | offset | object size | size, bytes | XXH3-64 of all
//   before
//
// Sizes and numbers are varints.
std::string EncodeCacheEntry(std::string_view name, const ReadResult& result);
// Nothing unless the bytes are a whole entry of this name.
std::optional<ReadResult> DecodeCacheEntry(const Slice& file, std::string_view name);

}  // namespace dolerite

#endif  // DOLERITE_STORE_CACHE_ENTRY_H_
