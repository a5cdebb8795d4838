// What do opening a block and the questions to it ask of a store?
#include <memory>
#include <string>

#include "dolerite/accounting_store.h"
#include "dolerite/block_reader.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr size_t kSuffix = size_t{256} << 10;  // the default of BlockReader::Options

// Counts what passes to a block in memory.
class CountedBlock {
 public:
  explicit CountedBlock(const std::string& block)
      : memory_(MakeMemoryStore()), counted_(MakeAccountingStore(memory_.get())) {
    Must(memory_->Put("block", block).status());
  }

  BlockReader Open(size_t suffix) {
    return Must(BlockReader::Open(counted_.get(), "block", {.suffix_bytes = suffix}));
  }
  // Requests and bytes since the last call.
  IoAccount Take() {
    IoAccount now = counted_->accounts().total();
    const IoAccount before = std::exchange(last_, now);
    now.requests -= before.requests;
    now.bytes_read -= before.bytes_read;
    return now;
  }

 private:
  std::unique_ptr<ObjectStore> memory_;
  std::unique_ptr<AccountingStore> counted_;
  IoAccount last_;
};

void PrintCost(const std::string& what, const IoAccount& cost, size_t block,
               const std::string& goal) {
  Print({what, Text("%d requests", int(cost.requests)),
         Bytes(double(cost.bytes_read)) + " of " + Bytes(double(block)),
         Text("%.0f%%", 100 * double(cost.bytes_read) / double(block)), goal});
}

void Answer(const std::string& name, const std::string& block, size_t suffix) {
  CountedBlock counted(block);
  const std::string what = name + Text(", first read %zu KiB: ", suffix >> 10);
  const char* goal = block.size() <= kSuffix ? "1" : "2";
  const BlockReader opened = counted.Open(suffix);
  PrintCost(what + "open", counted.Take(), block.size(), "1");

  const Selection selection = {.profile_type = "cpu"};
  TreeQuery heads({selection}), bodies({selection}, {.heads = false});
  Must(heads.Add(counted.Open(suffix)));
  PrintCost(what + "flame graph", counted.Take(), block.size(), goal);
  Must(bodies.Add(counted.Open(suffix)));
  PrintCost(what + "flame graph from bodies", counted.Take(), block.size(), "-");
  Require(Must(std::move(heads).Finish()).columns[0].total[0] ==
              Must(std::move(bodies).Finish()).columns[0].total[0],
          name + ": heads and bodies disagree");

  ProfileQuery merge({selection});
  Must(merge.Add(counted.Open(suffix)));
  PrintCost(what + "merged profile", counted.Take(), block.size(), "-");
  const BlockReader again = counted.Open(suffix);
  Must(again.ReadProfile(0).status());
  PrintCost(what + "one profile", counted.Take(), block.size(), "-");

  Print({what + "open, time", Time(MedianSeconds([&] { Use(counted.Open(suffix)); }))});
}

}  // namespace

int main() {
  for (const Series& series : AllSeries()) {
    if (series.name != "bundled-cpu" && series.name != "checkout-whole") continue;
    const std::string block = BuildBlock(series.sources);
    Title("Requests: " + series.name);
    Answer(series.name, block, kSuffix);
    // What a block of many times the size would ask for.
    if (series.name == "checkout-whole") Answer(series.name, block, size_t{16} << 10);
  }
}
