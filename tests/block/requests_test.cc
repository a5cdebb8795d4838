// How often a block asks its store.
#include <utility>

#include "block/block_support.h"
#include "block/dataset_reader.h"
#include "dolerite/accounting_store.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"

namespace dolerite::testing {
namespace {

// Requests of Open and one flame graph; checks that the query tells them too.
uint64_t Requests(const std::string& block, const BlockReader::Options& options,
                  const Selection& selection) {
  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  REQUIRE(memory->Put("a/block", block).ok());
  const auto store = MakeAccountingStore(memory.get());
  const absl::StatusOr<BlockReader> reader = BlockReader::Open(store.get(), "a/block", options);
  REQUIRE(reader.ok());
  CHECK(store->accounts().total().requests == 1);
  TreeQuery query({selection});
  const absl::Status status = query.Add(*reader);
  INFO(status);
  REQUIRE(status.ok());
  CHECK(query.cost().profiles > 0);
  const IoAccount account = store->accounts().total();
  CHECK(query.cost().requests == account.requests - 1);
  CHECK(std::move(query).Finish()->columns[0].total[0] != 0);
  return account.requests;
}

TEST_CASE("a small block answers with one request, a large one with two") {
  GenerateOptions options;
  options.negative = false;
  const std::string bytes = Build(Generated(3, 20, options), {.dataset_label = "none"});
  BlockReader::Options small;
  CHECK(bytes.size() < small.suffix_bytes);
  CHECK(Requests(bytes, small, {}) == 1);
  // The suffix holds footer and trailer, but no dataset.
  small.suffix_bytes = 2000;
  CHECK(Requests(bytes, small, {}) == 2);
  // And here not even these.
  small.suffix_bytes = 1;
  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  REQUIRE(memory->Put("block", bytes).ok());
  const auto reader = BlockReader::Open(memory.get(), "block", small);
  REQUIRE(reader.ok());
  CHECK(Describe(*reader) == Describe(OpenBytes(bytes)));
  CHECK(reader->Verify()->empty());
}

TEST_CASE("a series of half a megabyte answers with two requests") {
  if (!CorpusPresent()) return;
  const std::string bytes = Build(ReadSeries("checkout"));
  BlockReader::Options options;
  options.suffix_bytes = std::min(options.suffix_bytes, bytes.size() / 4);
  for (const char* type : {"cpu", "heap", "mutex", "block", "goroutine"}) {
    CHECK(Requests(bytes, options, {.profile_type = type}) <= 2);
  }
  CHECK(Requests(bytes, options, {.profile_type = "cpu"}) == 2);
}

TEST_CASE("verify, usage and dump read a dataset's sections together") {
  const std::string bytes =
      Build(Generated(3, 20), {.dataset_label = "none", .samples_per_chunk = 20});
  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  REQUIRE(memory->Put("block", bytes).ok());
  const std::unique_ptr<AccountingStore> store = MakeAccountingStore(memory.get());
  BlockReader::Options options;
  options.suffix_bytes = 1;
  const auto reader = BlockReader::Open(store.get(), "block", options);
  REQUIRE(reader.ok());
  REQUIRE(BlockAccess::Of(*reader).footer.sections.size() > 20);
  uint64_t before = store->accounts().total().requests;
  const auto requests = [&] {
    const uint64_t now = store->accounts().total().requests;
    return now - std::exchange(before, now);
  };
  CHECK(reader->Verify()->empty());
  CHECK(requests() <= 4);
  CHECK(reader->Usage().ok());
  CHECK(requests() <= 4);
  CHECK(reader->Dump().ok());
  CHECK(requests() <= 4);
}

TEST_CASE("what a store says comes back with the block's name") {
  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  const absl::Status missing = BlockReader::Open(memory.get(), "no/block").status();
  CHECK(absl::IsNotFound(missing));
  CHECK(std::string(missing.message()).find("no/block") != std::string::npos);

  const std::string bytes = Build(Generated(3, 5));
  REQUIRE(memory->Put("block", bytes).ok());
  BlockReader::Options options;
  options.suffix_bytes = 2000;
  const auto reader = BlockReader::Open(memory.get(), "block", options);
  REQUIRE(reader.ok());
  REQUIRE(memory->Put("block", Build(Generated(4, 5)), {.mode = PutMode::kReplace}).ok());
  TreeQuery query({});
  const absl::Status changed = query.Add(*reader);
  CHECK(absl::IsFailedPrecondition(changed));  // never bytes of another version
  CHECK(!reader->Verify()->empty());
}

}  // namespace
}  // namespace dolerite::testing
