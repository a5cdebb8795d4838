// Queries in pieces: whatever the pieces and the order, the answer is the whole query's; and
// nothing else passes for a piece.
#include "dolerite/plan.h"

#include "dolerite/accounting_store.h"
#include "query/every_question.h"

namespace dolerite::testing {
namespace {

std::string MustMerge(const std::vector<std::string_view>& parts) {
  absl::StatusOr<std::string> merged = MergePartials(parts);
  INFO(merged.status());
  REQUIRE(merged.ok());
  return *std::move(merged);
}

// Merges in a random tree.
std::string MergeAtRandom(std::vector<std::string> partials, Random* random) {
  do {
    std::vector<std::string> taken;
    for (uint32_t n = 1 + random->Below(3); n > 0 && !partials.empty(); --n) {
      const size_t at = random->Below(partials.size());
      taken.push_back(std::move(partials[at]));
      partials.erase(partials.begin() + static_cast<ptrdiff_t>(at));
    }
    partials.push_back(MustMerge({taken.begin(), taken.end()}));
  } while (partials.size() > 1);
  return partials[0];
}

template <class Question>
std::vector<std::string> ExecuteAll(const ObjectStore& store, const QueryPlan& plan) {
  std::vector<std::string> partials;
  for (const Split& split : plan.splits) {
    absl::StatusOr<std::string> partial = Execute(store, split.bytes);
    INFO(partial.status());
    REQUIRE(partial.ok());
    const absl::StatusOr<Query<Question>> parsed = Query<Question>::Parse(*partial);
    INFO(parsed.status());
    REQUIRE(parsed.ok());
    const bool same = parsed->Serialize() == *partial;
    CHECK(same);
    partials.push_back(*std::move(partial));
  }
  return partials;
}

std::vector<std::string_view> BytesOf(const QueryPlan& plan) {
  std::vector<std::string_view> bytes;
  for (const Split& split : plan.splits) bytes.push_back(split.bytes);
  return bytes;
}

// All splits in one call, in any order, answer as the whole.
template <class Question>
void CheckTogether(const ObjectStore& store, const QueryPlan& plan,
                   const typename Question::Finish& how, const std::string& expected,
                   Random* random) {
  std::vector<std::string_view> splits = BytesOf(plan);
  for (size_t i = splits.size(); i > 1; --i) {
    std::swap(splits[i - 1], splits[random->Below(static_cast<uint32_t>(i))]);
  }
  const absl::StatusOr<std::string> partial = Execute(store, splits);
  INFO(partial.status());
  REQUIRE(partial.ok());
  const bool same = TextOfAnswer<Question>(Query<Question>::Parse(*partial), how) == expected;
  CHECK(same);
}

// Does a question by plan and at once. How many datasets the plan left out.
template <class Question>
size_t CheckPlan(const Stored& stored, const Question& question,
                 const typename Question::Finish& how, uint64_t split_bytes, uint64_t seed) {
  INFO("kind " << typeid(Question).name() << ", split bytes " << split_bytes);
  Random random(seed);
  const std::vector<const BlockReader*> blocks = stored.blocks();
  const absl::StatusOr<QueryPlan> plan = MakePlan(blocks, question, {split_bytes});
  INFO(plan.status());
  REQUIRE(plan.ok());
  CHECK(plan->blocks == blocks.size());
  size_t datasets = 0, all = 0;
  for (const BlockReader* block : blocks) all += block->summary().datasets.size();
  for (const Split& split : plan->splits) datasets += split.datasets.size();
  CHECK(plan->datasets == all);
  CHECK(datasets + plan->pruned_datasets == all);
  absl::StatusOr<Query<Question>> whole = Added(question, blocks);
  REQUIRE(whole.ok());
  const QueryCost cost = whole->cost();
  const std::string expected = TextOfAnswer<Question>(std::move(whole), how);
  if (plan->splits.empty()) {
    CHECK(expected == TextOfAnswer<Question>(Query<Question>(question), how));
    return plan->pruned_datasets;
  }
  const std::string merged = MergeAtRandom(ExecuteAll<Question>(*stored.store, *plan), &random);
  CheckTogether<Question>(*stored.store, *plan, how, expected, &random);
  absl::StatusOr<Query<Question>> parsed = Query<Question>::Parse(merged);
  REQUIRE(parsed.ok());
  const bool same_bytes = parsed->Serialize() == merged;
  CHECK(same_bytes);
  CHECK(parsed->cost().profiles == cost.profiles);
  CHECK(parsed->cost().datasets == cost.datasets);
  CHECK(parsed->cost().rows == cost.rows);
  CHECK(parsed->cost().section_bytes == cost.section_bytes);
  const bool same = TextOfAnswer<Question>(std::move(parsed), how) == expected;
  CHECK(same);
  return plan->pruned_datasets;
}

std::vector<Selection> Selections() {
  std::vector<Selection> out(5);
  out[1].matchers = {{"service_name", LabelMatcher::Op::kEqual, "service1"}};
  out[2].start_nanos = 1'700'000'000'000'000'000 + 5'000'000'000'000;
  out[3].stacks.focus = "function1";
  out[4].profile_type = "cpu";
  out[4].sample_matchers = {{"key1", LabelMatcher::Op::kNotEqual, ""}};
  return out;
}

TEST_CASE("a query in pieces has the answer of the whole") {
  const Stored stored = StoredBlocks(3, 3, 8);
  uint64_t seed = 0;
  for (const Selection& selection : Selections()) {
    for (uint64_t split_bytes : {uint64_t{0}, PlanOptions().split_bytes}) {
      AskEvery(selection, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
        CheckPlan(stored, question, how, split_bytes, ++seed);
      });
    }
  }
}

TEST_CASE("a query in pieces: a real series") {
  if (!CorpusPresent()) return;
  const std::vector<Input> inputs = ReadSeries("checkout/", 12);
  Stored stored;
  for (size_t block = 0; block < 3; ++block) {
    std::vector<Input> part;
    for (size_t i = block; i < inputs.size(); i += 3) part.push_back(inputs[i]);
    for (size_t i = 0; i < part.size(); i += 2) part[i].series.Set("service_name", "other");
    stored.Put(Build(part, {.profiles_per_group = block == 0 ? 1u : 8u}));
  }
  Selection cpu;
  cpu.matchers = {{"kind", LabelMatcher::Op::kEqual, "cpu"}};
  AskEvery(cpu, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    CheckPlan(stored, question, how, 1 << 16, 1);
  });
}

