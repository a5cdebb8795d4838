// What does it take to read all profiles of a block, beside one merged tree of them? A tree reads
// the heads of row groups where it can, a pass always bodies: so also beside a tree from bodies.
#include <string>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/query.h"
#include "dolerite/view_profiles.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

// All profiles of a block, cold; how many samples these have.
size_t ReadAll(const std::string& block, bool view) {
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  size_t samples = 0;
  const auto count = [&](size_t, const Profile& profile) {
    samples += profile.samples.size();
    return absl::OkStatus();
  };
  Must(view ? ViewProfiles(reader, AllProfiles(reader), count)
            : reader.ReadProfiles(AllProfiles(reader), count));
  return samples;
}

// The floor: what a pass gives out, copied column by column into memory that is used again.
double CopySeconds(const std::string& block) {
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  std::vector<Profile> all;
  Must(reader.ReadProfiles(AllProfiles(reader), [&](size_t, const Profile& profile) {
    all.push_back(profile);
    return absl::OkStatus();
  }));
  Profile copy;
  return MedianSeconds([&] {
    for (const Profile& profile : all) copy = profile;
    Use(copy);
  });
}

// One tree of each profile type of a block, cold.
size_t MergeAll(const std::string& block, const std::vector<std::string>& types) {
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  size_t nodes = 0;
  for (const std::string& type : types) {
    TreeQuery query({.selection = {.profile_type = type}});
    Must(query.Add(reader));
    nodes += Must(std::move(query).Finish()).size();
  }
  return nodes;
}

void CompareWithTree(const Series& series) {
  const std::string block = BuildBlock(series.sources);
  const std::string bodies_block = BuildBlock(series.sources, {.profiles_per_group = 1});
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  const auto listing = Must(reader.ListProfiles());
  std::vector<std::string> types;
  uint64_t samples = 0;
  for (const ProfileSummary& summary : listing.profiles) {
    samples += summary.samples;
    if (types.empty() || types.back() != summary.type->name) types.push_back(summary.type->name);
  }
  Require(ReadAll(block, false) == samples, series.name + ": samples are lost");
  Require(ReadAll(block, true) == samples, series.name + ": samples are lost by a view");
  const double tree = MedianSeconds([&] { Use(MergeAll(block, types)); });
  const double bodies = MedianSeconds([&] { Use(MergeAll(bodies_block, types)); });
  const double copy = CopySeconds(block);
  for (const bool view : {false, true}) {
    const double all = MedianSeconds([&] { Use(ReadAll(block, view)); });
    const std::string what = Text("%s, %zu profiles by %s", series.name.c_str(),
                                  listing.profiles.size(), view ? "ViewProfiles" : "ReadProfiles");
    Print({what, Time(all), "merged trees: " + Time(tree), Times(all / tree), "2 times"});
    Print({what, Time(all), "merged trees from bodies: " + Time(bodies), Times(all / bodies),
           "2 times"});
    Print({what, Time(all), "a copy of the profiles: " + Time(copy), Times(all / copy), "-"});
    Print({what + ", each", Time(all / double(listing.profiles.size())), "-", "-", "0.15 ms"});
  }
}

}  // namespace

int main() {
  Title("All profiles of a block");
  for (const Series& series : AllSeries()) CompareWithTree(series);
}
