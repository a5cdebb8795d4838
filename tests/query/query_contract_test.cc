// What hosts do wrong or stop halfway: errors that say so, never an answer that is not one, and the
// partial as it was.
#include <functional>
#include <utility>
#include <vector>

#include "base/pace.h"
#include "query/every_question.h"
#include "query/partial.h"
#include "support/share.h"
#include "support/waiting_store.h"

namespace dolerite::testing {
namespace {

using Task = std::function<void(size_t)>;

// Breaks the contract of executors as `run` says.
class BadExecutor : public Executor {
 public:
  explicit BadExecutor(std::function<void(size_t, const Task&)> run) : run_(std::move(run)) {}
  size_t width() const override { return 3; }
  void Run(size_t tasks, const Task& task) override { run_(tasks, task); }

 private:
  std::function<void(size_t, const Task&)> run_;
};

TEST_CASE("an executor that leaves out, repeats or delays tasks is an error") {
  const Stored stored = StoredBlocks(1, 3, 6);
  std::vector<std::function<void()>> late;
  BadExecutor none([](size_t, const Task&) {});
  BadExecutor some([](size_t, const Task& task) { task(1); });
  BadExecutor twice([](size_t tasks, const Task& task) {
    for (size_t i = 0; i < 2 * tasks; ++i) task(i / 2);
  });
  BadExecutor delayed([&](size_t tasks, const Task& task) {
    for (size_t i = 0; i < tasks; ++i) late.push_back([task, i] { task(i); });
  });
  for (BadExecutor* executor : {&none, &some, &twice, &delayed}) {
    AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
      Query<Q> query(question, {.executor = executor});
      const std::string before = query.Serialize();
      CHECK(absl::IsInternal(query.Add(stored.blocks())));
      const bool same = query.Serialize() == before;
      CHECK(same);
    });
  }
  for (const auto& task : late) task();  // touches nothing that is gone
}

TEST_CASE("a block of one content counts once, whatever its key") {
  const Stored stored = StoredBlocks(1, 2, 6);
  Stored copies;
  copies.Put(std::string(stored.store->Read("block-0", ByteRange::All())->slice.bytes));
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    const BlockReader* a = stored.readers[0].get();
    const BlockReader* b = stored.readers[1].get();
    const std::string once = TextOfAnswer<Q>(Added(question, {a, b}), how);
    absl::StatusOr<Query<Q>> query = Added(question, {a, copies.readers[0].get(), b, a});
    REQUIRE(query.ok());
    REQUIRE(query->Add(*b).ok());
    CHECK(query->cost().repeated_datasets ==
          2 * a->summary().datasets.size() + b->summary().datasets.size());
    absl::StatusOr<Query<Q>> other = Added(question, {a});
    CHECK(absl::IsAlreadyExists(query->Merge(*std::move(other))));
    const bool same = TextOfAnswer<Q>(std::move(query), how) == once;
    CHECK(same);
  });
}

TEST_CASE("a partial does not merge with itself, nor after it was finished") {
  const Stored stored = StoredBlocks(1, 2, 6);
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    absl::StatusOr<Query<Q>> query = Added(question, {stored.readers[0].get()});
    REQUIRE(query.ok());
    const std::string before = query->Serialize();
    CHECK(absl::IsInvalidArgument(query->Merge(std::move(*query))));
    const bool same = query->Serialize() == before;
    CHECK(same);
    REQUIRE(std::move(*query).Finish(how).ok());
    CHECK(absl::IsFailedPrecondition(query->Add(*stored.readers[1])));
    CHECK(absl::IsFailedPrecondition(std::move(*query).Finish(how).status()));
    absl::StatusOr<Query<Q>> other = Added(question, {stored.readers[1].get()});
    CHECK(absl::IsFailedPrecondition(other->Merge(std::move(*query))));
  });
}

