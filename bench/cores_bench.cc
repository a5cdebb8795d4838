// What do two threads gain over one? A flame graph and a merged profile of one block a pod, and of
// one block with a dataset a pod. The limit is what the machine gives to two threads that share
// nothing: half of the blocks each. And what do a thousand blocks of one service cost beside the
// sum of a question to each?
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
         "1.8x"});
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

using Pods = std::map<std::string, std::vector<Source>>;

// A block of each pod in the first hour, then in the second, and so on, with the same profiles in
// each.
std::vector<std::string> BlocksByHour(const Pods& pods, size_t hours) {
  std::vector<std::string> blocks(hours * pods.size());
  size_t pod = 0;
  for (const auto& [name, sources] : pods) {
    std::vector<Profile> profiles = ReadProfiles(sources);
    for (size_t hour = 0; hour < hours; ++hour) {
      BlockBuilder builder = Must(BlockBuilder::Make({}));
      for (size_t i = 0; i < profiles.size(); ++i) {
        Must(builder.Add(sources[i].labels, profiles[i]));
        profiles[i].time_nanos += int64_t{3'600'000'000'000};
      }
      blocks[hour * pods.size() + pod] = Must(std::move(builder).Finish());
    }
    ++pod;
  }
  return blocks;
}

Blocks Open(const std::vector<std::string>& bytes) {
  Blocks blocks;
  for (const std::string& block : bytes) blocks.push_back(Must(BlockReader::FromBytes(block)));
  return blocks;
}

// The least bound of memory that a query gets by with, to a sixteenth.
template <class Query>
size_t LeastMemory(std::span<const BlockReader> blocks) {
  std::vector<const BlockReader*> readers;
  for (const BlockReader& block : blocks) readers.push_back(&block);
  size_t bytes = size_t{64} << 10;
  while (!Query({}, {.memory_bytes = bytes}).Add(readers).ok()) bytes += bytes / 16;
  return bytes;
}

template <class Query>
void AnswerMany(const std::string& what, const Blocks& blocks, size_t pods) {
  Threads one(1), two(2);
  const std::span<const BlockReader> all(blocks);
  const double together = LeastWallSeconds([&] { Use(Ask<Query>(all, &one)); });
  const double apart = LeastWallSeconds([&] {
    for (size_t i = 0; i < all.size(); ++i) Use(Ask<Query>(all.subspan(i, 1), &one));
  });
  const double both = LeastWallSeconds([&] { Use(Ask<Query>(all, &two)); });
  Print({what, Time(together), "a query of each block: " + Time(apart), Times(together / apart),
         "1.3x"});
  Print({what + ", two threads", Time(both), "one thread: " + Time(together),
         Times(together / both), "1.8x"});
  Print({what + ", memory that it needs", Bytes(static_cast<double>(LeastMemory<Query>(all))),
         std::to_string(pods) +
             " blocks: " + Bytes(static_cast<double>(LeastMemory<Query>(all.first(pods)))),
         "-", "-"});
}

void AnswerMany(const Series& series, const Pods& pods) {
  const std::vector<std::string> bytes = BlocksByHour(pods, 1000 / pods.size());
  const Blocks blocks = Open(bytes);
  const std::string what = series.name + ", " + std::to_string(blocks.size()) + " blocks";
  AnswerMany<TreeQuery>(what + ", flame graph", blocks, pods.size());
  AnswerMany<ProfileQuery>(what + ", merged profile", blocks, pods.size());
}

void Answer(const Series& series) {
  Pods pods;
  for (const Source& source : series.sources) pods[source.pod].push_back(source);
  const std::vector<std::string> bytes = BlocksByHour(pods, 1);
  const Blocks blocks = Open(bytes);
  Answer(series.name + ", " + std::to_string(blocks.size()) + " blocks", blocks);

  const std::string whole = BuildBlock(series.sources, {.dataset_label = "pod"});
  Blocks single;
  single.push_back(Must(BlockReader::FromBytes(whole)));
  Answer(series.name + ", a block of " + std::to_string(pods.size()) + " datasets", single);
  AnswerMany(series, pods);
}

}  // namespace

int main() {
  Title("Threads; least time on the wall");
  for (const char* name : {"checkout-cpu", "checkout-heap"}) {
    if (const Series* series = FindSeries(name)) Answer(*series);
  }
}
