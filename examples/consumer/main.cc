// Uses the installed headers and library: an empty profile makes a block of one profile.
#include <dolerite/block_builder.h>
#include <dolerite/block_reader.h>
#include <dolerite/pprof.h>

#include <cstdio>
#include <string>
#include <utility>

absl::StatusOr<size_t> ProfilesOfBlock() {
  dolerite::Profile profile;
  profile.sample_types = {
      {profile.symbols.strings.Add("cpu"), profile.symbols.strings.Add("nanoseconds")}};
  absl::StatusOr<std::string> pprof = dolerite::WritePprof(profile);
  if (!pprof.ok()) return pprof.status();
  absl::StatusOr<dolerite::Profile> read = dolerite::ReadPprof(*pprof);
  if (!read.ok()) return read.status();

  absl::StatusOr<dolerite::BlockBuilder> builder = dolerite::BlockBuilder::Make();
  if (!builder.ok()) return builder.status();
  absl::Status added = builder->Add({{"service_name", "consumer"}}, *read);
  if (!added.ok()) return added;
  absl::StatusOr<std::string> block = std::move(*builder).Finish();
  if (!block.ok()) return block.status();
  absl::StatusOr<dolerite::BlockReader> reader = dolerite::BlockReader::FromBytes(*block);
  if (!reader.ok()) return reader.status();
  absl::StatusOr<dolerite::BlockReader::Listing> listing = reader->ListProfiles();
  if (!listing.ok()) return listing.status();
  return listing->profiles.size();
}

int main() {
  const absl::StatusOr<size_t> profiles = ProfilesOfBlock();
  if (!profiles.ok()) {
    std::fprintf(stderr, "consumer: %s\n", profiles.status().ToString().c_str());
    return 1;
  }
  std::printf("%zu profile in a block\n", *profiles);
  return *profiles == 1 ? 0 : 1;
}