TEST_CASE("splits hold as many datasets as fit their bytes") {
  const Stored stored = StoredBlocks(3, 3, 8);
  const std::vector<const BlockReader*> blocks = stored.blocks();
  const auto apart = MakePlan(blocks, TreeQuestion(), {0});
  const auto together = MakePlan(blocks, TreeQuestion());
  REQUIRE(apart.ok());
  REQUIRE(together.ok());
  CHECK(apart->splits.size() == apart->datasets);
  CHECK(together->splits.size() == blocks.size());
  REQUIRE(apart->splits.size() > together->splits.size());
  uint64_t bytes = 0, bytes_together = 0;
  for (const Split& split : apart->splits) bytes += split.estimated_bytes;
  for (const Split& split : together->splits) bytes_together += split.estimated_bytes;
  // A block this small comes whole when it is opened, which each split does.
  uint64_t all = 0, again = 0;
  for (const BlockReader* block : blocks) {
    all += block->summary().bytes;
    again += (block->summary().datasets.size() - 1) * block->summary().bytes;
  }
  CHECK(bytes_together == all);
  CHECK(bytes == all + again);
}

// The bytes and requests of opening each block once. Not those of the plan: counted by the store.
IoAccount OpeningAll(const Stored& stored, const BlockReader::Options& reading) {
  const std::unique_ptr<AccountingStore> counted = MakeAccountingStore(stored.store.get());
  for (size_t i = 0; i < stored.readers.size(); ++i) {
    REQUIRE(BlockReader::Open(counted.get(), "block-" + std::to_string(i), reading).ok());
  }
  return counted->accounts().total();
}

