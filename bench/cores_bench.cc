// What do two threads gain over one? A flame graph and a merged profile of one block a pod, and of
// one block with a dataset a pod. The limit is what the machine gives to two threads that share
// nothing: half of the blocks each.
#include <functional>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "dolerite/block_reader.h"
#include "dolerite/executor.h"
#include "dolerite/query.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

class Threads : public Executor {
 public:
  explicit Threads(size_t width) : width_(width) {}

  size_t width() const override { return width_; }
  void Run(size_t tasks, const std::function<void(size_t)>& task) override {
    std::vector<std::thread> threads;
    for (size_t i = 1; i < tasks; ++i) threads.emplace_back(task, i);
    if (tasks > 0) task(0);
    for (std::thread& thread : threads) thread.join();
  }

 private:
  size_t width_;
};

using Blocks = std::vector<BlockReader>;

template <class Query>
Query Ask(std::span<const BlockReader> blocks, Executor* executor) {
  Query query({}, {.executor = executor});
  std::vector<const BlockReader*> readers;
  for (const BlockReader& block : blocks) readers.push_back(&block);
  Must(query.Add(readers));
  return query;
}

template <class Query>
void AskHalves(const Blocks& blocks) {
  const std::span<const BlockReader> all(blocks);
  const size_t half = all.size() / 2;
  std::thread other([&] { Use(Ask<Query>(all.subspan(half), nullptr)); });
  Use(Ask<Query>(all.first(half), nullptr));
  other.join();
}

template <class Query>
void Answer(const std::string& what, const Blocks& blocks) {
  Threads one(1), two(2);
  Require(Ask<Query>(blocks, &one).cost().rows == Ask<Query>(blocks, &two).cost().rows,
          what + ": two threads look at other rows than one");
  const double alone = LeastWallSeconds([&] { Use(Ask<Query>(blocks, &one)); });
  const double both = LeastWallSeconds([&] { Use(Ask<Query>(blocks, &two)); });
  Print({what + ", two threads", Time(both), "one thread: " + Time(alone), Times(alone / both),
         "1.7x"});
  if (blocks.size() < 2) return;
  const double halves = LeastWallSeconds([&] { AskHalves<Query>(blocks); });
  Print({what + ", two queries of half the blocks", Time(halves), "one query: " + Time(alone),
         Times(alone / halves), "-"});
}

bool SameTree(const Tree& a, const Tree& b) {
  return a.parent == b.parent && a.columns[0].self == b.columns[0].self &&
         a.columns[0].total == b.columns[0].total;
}

void Answer(const std::string& what, const Blocks& blocks) {
  Threads one(1), two(2);
  Require(SameTree(Must(Ask<TreeQuery>(blocks, &one).Finish()),
                   Must(Ask<TreeQuery>(blocks, &two).Finish())),
          what + ": two threads make another flame graph than one");
  Answer<TreeQuery>(what + ", flame graph", blocks);
  Answer<ProfileQuery>(what + ", merged profile", blocks);
}

void Answer(const Series& series) {
  std::map<std::string, std::vector<Source>> pods;
  for (const Source& source : series.sources) pods[source.pod].push_back(source);
  std::vector<std::string> bytes;
  for (const auto& [pod, sources] : pods) bytes.push_back(BuildBlock(sources));
  Blocks blocks;
  for (const std::string& block : bytes) blocks.push_back(Must(BlockReader::FromBytes(block)));
  Answer(series.name + ", " + std::to_string(blocks.size()) + " blocks", blocks);

  const std::string whole = BuildBlock(series.sources, {.dataset_label = "pod"});
  Blocks single;
  single.push_back(Must(BlockReader::FromBytes(whole)));
  Answer(series.name + ", a block of " + std::to_string(pods.size()) + " datasets", single);
}

}  // namespace

int main() {
  Title("Threads; least time on the wall");
  for (const char* name : {"checkout-cpu", "checkout-heap"}) {
    if (const Series* series = FindSeries(name)) Answer(*series);
  }
}