TEST_CASE("a partial with an answer but no dataset is refused") {
  const Stored stored = StoredBlocks(1, 1, 6);
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
    CHECK(Query<Q>::Parse(Query<Q>(question).Serialize()).ok());
    absl::StatusOr<Query<Q>> query = Added(question, stored.blocks());
    REQUIRE(query.ok());
    absl::StatusOr<std::unique_ptr<QueryState>> forged = QueryState::Parse(query->Serialize(), {});
    REQUIRE(forged.ok());
    (*forged)->splits.clear();
    CHECK(absl::IsDataLoss(Query<Q>::Parse((*forged)->Serialize()).status()));
  });
}

TEST_CASE("stopped at any check, a query returns its status and is as before") {
  const Stored stored = StoredBlocks(1, 3, 6);
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    const std::string exact = TextOfAnswer<Q>(Added(question, stored.blocks()), how);
    size_t left = SIZE_MAX, asked = 0;
    QueryOptions options;
    options.call.check = [&] {
      ++asked;
      return left-- == 0 || left > SIZE_MAX / 2 ? absl::CancelledError("stop") : absl::OkStatus();
    };
    left = SIZE_MAX / 2;
    Query<Q> query(question, options);
    REQUIRE(query.Add(*stored.readers[0]).ok());
    const std::string before = query.Serialize();
    const std::vector<const BlockReader*> rest = {stored.readers[1].get(), stored.readers[2].get()};
    absl::Status status = absl::CancelledError("stop");
    size_t stops = 0;
    for (size_t after = 0; !status.ok() && after < 2000; after += 1 + after / 4, ++stops) {
      left = after;
      status = query.Add(rest);
      if (status.ok()) break;
      CHECK(status == absl::CancelledError("stop"));
      const bool same = query.Serialize() == before;
      CHECK(same);
    }
    CHECK(stops > 2);
    left = SIZE_MAX / 2;
    if (!status.ok()) REQUIRE(query.Add(rest).ok());
    const bool same = TextOfAnswer<Q>(absl::StatusOr<Query<Q>>(std::move(query)), how) == exact;
    CHECK(same);
  });
}

TEST_CASE("a query of each kind is stopped while its store waits, and is as before") {
  const Stored stored = StoredBlocks(1, 2, 6);
  const WaitingStore waiting(stored.store.get());
  // So short a first read that sections are fetched one by one. The footer is read before.
  BlockReader::Options reading;
  reading.suffix_bytes = 100;
  const absl::StatusOr<BlockReader> waits = BlockReader::Open(&waiting, "block-1", reading);
  REQUIRE(waits.ok());
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    INFO(typeid(Q).name());
    StoppingHost host;
    Query<Q> query(question, host.options());
    REQUIRE(query.Add(*stored.readers[0]).ok());
    const std::string before = query.Serialize();
    host.left = 1000;
    CHECK(query.Add(*waits) == StoppingHost::status());
    host.left = SIZE_MAX;
    const bool as_before = query.Serialize() == before;
    CHECK(as_before);
    REQUIRE(query.Add(*stored.readers[1]).ok());
    const bool exact = TextOfAnswer<Q>(absl::StatusOr<Query<Q>>(std::move(query)), how) ==
                       TextOfAnswer<Q>(Added(question, stored.blocks()), how);
    CHECK(exact);
  });
}

