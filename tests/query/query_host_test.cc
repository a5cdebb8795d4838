// What a host gives to queries: threads, memory, a clock, patience with damage. Nothing of it
// changes the answer.
#include <algorithm>
#include <atomic>
#include <latch>

#include "base/status.h"
#include "block/dataset_reader.h"
#include "dolerite/forwarding_store.h"
#include "query/every_question.h"
#include "support/allocation_hooks.h"
#include "support/executors.h"
#include "support/reseal.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

struct Executors {
  Threads one{1}, two{2}, four{4}, eight{8}, many{100};
  Backwards backwards;
  std::vector<Executor*> all = {&one, &two, &four, &eight, &many, &backwards};
};

std::string TextOfCost(const QueryCost& c) {
  std::string out;
  for (uint64_t n : {c.requests, c.bytes_read, c.blocks, c.datasets, c.profiles, c.row_groups,
                     c.row_groups_from_heads, c.rows, c.nanos}) {
    out += std::to_string(n) + " ";
  }
  for (const auto& [section, bytes] : c.section_bytes) {
    out += section + " " + std::to_string(bytes) + " ";
  }
  return out;
}

TEST_CASE("threads change neither answers nor what they cost") {
  const Stored stored = StoredBlocks(1, 4, 10);
  Executors executors;
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    absl::StatusOr<Query<Q>> alone = Added(question, stored.blocks());
    REQUIRE(alone.ok());
    const std::string cost = TextOfCost(alone->cost());
    CHECK(alone->cost().blocks == 4);
    const std::string expected = TextOfAnswer<Q>(std::move(alone), how);
    for (Executor* executor : executors.all) {
      INFO(typeid(Q).name() << " width " << executor->width());
      absl::StatusOr<Query<Q>> query = Added(question, stored.blocks(), {.executor = executor});
      REQUIRE(query.ok());
      CHECK(TextOfCost(query->cost()) == cost);
      const bool same = TextOfAnswer<Q>(std::move(query), how) == expected;
      CHECK(same);
    }
  });
}

// A byte of a dataset's section changed.
std::string Damaged(std::string block, size_t dataset, SectionKind kind) {
  const BlockReader reader = OpenBytes(block);
  const Footer& footer = BlockAccess::Of(reader).footer;
  const FooterDataset& d = footer.datasets.at(dataset);
  uint64_t at = 0;
  for (uint32_t i = d.first_section; i < d.first_section + d.sections; ++i) {
    if (footer.sections[i].kind == kind) at = footer.sections[i].offset;
  }
  REQUIRE(at > 0);
  block[at] = static_cast<char>(block[at] ^ 1);
  return block;
}

TEST_CASE("errors do not depend on threads") {
  std::vector<std::string> good;
  for (uint64_t i = 0; i < 6; ++i) good.push_back(Build(Generated(i * 20, 8)));
  GenerateOptions three;
  three.sample_types = 3;
  std::vector<Input> other = Generated(300, 8);
  for (Input& input : other) input.series.Set("__name__", "heap");
  // Profiles of another name, of other sample types, and damaged ones.
  const std::string kinds[] = {Build(other), Build(Generated(400, 8, three)),
                               Damaged(Build(Generated(20, 12)), 1, SectionKind::kProfiles)};
  Executors executors;
  for (const std::string& bad : kinds) {
    Stored stored;
    for (size_t i = 0; i < 6; ++i) stored.Put(i == 2 || i == 5 ? bad : good[i]);
    AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
      const absl::Status alone = Added(question, stored.blocks()).status();
      if (!alone.ok()) CHECK(alone.message().find("block-2") != std::string_view::npos);
      for (Executor* executor : executors.all) {
        INFO(typeid(Q).name() << " width " << executor->width());
        for (size_t i = 0; i < ShareOf(5); ++i) {
          CHECK(Added(question, stored.blocks(), {.executor = executor}).status() == alone);
        }
      }
    });
  }
}

// Reads of one object wait until another worker has ended.
class LateObject : public ForwardingStore, public Executor {
 public:
  LateObject(ObjectStore* inner, std::string key) : ForwardingStore(inner), key_(std::move(key)) {}

  size_t width() const override { return 2; }
  void Run(size_t tasks, const std::function<void(size_t)>& task) override {
    std::latch ended(1);
    std::atomic<bool> first{true};
    ended_ = &ended;
    Threads(2).Run(tasks, [&](size_t i) {
      task(i);
      if (first.exchange(false)) ended.count_down();
    });
    ended_ = nullptr;
  }

