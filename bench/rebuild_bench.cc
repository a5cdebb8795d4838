// What does it take to read all profiles of a block, beside one merged tree of them? And to make
// one block of several, profile by profile: read each from its block, add it, finish? The latter is
// what a compactor that knew no shortcut would do; there is none yet.
#include <cstring>
#include <numeric>
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

// One block a pod.
std::vector<std::string> BlocksByPod(const Series& series) {
  std::vector<std::string> blocks;
  const Sources all = series.sources;
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin;
    while (end < all.size() && all[end].pod == all[begin].pod) ++end;
    blocks.push_back(BuildBlock(all.subspan(begin, end - begin)));
    begin = end;
  }
  return blocks;
}

struct Cost {
  double read = 0, add = 0, finish = 0;
  size_t samples = 0;
  std::string block;

  double all() const { return read + add + finish; }
};

std::vector<size_t> AllOf(const BlockReader& reader) {
  size_t profiles = 0;
  for (const DatasetSummary& dataset : reader.summary().datasets) profiles += dataset.profiles;
  std::vector<size_t> indices(profiles);
  std::iota(indices.begin(), indices.end(), size_t{0});
  return indices;
}

// All profiles of a block, cold; how many samples these have.
size_t ReadAll(const std::string& block, bool view) {
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  size_t samples = 0;
  const auto count = [&](size_t, const Profile& profile) {
    samples += profile.samples.size();
    return absl::OkStatus();
  };
  Must(view ? ViewProfiles(reader, AllOf(reader), count)
            : reader.ReadProfiles(AllOf(reader), count));
  return samples;
}

// The floor: what a pass gives out, copied column by column into memory that is used again.
double CopySeconds(const std::string& block) {
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  std::vector<Profile> all;
  Must(reader.ReadProfiles(AllOf(reader), [&](size_t, const Profile& profile) {
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
  const double all = MedianSeconds([&] { Use(ReadAll(block, false)); });
  const double view = MedianSeconds([&] { Use(ReadAll(block, true)); });
  const double tree = MedianSeconds([&] { Use(MergeAll(block, types)); });
  Print({Text("%s, all %zu profiles by ReadProfiles", series.name.c_str(), listing.profiles.size()),
         Time(all), "merged trees: " + Time(tree), Times(all / tree), "2 times"});
  Print({series.name + ", the same by ViewProfiles", Time(view), "merged trees: " + Time(tree),
         Times(view / tree), "2 times"});
  const double copy = CopySeconds(block);
  Print({series.name + ", the same", Time(all), "a copy of the profiles: " + Time(copy),
         Times(all / copy), "-"});
  Print({series.name + ", one of them", Time(all / double(listing.profiles.size())), "-", "-",
         "0.15 ms"});
}

Cost Rebuild(const std::vector<std::string>& blocks) {
  Cost cost;
  BlockBuilder builder = Must(BlockBuilder::Make());
  for (const std::string& bytes : blocks) {
    const double begin = ThreadSeconds(), added_before = cost.add;
    const BlockReader reader = Must(BlockReader::FromBytes(bytes));
    const auto listing = Must(reader.ListProfiles());
    Must(reader.ReadProfiles(AllOf(reader), [&](size_t index, const Profile& profile) {
      const double read = ThreadSeconds();
      Must(builder.Add(*listing.profiles[index].series, profile));
      cost.add += ThreadSeconds() - read;
      cost.samples += profile.samples.size();
      return absl::OkStatus();
    }));
    cost.read += ThreadSeconds() - begin - (cost.add - added_before);
  }
  const double begin = ThreadSeconds();
  cost.block = Must(std::move(builder).Finish());
  cost.finish = ThreadSeconds() - begin;
  return cost;
}

void Answer(const Series& series) {
  const std::vector<std::string> blocks = BlocksByPod(series);
  std::vector<double> reads, adds, finishes, alls;
  Cost cost;
  const std::string direct = BuildBlock(series.sources);
  for (int run = 0; run < 5; ++run) {
    cost = Rebuild(blocks);
    Require(cost.block == direct, series.name + ": the rebuilt block is another");
    reads.push_back(cost.read);
    adds.push_back(cost.add);
    finishes.push_back(cost.finish);
    alls.push_back(cost.all());
  }
  const double all = Median(alls), ingest = MedianSeconds([&] { BuildBlock(series.sources); });
  const bool heap = series.kind() == "heap";
  const std::string what =
      Text("%s, %zu blocks to 1, by ReadProfiles", series.name.c_str(), blocks.size());
  Print({what, Count(double(cost.samples) / all) + " samples/s",
         "ingest of pprof.gz: " + Count(double(cost.samples) / ingest), Times(ingest / all),
         !series.has_goals() ? "-"
         : heap              ? "14 to 28 M"
                             : "4 to 8 M"});
  Print({what, Time(all),
         "read " + Time(Median(reads)) + ", add " + Time(Median(adds)) + ", finish " +
             Time(Median(finishes))});
}

}  // namespace

int main() {
  Title("All profiles of a block");
  for (const Series& series : AllSeries()) CompareWithTree(series);
  Title("Several blocks to one (no compactor yet)");
  for (const Series& series : AllSeries()) {
    if (series.sources.front().pod != series.sources.back().pod) Answer(series);
  }
}
