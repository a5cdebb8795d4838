// libFuzzer: whatever a key looks like, it is parsed to a name that has this very key, or to none.
#include "archive/keys.h"

#include <string>
#include <string_view>

#include "fuzz/check.h"

using dolerite::fuzz::Check;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string key(reinterpret_cast<const char*>(data), size);
  if (const auto segment = dolerite::SegmentName::Parse(key)) Check(segment->key() == key);
  if (const auto block = dolerite::BlockName::Parse(key)) Check(block->key() == key);
  if (const auto number = dolerite::ParseManifestKey(key)) {
    Check(dolerite::ManifestKey(*number) == key);
  }
  return 0;
}
