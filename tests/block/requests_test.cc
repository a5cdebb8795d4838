// How often a block asks its store.
#include <numeric>
#include <random>
#include <utility>

#include "block/block_support.h"
#include "block/chunk_load.h"
#include "block/dataset_reader.h"
#include "dolerite/accounting_store.h"
#include "dolerite/forwarding_store.h"
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

// Hands out bytes of its own and knows how many of them are held.
class HeldBytesStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  size_t most() const { return *most_; }

 protected:
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    absl::StatusOr<ReadManyResult> read = ForwardingStore::DoReadMany(key, ranges, options);
    if (!read.ok()) return read;
    for (Slice& slice : read->slices) slice = Count(slice.bytes);
    return read;
  }

 private:
  Slice Count(std::string_view bytes) const {
    *held_ += bytes.size();
    *most_ = std::max(*most_, *held_);
    const std::shared_ptr<const std::string> owner(new std::string(bytes),
                                                   [held = held_](const std::string* text) {
                                                     *held -= text->size();
                                                     delete text;
                                                   });
    return {*owner, owner};
  }

  const std::shared_ptr<size_t> held_ = std::make_shared<size_t>();
  const std::shared_ptr<size_t> most_ = std::make_shared<size_t>();
};

TEST_CASE("whole blocks are read and verified holding the sections of few chunks") {
  std::vector<Input> inputs = Generated(4, 16);
  std::mt19937_64 random(4);
  for (Input& input : inputs) {
    input.series = {{"pod", "a"}};
    input.profile.payload.resize(size_t{1} << 20);
    for (char& c : input.profile.payload) c = static_cast<char>(random() >> 56);
  }
  const std::string bytes = Build(inputs);
  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  REQUIRE(memory->Put("block", bytes).ok());
  BlockReader::Options options;
  options.suffix_bytes = 1;
  for (bool verify : {true, false}) {
    HeldBytesStore store(memory.get());
    const auto reader = BlockReader::Open(&store, "block", options);
    REQUIRE(reader.ok());
    size_t visits = 0;
    if (verify) {
      CHECK(reader->Verify()->empty());
    } else {
      std::vector<size_t> all(16);
      std::iota(all.begin(), all.end(), size_t{0});
      REQUIRE(reader
                  ->ReadProfiles(all,
                                 [&](size_t, const Profile&) {
                                   ++visits;
                                   return absl::OkStatus();
                                 })
                  .ok());
      CHECK(visits == 16);
    }
    INFO(store.most() << " of " << bytes.size());
    // A chunk ends before its payloads pass this, and so does what is fetched ahead.
    CHECK(store.most() < 2 * BlockOptions().stripe_bytes + (size_t{1} << 20));
  }
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