  size_t waits() const { return waits_; }

 protected:
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    if (key == key_ && ended_ != nullptr) ended_.load()->wait(), ++waits_;
    return ForwardingStore::DoReadMany(key, ranges, options);
  }

 private:
  const std::string key_;
  std::atomic<std::latch*> ended_{nullptr};
  mutable std::atomic<size_t> waits_{0};
};

TEST_CASE("an error names the first block that does not fit, though its worker was faster") {
  const std::vector<Input> cpu = Generated(20, 1);
  std::vector<Input> heap = cpu, three_values = Generated(20, 1, {.sample_types = 3});
  heap[0].series.Set("__name__", "heap");
  for (const std::vector<Input>& other : {heap, three_values}) {
    Stored stored;
    const std::string blocks[] = {Build(cpu), Build(other)};
    for (const std::string& block : blocks) stored.Put(block);
    LateObject late(stored.store.get(), "block-0");
    std::vector<BlockReader> readers;
    for (const char* key : {"block-0", "block-1"}) {
      // Nothing is there yet but the end of the block.
      absl::StatusOr<BlockReader> reader = BlockReader::Open(&late, key, {.suffix_bytes = 64});
      REQUIRE(reader.ok());
      readers.push_back(*std::move(reader));
    }
    size_t errors = 0;
    AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
      INFO(typeid(Q).name());
      const absl::Status alone = Added(question, stored.blocks()).status();
      const size_t waits = late.waits();
      CHECK(Added(question, {&readers[0], &readers[1]}, {.executor = &late}).status() == alone);
      CHECK(late.waits() > waits);
      if (alone.ok()) return;
      ++errors;
      CHECK(alone.message().find("block-1") != std::string_view::npos);
    });
    CHECK(errors > 0);
  }
}

TEST_CASE("after an error a partial is as before") {
  Stored stored;
  const std::string good = Build(Generated(20, 10));
  std::vector<Input> other = Generated(300, 8);
  for (Input& input : other) input.series.Set("__name__", "heap");
  stored.Put(Build(Generated(1, 8)));
  stored.Put(good);
  // Not a copy of the sound block: one that is in the answer already is not looked at again.
  const std::string bad_one = Build(Generated(20, 12));
  stored.Put(Damaged(bad_one, 0, SectionKind::kProfiles));
  stored.Put(Damaged(bad_one, 1, SectionKind::kProfiles));
  stored.Put(Build(other));
  const std::vector<const BlockReader*> all = stored.blocks();
  Executors executors;
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    for (Executor* executor : {static_cast<Executor*>(nullptr), executors.all[2]}) {
      Query<Q> query(question, {.executor = executor});
      REQUIRE(query.Add(*all[0]).ok());
      const std::string before = query.Serialize();
      for (size_t bad : {2, 3}) {
        const BlockReader* pair[] = {all[1], all[bad]};
        CHECK(absl::IsDataLoss(query.Add(pair)));
        CHECK(absl::IsDataLoss(query.Add(*all[bad])));
        const bool same = query.Serialize() == before;
        CHECK(same);
      }
      // Values of two types do not fit; lists and catalogs take both.
      const BlockReader* pair[] = {all[1], all[4]};
      const absl::Status status = query.Add(pair);
      const bool same = query.Serialize() == before;
      CHECK(same != status.ok());
      if (!status.ok()) CHECK(status.message().find("block-4") != std::string_view::npos);
      absl::StatusOr<Query<Q>> parsed = Query<Q>::Parse(before);
      Query<Q> again(question);
      REQUIRE(again.Add(*all[0]).ok());
      const bool answers =
          TextOfAnswer<Q>(std::move(parsed), how) == TextOfAnswer<Q>(std::move(again), how);
      CHECK(answers);
    }
  });
}