TEST_CASE("stopped at any check, merging and finishing leave the partial as it was") {
  GenerateOptions generate;
  generate.samples = 40, generate.names = 40;
  const Stored stored = StoredBlocks(1, 2, 20, generate);
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    INFO(typeid(Q).name());
    const std::string exact = TextOfAnswer<Q>(Added(question, stored.blocks()), how);
    StoppingHost host;
    Query<Q> query(question, host.options());
    REQUIRE(query.Add(*stored.readers[0]).ok());
    const std::string before = query.Serialize();
    // Stops a call at its first check, its second one and so on, or at a share of them, until it
    // comes through.
    const auto stop_at_each = [&](const auto& call, const auto& stopped) {
      for (size_t after = 0; after < 1000; after += ShareDivisor()) {
        host.left = after;
        const absl::Status status = call();
        host.left = SIZE_MAX;
        if (status.ok()) {
          CHECK(after > 0);
          return;
        }
        CHECK(status == StoppingHost::status());
        stopped();
      }
      FAIL("never came through");
    };
    stop_at_each(
        [&] {
          absl::StatusOr<Query<Q>> other = Added(question, {stored.readers[1].get()});
          return query.Merge(*std::move(other));
        },
        [&] {
          const bool same = query.Serialize() == before;
          CHECK(same);
        });
    const std::string all = query.Serialize();
    std::string answer;
    stop_at_each(
        [&] {
          absl::StatusOr<typename Q::Answer> finished = std::move(query).Finish(how);
          if (finished.ok()) answer = Text(*finished);
          return finished.status();
        },
        [&] {
          const bool same = query.Serialize() == all;
          CHECK(same);
        });
    const bool same = answer == exact;
    CHECK(same);
  });
}

