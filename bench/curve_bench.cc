// Does a merge cost by samples or by distinct stacks? A flame graph of the same stacks with 1, 10
// and 100 times the samples: profiles repeated a millisecond apart, so that they share windows.
#include <string>

#include "dolerite/block_reader.h"
#include "dolerite/query.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

Tree Flame(const std::string& block, bool heads, QueryCost* cost) {
  TreeQuery query({.kinds = {}}, {.heads = heads});  // sums, so that they can be compared
  Must(query.Add(Must(BlockReader::FromBytes(block))));
  *cost = query.cost();
  return Must(std::move(query).Finish());
}

// The same nodes with `copies` times the values.
void Check(const std::string& what, const Tree& once, const Tree& tree, size_t copies) {
  bool same = once.parent == tree.parent;
  for (size_t i = 0; same && i < once.size(); ++i) {
    same = once.names[once.name[i]] == tree.names[tree.name[i]] &&
           once.columns[0].self[i] * static_cast<int64_t>(copies) == tree.columns[0].self[i];
  }
  Require(same, what + ": repeated profiles make another flame graph");
}

void Answer(const Series& series, const char* how, bool heads, const BlockOptions& options) {
  size_t samples = 0;
  for (const Profile& profile : ReadProfiles(series.sources)) samples += profile.samples.size();
  Tree first;
  double once = 0;
  for (size_t copies : {1, 10, 100}) {
    const std::string block = BuildRepeated(series.sources, copies, 1'000'000, options);
    const std::string what = series.name + ", " + how + ", " + std::to_string(copies) + "x";
    QueryCost cost;
    const Tree tree = Flame(block, heads, &cost);
    if (copies == 1) first = tree;
    Check(what, first, tree, copies);
    const double seconds = MedianSeconds([&] { Use(Flame(block, heads, &cost)); });
    if (copies == 1) once = seconds;
    Print({what + ": " + Count(double(samples * copies)) + " samples, " + Count(double(cost.rows)) +
               " rows",
           Time(seconds), "1x: " + Time(once), Times(seconds / once), "-"});
  }
}

}  // namespace

int main() {
  Title("More samples of the same stacks, cold flame graph; the ratio is to those of once");
  for (const char* name : {"checkout-cpu", "checkout-heap"}) {
    const Series* series = FindSeries(name);
    if (series == nullptr) continue;
    Answer(*series, "heads", true, {});
    Answer(*series, "bodies", false, {.profiles_per_group = 1});
  }
}
