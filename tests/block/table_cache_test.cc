// A reader that keeps decoded tables answers as one that does not, and fetches less.
#include <functional>
#include <map>
#include <thread>

#include "block/block_support.h"
#include "block/table_cache.h"
#include "dolerite/accounting_store.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"

namespace dolerite::testing {
namespace {

BlockReader::Options Keeping(size_t table_bytes) {
  BlockReader::Options options;
  options.suffix_bytes = 100;  // so that every section is fetched
  options.table_bytes = table_bytes;
  return options;
}

// Operations that need different tables; each answers with text.
using Operation = std::function<std::string(const BlockReader&)>;

std::string Failure(const absl::Status& status) { return status.ToString(); }

std::string ListAll(const BlockReader& block) {
  const auto listing = block.ListProfiles();
  if (!listing.ok()) return Failure(listing.status());
  std::string out;
  for (const ProfileSummary& profile : listing->profiles) out += profile.series->ToString();
  return out;
}

std::string AskTree(const BlockReader& block, FrameBy by) {
  TreeQuery query({.by = by});
  if (absl::Status status = query.Add(block); !status.ok()) return Failure(status);
  const auto tree = std::move(query).Finish();
  if (!tree.ok()) return Failure(tree.status());
  std::string out;
  for (size_t i = 0; i < tree->size(); ++i) {
    out += std::string(tree->names[tree->name[i]]) + " " +
           std::to_string(tree->columns[0].total[i]) + "\n";
  }
  return out;
}

std::string ReadThird(const BlockReader& block) {
  const auto profile = block.ReadProfile(2);
  return profile.ok() ? DescribeStored(*profile) : Failure(profile.status());
}

const std::vector<Operation>& Operations() {
  static const std::vector<Operation> operations = {
      ListAll, [](const BlockReader& b) { return AskTree(b, FrameBy::kFunction); },
      [](const BlockReader& b) { return AskTree(b, FrameBy::kAddress); }, ReadThird};
  return operations;
}

std::vector<std::string> Answers(const BlockReader& block) {
  std::vector<std::string> answers;
  for (const Operation& operation : Operations()) answers.push_back(operation(block));
  return answers;
}

// A block in a store, opened with and without a cache.
class Stored {
 public:
  explicit Stored(const std::string& bytes)
      : memory_(MakeMemoryStore()), store_(MakeAccountingStore(memory_.get())) {
    REQUIRE(memory_->Put("block", bytes).ok());
  }
  BlockReader Open(size_t table_bytes) const {
    absl::StatusOr<BlockReader> reader =
        BlockReader::Open(store_.get(), "block", Keeping(table_bytes));
    REQUIRE(reader.ok());
    return *std::move(reader);
  }
  uint64_t bytes_wanted() const { return store_->accounts().total().bytes_wanted; }