TEST_CASE("damaged datasets are left out and told, if so asked") {
  const std::string good = Build(Generated(20, 12));
  const std::string name = OpenBytes(good).summary().datasets.at(1).name;
  for (SectionKind kind : {SectionKind::kProfiles, SectionKind::kStacks, SectionKind::kHeads}) {
    Stored stored;
    stored.Put(Build(Generated(1, 8)));
    stored.Put(Damaged(good, 1, kind));
    // Block 0 as it is and the rest of block 1.
    Selection rest;
    rest.matchers = {{"service_name", LabelMatcher::Op::kNotEqual, name}};
    std::vector<std::string> expected;
    AskEvery(rest, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
      expected.push_back(TextOfAnswer<Q>(Added(question, {stored.readers[1].get()}), how));
    });
    size_t next = 0, noticed = 0;
    Executors executors;
    AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
      INFO(typeid(Q).name());
      const absl::StatusOr<Query<Q>> strict = Added(question, {stored.readers[1].get()});
      const std::string& text = expected[next++];
      if (strict.ok()) return;  // did not look there
      ++noticed;
      CHECK(absl::IsDataLoss(strict.status()));
      CHECK(strict.status().message().find("block-1") != std::string_view::npos);
      CHECK(strict.status().message().find(ToAbsl(NameOf(kind))) != std::string_view::npos);
      for (Executor* executor : {static_cast<Executor*>(nullptr), executors.all[1]}) {
        absl::StatusOr<Query<Q>> query = Added(question, {stored.readers[1].get()},
                                               {.skip_damaged = true, .executor = executor});
        REQUIRE(query.ok());
        REQUIRE(query->damage().size() == 1);
        CHECK(query->damage()[0].place.find("block-1") != std::string::npos);
        CHECK(query->damage()[0].place.find(name) != std::string::npos);
        CHECK(query->damage()[0].status == strict.status());
        CHECK(query->cost().datasets == 1);
        absl::StatusOr<Query<Q>> parsed = Query<Q>::Parse(query->Serialize());
        REQUIRE(parsed->damage().size() == 1);
        CHECK(parsed->damage()[0].status == strict.status());
        const bool same = TextOfAnswer<Q>(std::move(query), how) == text;
        CHECK(same);
      }
    });
    CHECK(noticed >= (kind == SectionKind::kProfiles ? next : 4));
    // By plan too.
    const auto plan = MakePlan(stored.blocks(), TreeQuestion());
    CHECK(absl::IsDataLoss(Execute(*stored.store, plan->splits.at(1).bytes).status()));
    const auto partial = Execute(*stored.store, plan->splits.at(1).bytes, {.skip_damaged = true});
    REQUIRE(partial.ok());
    CHECK(TreeQuery::Parse(*partial)->damage().size() == 1);
  }
}

TEST_CASE("a clock of the host tells how long it took") {
  const Stored stored = StoredBlocks(1, 3, 10);
  std::atomic<int64_t> now{0};
  QueryOptions options;
  options.now_nanos = [&now] { return now += 5; };
  const absl::StatusOr<TreeQuery> query = Added(TreeQuestion(), stored.blocks(), options);
  REQUIRE(query.ok());
  CHECK(query->cost().nanos == 5 * query->cost().datasets);
  CHECK(Added(TreeQuestion(), stored.blocks())->cost().nanos == 0);
  Threads four(4);
  options.executor = &four;
  CHECK(Added(TreeQuestion(), stored.blocks(), options)->cost().nanos >= query->cost().nanos);
}

TEST_CASE("sections that are looked at are no more than the block") {
  const std::string block = Build(Generated(3, 20));
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
    const BlockReader reader = OpenBytes(block);
    const absl::StatusOr<Query<Q>> query = Added(question, {&reader});
    REQUIRE(query.ok());
    uint64_t bytes = 0;
    for (const auto& [section, stored] : query->cost().section_bytes) bytes += stored;
    CHECK(bytes > 0);
    CHECK(bytes <= block.size());
    CHECK(query->cost().section_bytes.count("profiles") == 1);
  });
}

// Of the peak beyond what the block itself takes, how many times the bound it is.
constexpr double kMostOfBound = 4;
// Not counted against the bound: codecs, messages, what is always there.
constexpr size_t kBase = size_t{1} << 20;

struct Measured {
  absl::Status status;
  std::string text;
  size_t peak = 0;
};

template <class Q>
Measured AddWithin(const Q& question, const typename Q::Finish& how,
                   const std::vector<const BlockReader*>& blocks, size_t bytes) {
  Measured out;
  const size_t before = AllocatedBytes();
  ResetPeak();
  absl::StatusOr<Query<Q>> query =
      Added(question, blocks, {.memory_bytes = bytes, .skip_damaged = true});
  out.peak = PeakBytes() - before;
  out.status = query.status();
  if (query.ok()) CHECK(query->damage().empty());  // too little memory is no damage
  if (query.ok()) out.text = TextOfAnswer<Q>(std::move(query), how);
  return out;
}

