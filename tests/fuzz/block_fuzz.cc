// libFuzzer: whatever bytes call themselves a block, asking them everything does no
// harm, and profiles that come out are sound. Each input is opened as it is, and once
// more with its checksums made good.
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/query.h"
#include "support/profile_equal.h"
#include "support/reseal.h"

namespace {

using dolerite::BlockReader;
using dolerite::FrameBy;
using dolerite::Profile;

void Check(bool holds) {
  if (!holds) std::abort();
}

BlockReader::Options Tight() {
  BlockReader::Options options;
  options.limits.section_rows = 1 << 14;
  options.limits.section_bytes = 1 << 18;
  return options;
}

// A sound block gives back what is put into another one.
void StoreAgain(const Profile& profile) {
  Check(profile.Validate().ok());
  dolerite::BlockBuilder builder = *dolerite::BlockBuilder::Make();
  if (!builder.Add({}, profile).ok()) return;
  const absl::StatusOr<std::string> bytes = std::move(builder).Finish();
  Check(bytes.ok());
  const absl::StatusOr<BlockReader> block = BlockReader::FromBytes(*bytes);
  Check(block.ok() && block->Verify()->empty());
  const absl::StatusOr<Profile> again = block->ReadProfile(0);
  Check(again.ok());
  Check(again->samples.size() == profile.samples.size());
}

void AskEverything(std::string_view bytes) {
  const absl::StatusOr<BlockReader> block = BlockReader::FromBytes(bytes, Tight());
  if (!block.ok()) return;
  const bool sound = block->Verify()->empty();
  const auto listing = block->ListProfiles();
  Check(!sound || listing.ok());
  const size_t profiles = listing.ok() ? listing->profiles.size() : 4;
  for (size_t i = 0; i < profiles && i < 4; ++i) {
    const absl::StatusOr<Profile> profile = block->ReadProfile(i);
    if (profile.ok()) StoreAgain(*profile);
  }
  for (FrameBy by : {FrameBy::kFunction, FrameBy::kAddress}) {
    for (bool heads : {true, false}) {
      dolerite::TreeQuery query({.by = by}, {.heads = heads});
      if (query.Add(*block).ok()) (void)std::move(query).Finish({50}).ok();
    }
  }
  dolerite::ProfileQuery merged({});
  if (merged.Add(*block).ok()) {
    const absl::StatusOr<Profile> profile = std::move(merged).Finish();
    if (profile.ok()) Check(profile->Validate().ok());
  }
  (void)block->Dump(4).ok();
  (void)block->Usage().ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  AskEverything(bytes);
  const std::optional<std::string> sealed = dolerite::testing::Reseal(bytes);
  if (sealed && *sealed != bytes) AskEverything(*sealed);
  return 0;
}
