// One block, many threads.
#include <thread>

#include "block/block_support.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"

namespace dolerite::testing {
namespace {

TEST_CASE("a block answers many threads at once") {
  const std::string bytes = Build(Generated(70, 12));
  const std::unique_ptr<ObjectStore> store = MakeMemoryStore();
  REQUIRE(store->Put("block", bytes).ok());
  BlockReader::Options options;
  options.suffix_bytes = 2000;  // so that threads fetch, too
  const absl::StatusOr<BlockReader> block = BlockReader::Open(store.get(), "block", options);
  REQUIRE(block.ok());
  const std::vector<std::string> expected = Describe(*block);

  std::vector<std::vector<std::string>> answers(4);
  std::vector<int64_t> totals(4, -1);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < answers.size(); ++t) {
    threads.emplace_back([&, t] {
      const auto listing = block->ListProfiles();
      for (size_t i = 0; listing.ok() && i < listing->profiles.size(); ++i) {
        const size_t index = (i + t * 3) % listing->profiles.size();
        const absl::StatusOr<Profile> profile = block->ReadProfile(index);
        if (!profile.ok()) continue;
        answers[t].push_back(listing->profiles[index].series->ToString() + "\n" +
                             DescribeStored(*profile));
      }
      TreeQuery query({});
      if (query.Add(*block).ok()) totals[t] = std::move(query).Finish()->columns[0].total[0];
      if (!block->Verify()->empty()) totals[t] = -2;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t t = 0; t < answers.size(); ++t) {
    std::sort(answers[t].begin(), answers[t].end());
    CHECK(answers[t] == expected);
    CHECK(totals[t] == totals[0]);
  }
}

}  // namespace
}  // namespace dolerite::testing