 private:
  std::unique_ptr<ObjectStore> memory_;
  std::unique_ptr<AccountingStore> store_;
};

TEST_CASE("kept tables change no answer, in whatever order they were needed") {
  const Stored stored(Build(Generated(31, 6)));
  const std::vector<std::string> expected = Answers(stored.Open(0));
  std::vector<size_t> order = {0, 1, 2, 3};
  do {
    const BlockReader keeping = stored.Open(SIZE_MAX);
    for (int round = 0; round < 2; ++round) {
      for (size_t i : order) CHECK(Operations()[i](keeping) == expected[i]);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a second query of a block does not fetch its tables again") {
  const Stored stored(Build(Generated(32, 6)));
  const BlockReader keeping = stored.Open(SIZE_MAX), plain = stored.Open(0);
  for (const BlockReader* reader : {&keeping, &plain}) {
    TreeQuery first({}), second({});
    REQUIRE(first.Add(*reader).ok());
    REQUIRE(second.Add(*reader).ok());
    CHECK(first.cost().section_bytes.count("symbols") == 1);
    CHECK(second.cost().section_bytes.count("symbols") == (reader == &plain));
  }
  CHECK(plain.kept_table_bytes() == 0);
  CHECK(keeping.kept_table_bytes() > 0);
}

TEST_CASE("kept tables are not counted by the queries that use them") {
  const Stored stored(Build(Generated(33, 6)));
  const BlockReader keeping = stored.Open(SIZE_MAX);
  REQUIRE(Answers(keeping).size() == Operations().size());  // now all tables are kept
  const size_t kept = keeping.kept_table_bytes();
  const auto fits = [](const BlockReader& reader, size_t bytes) {
    TreeQuery query({}, {.memory_bytes = bytes});
    return query.Add(reader).ok();
  };
  // The least memory with which the query is answered.
  const auto need = [&](const BlockReader& reader) {
    size_t low = 0, high = 64 << 20;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (fits(reader, middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };
  CHECK(need(keeping) < need(stored.Open(0)));
  CHECK(keeping.kept_table_bytes() == kept);
}

TEST_CASE("tables are kept within the budget only") {
  std::vector<Input> inputs = Generated(34, 9);
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].series.Set("service_name", std::to_string(i % 3));
  }
  const Stored stored(Build(inputs));
  const BlockReader unbounded = stored.Open(SIZE_MAX);
  const std::vector<std::string> expected = Answers(unbounded);
  const size_t all = unbounded.kept_table_bytes();
  size_t last = 0;
  for (size_t budget : {size_t{1}, all / 2, all - 1, all}) {
    const BlockReader bounded = stored.Open(budget);
    CHECK(Answers(bounded) == expected);
    CHECK(Answers(bounded) == expected);
    CHECK(bounded.kept_table_bytes() <= budget);
    CHECK(bounded.kept_table_bytes() >= last);
    last = bounded.kept_table_bytes();
  }
  CHECK(last == all);
}

TEST_CASE("tables of a damaged block are not kept as sound ones") {
  const std::string bytes = Build(Generated(35, 4));
  for (size_t at = 10; at < bytes.size(); at += 97) {
    std::string damaged = bytes;
    damaged[at] ^= 0x10;
    const auto plain = BlockReader::FromBytes(damaged);
    const auto keeping = BlockReader::FromBytes(damaged, Keeping(SIZE_MAX));
    REQUIRE(plain.ok() == keeping.ok());
    if (!plain.ok()) continue;
    CHECK(ReadThird(*keeping) == ReadThird(*plain));
    CHECK(ReadThird(*keeping) == ReadThird(*plain));
  }
}

TEST_CASE("threads share the tables that a reader keeps") {
  const Stored stored(Build(Generated(36, 6)));
  const std::vector<std::string> expected = Answers(stored.Open(0));
  const BlockReader keeping = stored.Open(SIZE_MAX);
  std::vector<std::vector<std::string>> answers(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < answers.size(); ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 8; ++i) {
        const size_t which = (i + t) % expected.size();
        const std::string answer = Operations()[which](keeping);
        if (answer != expected[which]) answers[t].push_back(answer);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<std::string>& wrong : answers) CHECK(wrong.empty());
}

TEST_CASE("tables replace others only if they lack nothing that those have") {
  const auto with_stacks = [](std::initializer_list<uint32_t> types) {
    auto tables = std::make_shared<DatasetTables>();
    for (uint32_t type : types) tables->stacks[type] = {};
    tables->bytes = types.size();
    return tables;
  };
  TableCache cache(10);
  const auto one = with_stacks({1}), two = with_stacks({2}), both = with_stacks({1, 2});
  cache.Offer(0, one);
  cache.Offer(0, two);  // a reader of another type: neither has all
  CHECK(cache.Find(0) == one);
  cache.Offer(0, both);
  CHECK(cache.Find(0) == both);
  CHECK(cache.bytes() == 2);
  cache.Offer(0, one);
  CHECK(cache.Find(0) == both);
}

}  // namespace
}  // namespace dolerite::testing