// The largest factor that was seen.
double CheckMemory(const std::vector<const BlockReader*>& blocks, const Selection& selection) {
  double worst = 0;
  AskEvery(selection, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    const std::string exact = TextOfAnswer<Q>(Added(question, blocks), how);
    bool answered = false;
    for (size_t bytes = 1 << 10; bytes <= size_t{1} << 30; bytes *= 2 * ShareDivisor()) {
      INFO(typeid(Q).name() << " within " << bytes);
      const Measured got = AddWithin(question, how, blocks, bytes);
      if (got.status.ok()) {
        const bool same = got.text == exact;
        CHECK(same);
      } else {
        CHECK(absl::IsResourceExhausted(got.status));
        CHECK(!answered);  // more memory never hurts
      }
      answered = got.status.ok();
      CHECK(static_cast<double>(got.peak) <= kMostOfBound * static_cast<double>(bytes) + kBase);
      if (got.peak > kBase) {
        worst = std::max(worst, static_cast<double>(got.peak - kBase) / static_cast<double>(bytes));
      }
    }
    CHECK(answered);
  });
  return worst;
}

TEST_CASE("within a bound of memory there is the answer or an error: generated") {
  const Stored stored = StoredBlocks(1, 2, 10);
  CheckMemory(stored.blocks(), {});
}

TEST_CASE("within a bound of memory there is the answer or an error: a real series") {
  if (!CorpusPresent()) return;
  Stored stored;
  stored.Put(Build(ReadSeries("checkout/", 4), {.profiles_per_group = 16}));
  for (const char* kind : {"cpu", "heap"}) {
    Selection one;
    one.matchers = {{"kind", LabelMatcher::Op::kEqual, kind}};
    const double factor = CheckMemory(stored.blocks(), one);
    WARN(kind << ": peak of at most " << factor << " times the bound");
  }
}

// Tables that are said to have so many rows, all of zeros, which cost no bytes.
std::string WithHugeCount(OpenBlock block, size_t section, size_t count, uint64_t rows) {
  std::vector<OpenColumn>& columns = block.sections[section].columns;
  std::vector<uint64_t>* counts = nullptr;
  for (OpenColumn& column : columns) {
    if (column.id == column::kCounts && column.index == 0) counts = &column.integers;
  }
  if (counts == nullptr || count >= counts->size()) return "";
  const uint64_t old = (*counts)[count];
  (*counts)[count] = rows;
  std::erase_if(columns, [&](const OpenColumn& column) {
    return column.id != column::kCounts && column.form == ColumnForm::kIntegers &&
           column.integers.size() == old;
  });
  return block.Seal();
}

TEST_CASE("within a bound of memory forged tables do not pass it") {
  GenerateOptions options;
  options.samples = 6, options.names = 5;
  const OpenBlock sound = OpenBlock::Take(Build(Generated(7, 6, options)));
  double worst = 0;
  size_t refused = 0;
  for (size_t section = 0; section < sound.sections.size(); ++section) {
    for (size_t count = 0; count < 9; ++count) {
      for (const uint64_t rows : {uint64_t{1} << 20, uint64_t{1} << 24}) {
        const std::string forged = WithHugeCount(sound, section, count, rows);
        if (forged.empty()) continue;
        const absl::StatusOr<BlockReader> reader = BlockReader::FromBytes(forged);
        if (!reader.ok()) continue;
        AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
          for (const size_t bytes : {size_t{1} << 20, size_t{1} << 24}) {
            INFO(typeid(Q).name() << " section " << section << " count " << count);
            const size_t before = AllocatedBytes();
            ResetPeak();
            refused += !Added(question, {&*reader}, {.memory_bytes = bytes}).ok();
            const size_t peak = PeakBytes() - before;
            CHECK(static_cast<double>(peak) <= kMostOfBound * static_cast<double>(bytes) + kBase);
            if (peak > kBase) {
              worst =
                  std::max(worst, static_cast<double>(peak - kBase) / static_cast<double>(bytes));
            }
          }
        });
      }
    }
  }
  CHECK(refused > 500);
  WARN("forged tables: peak of at most " << worst << " times the bound");
}

}  // namespace
}  // namespace dolerite::testing