TEST_CASE("a dataset counts the same in every split, and splits are filled up to their bytes") {
  const BlockReader::Options reading = {.suffix_bytes = 16};  // so that no section comes with it
  std::vector<Input> inputs = Generated(3, 24);
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].series.Set("service_name", "service-" + std::to_string(i % 6));
  }
  Stored stored;
  stored.Put(Build(inputs), reading);
  const std::vector<const BlockReader*> blocks = stored.blocks();
  const IoAccount opening = OpeningAll(stored, reading);
  const auto apart = MakePlan(blocks, TreeQuestion(), {0});
  REQUIRE(apart.ok());
  const size_t datasets = apart->splits.size();
  REQUIRE(datasets == 6);
  std::vector<uint64_t> bytes_of;  // by dataset, without its block
  uint64_t all = 0, most = 0;
  for (const Split& split : apart->splits) {
    REQUIRE(split.estimated_bytes > opening.bytes_read);
    bytes_of.push_back(split.estimated_bytes - opening.bytes_read);
    all += bytes_of.back(), most = std::max(most, bytes_of.back());
  }
  for (uint64_t split_bytes : {opening.bytes_read + most, opening.bytes_read + 2 * most,
                               opening.bytes_read + all - 1, opening.bytes_read + all}) {
    INFO("splits of " << split_bytes);
    const auto plan = MakePlan(blocks, TreeQuestion(), {split_bytes});
    REQUIRE(plan.ok());
    size_t d = 0;
    for (const Split& split : plan->splits) {
      uint64_t bytes = opening.bytes_read;
      for (size_t i = 0; i < split.datasets.size(); ++i) bytes += bytes_of.at(d++);
      CHECK(split.estimated_bytes == bytes);
      CHECK(bytes <= split_bytes);
      if (d < datasets) CHECK(bytes + bytes_of[d] > split_bytes);
    }
    CHECK(d == datasets);
  }
}

TEST_CASE("what a plan leaves out is counted and changes no answer") {
  Stored stored;
  for (int64_t i = 0; i < 3; ++i) {
    std::vector<Input> inputs = Generated(static_cast<uint64_t>(i) + 7, 8);
    for (Input& input : inputs) {
      input.profile.time_nanos = (i * 100 + 1) * 1'000'000'000;
      input.series.Set("region", "r" + std::to_string(i));
      input.series.Set("__name__", i == 2 ? "heap" : "cpu");
    }
    stored.Put(Build(inputs));
  }
  std::vector<Selection> selections(4);
  selections[0].end_nanos = 50'000'000'000;
  selections[1].matchers = {{"region", LabelMatcher::Op::kEqual, "r0"}};
  selections[2].profile_type = "heap";
  selections[3].matchers = {{"region", LabelMatcher::Op::kEqual, "nowhere"}};
  const size_t pruned_blocks[] = {2, 2, 2, 3};
  for (size_t i = 0; i < selections.size(); ++i) {
    INFO("selection " << i);
    const auto plan = MakePlan(stored.blocks(), TreeQuestion{selections[i]});
    REQUIRE(plan.ok());
    CHECK(plan->pruned_blocks == pruned_blocks[i]);
    CHECK(plan->splits.size() == 3 - pruned_blocks[i]);
    AskEvery(selections[i], [&]<class Q>(const Q& question, const typename Q::Finish& how) {
      CHECK(CheckPlan(stored, question, how, 0, i) >= pruned_blocks[i]);
    });
  }
}

TEST_CASE("a split counts the stacks of the types that are asked for") {
  std::vector<Input> inputs = Generated(3, 12);
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].series = {{"service_name", "shop"}, {"__name__", i % 2 == 0 ? "cpu" : "heap"}};
  }
  const BlockReader::Options reading = {.suffix_bytes = 16};
  Stored stored;
  stored.Put(Build(inputs), reading);
  const auto plan_of = [&](const Selection& selection) {
    const auto plan = MakePlan(stored.blocks(), TreeQuestion{selection});
    REQUIRE(plan.ok());
    REQUIRE(plan->splits.size() == 1);
    return plan->splits[0];
  };
  // A look-up reads what it needs and nothing beside.
  const auto look_up = [&](const std::string& type) {
    Selection selection;
    selection.profile_type = type;
    selection.profile_ids = {ProfileId{}};
    return plan_of(selection).estimated_bytes;
  };
  const uint64_t all = look_up(""), cpu = look_up("cpu"), heap = look_up("heap");
  CHECK(cpu < all);
  CHECK(heap < all);
  // What both need is in both.
  CHECK(cpu + heap > all);
  // Else a dataset this small comes whole, and to the byte.
  const std::unique_ptr<AccountingStore> counted = MakeAccountingStore(stored.store.get());
  for (const std::string type : {"", "cpu", "heap"}) {
    INFO("type " << type);
    Selection selection;
    selection.profile_type = type;
    const Split split = plan_of(selection);
    const IoAccount before = counted->accounts().total();
    const absl::Status status = Execute(*counted, split.bytes, {}, reading).status();
    if (!type.empty()) CHECK(status.ok());
    const IoAccount after = counted->accounts().total();
    CHECK(split.estimated_bytes == after.bytes_read - before.bytes_read);
    CHECK(split.estimated_requests == after.requests - before.requests);
  }
}

