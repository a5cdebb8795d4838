// Many profiles of a block in one pass.
#include <numeric>
#include <random>

#include "block/block_support.h"
#include "dolerite/accounting_store.h"
#include "dolerite/stores.h"

namespace dolerite::testing {
namespace {

struct Visits {
  std::vector<size_t> indices;
  std::vector<Profile> profiles;

  BlockReader::ProfileVisitor visitor() {
    return [this](size_t index, Profile profile) {
      indices.push_back(index);
      profiles.push_back(std::move(profile));
      return absl::OkStatus();
    };
  }
};

Visits Read(const BlockReader& block, const std::vector<size_t>& indices) {
  Visits visits;
  const absl::Status status = block.ReadProfiles(indices, visits.visitor());
  INFO(status);
  REQUIRE(status.ok());
  return visits;
}

std::vector<size_t> All(const BlockReader& block) {
  std::vector<size_t> indices(block.ListProfiles()->profiles.size());
  std::iota(indices.begin(), indices.end(), size_t{0});
  return indices;
}

// Several datasets, each with several chunks.
std::string ManyChunks(uint64_t seed, size_t profiles) {
  std::vector<Input> inputs = Generated(seed, profiles);
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].series = {{"service_name", i % 3 == 0 ? "a" : "b"}, {"pod", std::to_string(i % 4)}};
  }
  return Build(inputs, {.samples_per_chunk = 50});
}

TEST_CASE("a pass gives each profile as it is read alone, in one order") {
  const std::string bytes = ManyChunks(21, 30);
  const BlockReader block = OpenBytes(bytes);
  REQUIRE(block.summary().datasets.size() == 2);
  std::vector<size_t> indices = All(block);
  const Visits all = Read(block, indices);
  REQUIRE(all.indices.size() == 30);
  for (size_t i = 0; i < all.indices.size(); ++i) {
    const auto alone = block.ReadProfile(all.indices[i]);
    REQUIRE(alone.ok());
    CHECK(all.profiles[i].Validate().ok());
    CHECK(DescribeStored(all.profiles[i]) == DescribeStored(*alone));
  }
  // No index is left out, and datasets follow each other.
  std::vector<size_t> sorted = all.indices;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == indices);
  const size_t first = block.summary().datasets[0].profiles;
  CHECK(std::is_partitioned(all.indices.begin(), all.indices.end(),
                            [&](size_t index) { return index < first; }));
  // Neither the order of the wish nor its repetitions matter.
  std::shuffle(indices.begin(), indices.end(), std::mt19937(1));
  indices.insert(indices.end(), {3, 3, 0});
  CHECK(Read(block, indices).indices == all.indices);
}

TEST_CASE("a pass over some profiles visits just these") {
  const std::string bytes = ManyChunks(22, 20);
  const BlockReader block = OpenBytes(bytes);
  const std::vector<size_t> all = Read(block, All(block)).indices;
  for (const std::vector<size_t>& some : {std::vector<size_t>{}, {0}, {19}, {7, 2, 11, 2, 18}}) {
    std::vector<size_t> expected;
    std::copy_if(all.begin(), all.end(), std::back_inserter(expected), [&](size_t index) {
      return std::find(some.begin(), some.end(), index) != some.end();
    });
    CHECK(Read(block, some).indices == expected);
  }
}

TEST_CASE("a pass past the last profile visits nothing") {
  const std::string bytes = ManyChunks(23, 5);
  const BlockReader block = OpenBytes(bytes);
  for (size_t index : {size_t{5}, SIZE_MAX}) {
    Visits visits;
    const std::vector<size_t> indices = {0, index};
    CHECK(absl::IsOutOfRange(block.ReadProfiles(indices, visits.visitor())));
    CHECK(visits.indices.empty());
    CHECK(absl::IsOutOfRange(block.ReadProfile(index).status()));
  }
}

TEST_CASE("a visitor's error ends the pass and comes back unchanged") {
  const std::string bytes = ManyChunks(24, 9);
  const BlockReader block = OpenBytes(bytes);
  const absl::Status full = absl::ResourceExhaustedError("disk full");
  size_t visits = 0;
  const absl::Status status = block.ReadProfiles(
      All(block), [&](size_t, Profile) { return ++visits == 4 ? full : absl::OkStatus(); });
  CHECK(status == full);
  CHECK(visits == 4);
}

TEST_CASE("a pass fetches each section once, in requests for many chunks") {
  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  const std::string bytes = ManyChunks(25, 60);
  REQUIRE(memory->Put("block", bytes).ok());
  const auto store = MakeAccountingStore(memory.get());
  BlockReader::Options options;
  options.suffix_bytes = 100;
  const auto block = BlockReader::Open(store.get(), "block", options);
  REQUIRE(block.ok());
  std::vector<size_t> indices(60);
  std::iota(indices.begin(), indices.end(), size_t{0});
  const IoAccount before = store->accounts().total();
  REQUIRE(Read(*block, indices).indices.size() == 60);
  const IoAccount after = store->accounts().total();
  CHECK(after.bytes_wanted - before.bytes_wanted <= bytes.size());
  CHECK(after.requests - before.requests <= 5 * block->summary().datasets.size());
}

}  // namespace
}  // namespace dolerite::testing