TEST_CASE("inside a large row group the host is asked again and again") {
  constexpr size_t kRowsPerCheck = size_t{1} << 14;
  const size_t samples = ShareOf(100'000, 2 * kRowsPerCheck);
  GenerateOptions few, many;
  few.samples = 100, many.samples = samples;
  const std::vector<Input> inputs = Generated(1, 1, many);
  Stored large;
  large.Put(Build(inputs));
  const Stored small = StoredBlocks(1, 1, 1, few);
  Sums sums;
  AddNaive(inputs[0].profile, "", FrameBy::kFunction, &sums);
  const Flames expected = FlamesOf(sums);
  // Column by column, and sample by sample.
  for (const bool by_sample : {false, true}) {
    TreeQuestion question;
    if (by_sample) question.selection.sample_end_nanos = INT64_MAX - 1;
    size_t asked = 0;
    QueryOptions options{.heads = false};
    options.call.check = [&] { return ++asked, absl::OkStatus(); };
    REQUIRE(Added(question, small.blocks(), options).ok());
    const size_t asked_of_small = std::exchange(asked, 0);
    absl::StatusOr<TreeQuery> query = Added(question, large.blocks(), options);
    REQUIRE(query.ok());
    CHECK(asked >= asked_of_small + samples / kRowsPerCheck);
    if (by_sample) continue;
    const absl::StatusOr<Tree> tree = std::move(*query).Finish();
    REQUIRE(tree.ok());
    const bool same = FlamesOf(*tree) == expected;  // in slices nothing is lost or counted twice
    CHECK(same);
  }
}

// A chain of `depth` frames, each of a location with so many inlined lines.
Input Chain(size_t depth, size_t lines) {
  Input input = Generated(1, 1)[0];
  Symbols& symbols = input.profile.symbols;
  const StringId name = symbols.strings.Add("inlined");
  const FunctionId function = symbols.AddFunction(name, name, {}, 0);
  for (size_t i = 0; i < lines; ++i) {
    symbols.locations.lines.items.push_back({function, static_cast<int64_t>(i)});
  }
  const LocationId location = symbols.AddLocation({}, 0);
  Lists<LocationId>& stacks = input.profile.stacks;
  stacks.items.insert(stacks.items.end(), depth, location);
  stacks.Close();
  input.profile.samples.stack[0] = {static_cast<uint32_t>(stacks.size() - 1)};
  return input;
}

TEST_CASE("inlined frames are bounded by the bytes that hold them, or by the host") {
  Stored stored;
  stored.Put(Build({Chain(2000, 1000)}));
  const GroupedTreesQuestion grouped{{}, FrameBy::kFunction, {"pod"}};
  CHECK(absl::IsResourceExhausted(Added(TreeQuestion(), stored.blocks()).status()));
  CHECK(absl::IsResourceExhausted(Added(grouped, stored.blocks()).status()));
  const QueryOptions little{.memory_bytes = size_t{16} << 20};
  CHECK(absl::IsResourceExhausted(Added(TreeQuestion(), stored.blocks(), little).status()));
  CHECK(Added(TreeQuestion{{}, FrameBy::kMapping}, stored.blocks()).ok());
  CHECK(Added(ProfileQuestion(), stored.blocks()).ok());
  Stored small;
  small.Put(Build({Chain(100, 100)}));
  CHECK(Added(TreeQuestion(), small.blocks()).ok());
}

TEST_CASE("the memory of answers is counted") {
  Stored stored;
  GenerateOptions options;
  options.names = 2000, options.samples = 100;
  for (uint64_t i = 0; i < 12; ++i) stored.Put(Build(Generated(1000 + i * 10, 2, options)));
  // Enough for each block alone, with its answer: the answers of twelve do not fit.
  size_t enough = 1 << 12;
  for (const auto& reader : stored.readers) {
    while (enough < size_t{1} << 28 &&
           !Added(TreeQuestion(), {reader.get()}, {.memory_bytes = enough}).ok()) {
      enough += enough / 4;
    }
  }
  REQUIRE(enough < size_t{1} << 28);
  const absl::Status status =
      Added(TreeQuestion(), stored.blocks(), {.memory_bytes = enough}).status();
  INFO(status);
  CHECK(absl::IsResourceExhausted(status));

  // So is that of an answer that came as bytes: a node has a sum of 16 bytes at least.
  absl::StatusOr<TreeQuery> all = Added(TreeQuestion(), stored.blocks());
  REQUIRE(all.ok());
  const std::string bytes = all->Serialize();
  const absl::StatusOr<Tree> tree = std::move(*all).Finish({});
  REQUIRE(tree.ok());
  CHECK(absl::IsResourceExhausted(
      TreeQuery::Parse(bytes, {.memory_bytes = 16 * tree->size()}).status()));
  CHECK(TreeQuery::Parse(bytes, {.memory_bytes = 1000 * tree->size()}).ok());
}

// One profile for each of so many series, with a time, a value and a frame of its own.
std::vector<Input> ManySeries(size_t n) {
  std::vector<Input> inputs(n);
  for (size_t i = 0; i < n; ++i) {
    const std::string name = "n" + std::to_string(i);
    inputs[i].series = {{"service_name", "s"}, {"pod", name}};
    Profile& p = inputs[i].profile;
    Symbols& s = p.symbols;
    p.time_nanos = static_cast<int64_t>(i);
    p.sample_types = {{s.strings.Add("cpu"), s.strings.Add("count")}};
    s.locations.lines.items.push_back({s.AddFunction(s.strings.Add(name), {}, {}, 0), 1, 0});
    p.stacks.items.push_back(s.AddLocation({}, 0));
    p.stacks.Close();
    p.samples.stack = {{1}}, p.samples.attributes = {{}};
    p.samples.values = {static_cast<int64_t>(i + 1)};
  }
  return inputs;
}

// How often Add and Finish ask whether to go on.
template <class Question>
std::pair<size_t, size_t> Checks(const std::string& block, const Question& question) {
  size_t asked = 0;
  QueryOptions options;
  options.call.check = [&] { return ++asked, absl::OkStatus(); };
  Query<Question> query(question, options);
  REQUIRE(query.Add(OpenBytes(block)).ok());
  const size_t adding = asked;
  REQUIRE(std::move(query).Finish().ok());
  return {adding, asked - adding};
}

TEST_CASE("finishing a large answer asks on the way") {
  const std::string few = Build(ManySeries(2)), many = Build(ManySeries(Pace::kRows + 1000));
  const auto check = [&](const auto& question) {
    CHECK(Checks(many, question).second > Checks(few, question).second);
  };
  check(ListQuestion());
  check(CatalogQuestion());
  check(SeriesQuestion{.step_nanos = 1});
  check(HeatmapQuestion());
  check(GroupedTreesQuestion());
}

// One profile whose samples have a label each.
Input ManyLabels(size_t n) {
  Input input = ManySeries(1)[0];
  Profile& p = input.profile;
  Symbols& s = p.symbols;
  const StringId key = s.strings.Add("key");
  for (size_t i = 0; i < n; ++i) {
    const StringId value = s.strings.Add("v" + std::to_string(i));
    s.attribute_sets.items.push_back(s.AddAttribute(key, AttributeKind::kString, value.value));
    s.attribute_sets.Close();
    p.samples.stack.push_back({1}), p.samples.values.push_back(1);
    p.samples.attributes.push_back({static_cast<uint32_t>(i + 1)});
  }
  return input;
}

TEST_CASE("a look for a name among many labels asks on the way") {
  const auto looking = [](const std::string& block) {
    const size_t without = Checks(block, SeriesQuestion{.group_by = {"pod"}}).first;
    return Checks(block, SeriesQuestion{.group_by = {"pod", "nosuch"}}).first - without;
  };
  CHECK(looking(Build({ManyLabels(Pace::kRows + 1000)})) > looking(Build({ManyLabels(1)})));
}

TEST_CASE("a partial is refused if an entry of damage has the status OK") {
  QueryState state(MakeCore(TreeQuestion()), {});
  state.damage.push_back({"block x", absl::DataLossError("checksum")});
  const absl::StatusOr<TreeQuery> sound = TreeQuery::Parse(state.Serialize());
  REQUIRE(sound.ok());
  CHECK(sound->damage().at(0).status == absl::DataLossError("checksum"));
  state.damage[0].status = absl::OkStatus();
  CHECK(absl::IsDataLoss(TreeQuery::Parse(state.Serialize()).status()));
}

TEST_CASE("a dataset of many stacks is left out if the host stops the call while it is added") {
  constexpr uint32_t kStacks = 2 * (1 << 14) + 10;
  Profile profile;
  Symbols& s = profile.symbols;
  profile.sample_types = {{s.strings.Add("cpu"), s.strings.Add("count")}};
  for (uint32_t i = 0; i < kStacks; ++i) {
    const FunctionId function = s.AddFunction(s.strings.Add(std::to_string(i)), {}, {}, 0);
    s.locations.lines.items.push_back({function, 1, 0});
    profile.stacks.items.push_back(s.AddLocation({}, s.locations.size()));
    profile.stacks.Close();
    profile.samples.stack.push_back({static_cast<uint32_t>(profile.stacks.size() - 1)});
    profile.samples.attributes.push_back({});
    profile.samples.values.push_back(1);
  }
  REQUIRE(profile.Validate().ok());
  Stored stored = StoredBlocks(1, 1, 2);
  stored.Put(Build({{{{"service_name", "s"}}, profile}}));
  const auto check = [&]<class Q>(const Q& question) {
    INFO(typeid(Q).name());
    StoppingHost host;
    Query<Q> query(question, host.options());
    const std::string before = query.Serialize();
    REQUIRE(Added(question, {stored.readers[1].get()}, host.options()).ok());
    // The last checks are those of Add: each row asks, 2^14 of them at once.
    const size_t all = std::exchange(host.asked, 0);
    for (size_t last = 1; last <= std::min<size_t>(all, 8); ++last) {
      host.left = all - last;
      CHECK(query.Add(*stored.readers[1]) == StoppingHost::status());
      const bool same = query.Serialize() == before;
      CHECK(same);
    }
    host.left = SIZE_MAX;
    CHECK(query.Add(*stored.readers[1]).ok());
  };
  check(ProfileQuestion{});
  check(GroupedTreesQuestion{{}, FrameBy::kFunction, {"pod"}});
}

}  // namespace
}  // namespace dolerite::testing
