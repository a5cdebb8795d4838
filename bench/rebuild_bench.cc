// What does it take to make one block of several, profile by profile: read each from its block, add
// it, finish? This is what a compactor that knew no shortcut would do; there is none yet.
#include <cstring>
#include <string>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
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

Cost Rebuild(const std::vector<std::string>& blocks) {
  Cost cost;
  BlockBuilder builder = Must(BlockBuilder::Make());
  for (const std::string& bytes : blocks) {
    double begin = ThreadSeconds();
    const BlockReader reader = Must(BlockReader::FromBytes(bytes));
    const auto listing = Must(reader.ListProfiles());
    cost.read += ThreadSeconds() - begin;
    for (const ProfileSummary& summary : listing.profiles) {
      begin = ThreadSeconds();
      const Profile profile = Must(reader.ReadProfile(summary.index));
      const double read = ThreadSeconds();
      Must(builder.Add(*summary.series, profile));
      cost.read += read - begin;
      cost.add += ThreadSeconds() - read;
      cost.samples += profile.samples.size();
    }
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
      Text("%s, %zu blocks to 1, by ReadProfile", series.name.c_str(), blocks.size());
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
  Title("Several blocks to one (no compactor yet)");
  for (const Series& series : AllSeries()) {
    if (series.sources.front().pod != series.sources.back().pod) Answer(series);
  }
}
