// libFuzzer: whatever a key looks like, it is parsed to a name that has this very key, or to none.
#include "archive/keys.h"

#include <string>
#include <string_view>

#include "support/must.h"

using dolerite::testing::Must;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string key(reinterpret_cast<const char*>(data), size);
  if (const auto segment = dolerite::SegmentName::Parse(key)) Must(segment->key() == key);
  if (const auto block = dolerite::BlockName::Parse(key)) Must(block->key() == key);
  if (const auto number = dolerite::ParseManifestKey(key)) {
    Must(dolerite::ManifestKey(*number) == key);
  }
  return 0;
}