// A service's profiles of a day, so many that blocks are larger than what opening them brings.
std::vector<Input> DayOf(int service, int day) {
  std::vector<Input> inputs;
  for (uint64_t i = 0; i < 4; ++i) {
    Input input{{}, GenerateProfile(static_cast<uint64_t>(service) * 4 + i, {.samples = 60})};
    input.profile.time_nanos = (int64_t{day} * 86'400 + static_cast<int64_t>(i)) * 1'000'000'000;
    input.series = {{"service_name", "service-" + std::to_string(service)},
                    {"__name__", i == 3 ? "heap" : "cpu"}};
    inputs.push_back(std::move(input));
  }
  return inputs;
}

TEST_CASE("the splits of a month of 20 services read what they are estimated to") {
  const BlockReader::Options reading = {.suffix_bytes = 8 << 10};
  Stored stored;
  for (int day = 0; day < 28; ++day) {
    std::vector<Input> inputs;
    for (int service = 0; service < 20; ++service) {
      for (Input& input : DayOf(service, day)) inputs.push_back(std::move(input));
    }
    stored.Put(Build(inputs), reading);
  }
  const std::unique_ptr<AccountingStore> counted = MakeAccountingStore(stored.store.get());
  const auto check = [&](const auto& question, uint64_t split_bytes) {
    const auto plan = MakePlan(stored.blocks(), question, {split_bytes});
    REQUIRE(plan.ok());
    REQUIRE(plan->splits.size() >= 28);
    const IoAccount before = counted->accounts().total();
    uint64_t estimated = 0, requests = 0;
    for (const Split& split : plan->splits) {
      REQUIRE(Execute(*counted, split.bytes, {}, reading).ok());
      estimated += split.estimated_bytes, requests += split.estimated_requests;
    }
    const IoAccount after = counted->accounts().total();
    const uint64_t read = after.bytes_read - before.bytes_read;
    INFO("estimated " << estimated << ", read " << read);
    CHECK(estimated * 10 >= read * 8);
    CHECK(estimated * 10 <= read * 12);
    INFO("estimated " << requests << ", asked " << after.requests - before.requests);
    CHECK(requests * 10 >= (after.requests - before.requests) * 8);
    return read;
  };
  Selection cpu, one;
  cpu.profile_type = one.profile_type = "cpu";
  one.matchers = {{"service_name", LabelMatcher::Op::kEqual, "service-7"}};
  for (const uint64_t split_bytes : {uint64_t{0}, uint64_t{20} << 10, uint64_t{64} << 20}) {
    INFO("splits of " << split_bytes);
    const uint64_t all = check(TreeQuestion{cpu}, split_bytes);
    check(TreeQuestion{one}, split_bytes);
    check(DiffQuestion{cpu, cpu}, split_bytes);
    // Series need the profile table alone.
    CHECK(check(SeriesQuestion{cpu}, split_bytes) < all);
    check(SeriesQuestion{one}, split_bytes);
    check(HeatmapQuestion{cpu}, split_bytes);
    check(ListQuestion{cpu}, split_bytes);
    check(CatalogQuestion{cpu}, split_bytes);
  }
}

TEST_CASE("a split counts once") {
  const Stored stored = StoredBlocks(4, 2, 6);
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
    const auto plan = MakePlan(stored.blocks(), question, {0});
    const auto coarse = MakePlan(stored.blocks(), question);
    REQUIRE(plan.ok());
    REQUIRE(coarse.ok());
    REQUIRE(plan->splits.size() >= 3);
    const std::vector<std::string> partials = ExecuteAll<Q>(*stored.store, *plan);
    const std::string two = MustMerge({partials[0], partials[1]});
    const std::vector<std::string_view> twice = {two, partials[1]};
    CHECK(absl::IsAlreadyExists(MergePartials(twice).status()));
    // A dataset that another plan put into another split.
    const std::string other = *Execute(*stored.store, coarse->splits[0].bytes);
    const std::vector<std::string_view> overlapping = {partials[0], other};
    CHECK(absl::IsAlreadyExists(MergePartials(overlapping).status()));
    absl::StatusOr<Query<Q>> a = Query<Q>::Parse(two), b = Query<Q>::Parse(partials[0]);
    CHECK(absl::IsAlreadyExists(a->Merge(*std::move(b))));
    const bool as_before = a->Serialize() == two && b->Serialize() == partials[0];
    CHECK(as_before);
  });
}

TEST_CASE("splits in one call are of one question, each once, and open their blocks once") {
  const Stored stored = StoredBlocks(8, 20, 3);  // more blocks than are open at a time
  const std::vector<const BlockReader*> blocks = stored.blocks();
  const auto plan = MakePlan(blocks, TreeQuestion(), {0});
  const auto other = MakePlan(blocks, SeriesQuestion(), {0});
  REQUIRE(plan.ok());
  REQUIRE(other.ok());
  REQUIRE(plan->splits.size() > blocks.size());
  std::vector<std::string_view> splits = BytesOf(*plan);
  const auto partial = Execute(*stored.store, splits);
  REQUIRE(partial.ok());
  const absl::StatusOr<TreeQuery> parsed = TreeQuery::Parse(*partial);
  const absl::StatusOr<TreeQuery> whole = Added(TreeQuestion(), blocks);
  REQUIRE(parsed.ok());
  REQUIRE(whole.ok());
  CHECK(parsed->cost().blocks == blocks.size());
  CHECK(parsed->cost().rows == whole->cost().rows);
  CHECK(absl::IsInvalidArgument(Execute(*stored.store, std::vector<std::string_view>()).status()));
  splits.push_back(splits[0]);
  CHECK(absl::IsAlreadyExists(Execute(*stored.store, splits).status()));
  splits.back() = other->splits[0].bytes;
  CHECK(absl::IsInvalidArgument(Execute(*stored.store, splits).status()));
  splits.back() = "no split";
  CHECK(absl::IsDataLoss(Execute(*stored.store, splits).status()));
}

TEST_CASE("partials of other questions do not merge, nor pass for one another") {
  const Stored stored = StoredBlocks(5, 1, 6);
  std::vector<std::string> partials;
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
    const absl::StatusOr<Query<Q>> query = Added(question, stored.blocks());
    REQUIRE(query.ok());
    partials.push_back(query->Serialize());
  });
  for (size_t a = 0; a < partials.size(); ++a) {
    for (size_t b = 0; b < partials.size(); ++b) {
      if (a == b) continue;
      const std::vector<std::string_view> both = {partials[a], partials[b]};
      CHECK(absl::IsInvalidArgument(MergePartials(both).status()));
    }
  }
  CHECK(absl::IsInvalidArgument(ListQuery::Parse(partials[0]).status()));
  CHECK(absl::IsInvalidArgument(TreeQuery::Parse(partials.back()).status()));
  CHECK(absl::IsInvalidArgument(MergePartials({}).status()));
  CHECK(absl::IsDataLoss(Execute(*stored.store, partials[0]).status()));
}

TEST_CASE("a newer version is not called damage") {
  const Stored stored = StoredBlocks(5, 1, 6);
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
    std::string split = MakePlan(stored.blocks(), question)->splits.at(0).bytes;
    std::string partial = *Execute(*stored.store, split);
    split[7] = partial[7] = 9;
    CHECK(absl::IsDataLoss(Execute(*stored.store, split).status()));
    CHECK(absl::IsUnimplemented(Execute(*stored.store, Resealed(split)).status()));
    CHECK(absl::IsDataLoss(Query<Q>::Parse(partial).status()));
    CHECK(absl::IsUnimplemented(Query<Q>::Parse(Resealed(partial)).status()));
  });
}

TEST_CASE("a split is of one block and no other") {
  Stored stored = StoredBlocks(5, 1, 6);
  const Split split = MakePlan(stored.blocks(), TreeQuestion())->splits.at(0);
  CHECK(split.block == "block-0");
  REQUIRE(stored.store->Put("block-0", Build(Generated(77, 6)), {PutMode::kReplace}).ok());
  const absl::Status replaced = Execute(*stored.store, split.bytes).status();
  CHECK(absl::IsFailedPrecondition(replaced));
  CHECK(replaced.message().find("block-0") != std::string_view::npos);
  REQUIRE(stored.store->Delete("block-0").ok());
  CHECK(absl::IsNotFound(Execute(*stored.store, split.bytes).status()));
}

TEST_CASE("plans of questions that make no sense are refused") {
  const Stored stored = StoredBlocks(5, 1, 6);
  TreeQuestion bad;
  bad.selection.stacks.focus = "(";
  CHECK(absl::IsInvalidArgument(MakePlan(stored.blocks(), bad).status()));
  CHECK(
      absl::IsInvalidArgument(MakePlan(stored.blocks(), SeriesQuestion{.step_nanos = 0}).status()));
  CHECK(absl::IsInvalidArgument(
      MakePlan(stored.blocks(), GroupedTreesQuestion{.group_by = {""}}).status()));
}

}  // namespace
}  // namespace dolerite::testing
