// Merging large answers, stopped on the way: what was merged so far is taken back.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "query/every_question.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

// Loops ask once for so many rows.
constexpr size_t kRowsPerCheck = size_t{1} << 14;

// A profile of `count` stacks of one frame below main, numbered from `first` on. Each stack has a
// label of its own.
Input Wide(size_t first, size_t count) {
  Input input;
  input.series.Set("pod", "pod" + std::to_string(first));
  Profile& p = input.profile;
  Symbols& s = p.symbols;
  p.time_nanos = static_cast<int64_t>(first);
  p.sample_types = {{s.strings.Add("inuse_space"), s.strings.Add("bytes")}};
  const auto frame = [&](const std::string& name) {
    s.locations.lines.items.push_back({s.AddFunction(s.strings.Add(name), {}, {}, 0), 1, 0});
    return s.AddLocation({}, p.stacks.size());
  };
  const StringId key = s.strings.Add("key");
  const LocationId main = frame("main");
  for (size_t i = first; i < first + count; ++i) {
    p.stacks.items.insert(p.stacks.items.end(), {frame("f" + std::to_string(i)), main});
    p.stacks.Close();
    const StringId value = s.strings.Add("v" + std::to_string(i));
    s.attribute_sets.items.push_back(s.AddAttribute(key, AttributeKind::kString, value.value));
    s.attribute_sets.Close();
    p.samples.stack.push_back({static_cast<uint32_t>(p.stacks.size() - 1)});
    p.samples.attributes.push_back({static_cast<uint32_t>(s.attribute_sets.size() - 1)});
    p.samples.values.push_back(static_cast<int64_t>(i));
  }
  return input;
}

// Stops the merging of two answers, of which some rows are equal and some are not, at each check.
template <class Question>
void StopMerging(const Question& question) {
  constexpr size_t kRows = kRowsPerCheck + kRowsPerCheck / 4;
  Stored stored;
  stored.Put(Build({Wide(0, kRows)}));
  stored.Put(Build({Wide(kRows / 2, kRows)}));
  StoppingHost host;
  absl::StatusOr<Query<Question>> query =
      Added(question, {stored.readers[0].get()}, host.options());
  const absl::StatusOr<Query<Question>> other = Added(question, {stored.readers[1].get()});
  REQUIRE((query.ok() && other.ok()));
  const std::string before = query->Serialize(), more = other->Serialize();
  size_t after = 0;
  for (;; after += ShareDivisor()) {
    absl::StatusOr<Query<Question>> copy = Query<Question>::Parse(more);
    REQUIRE(copy.ok());
    host.left = after;
    const absl::Status status = query->Merge(*std::move(copy));
    host.left = SIZE_MAX;
    if (status.ok()) break;
    CHECK(status == StoppingHost::status());
    const bool same = query->Serialize() == before;
    CHECK(same);
  }
  CHECK(after >= 4);  // before the merge, and in at least three loops of it
  const bool same =
      TextOfAnswer(std::move(query)) == TextOfAnswer(Added(question, stored.blocks()));
  CHECK(same);
}

TEST_CASE("a merge of merged profiles that is stopped leaves the partial as it was") {
  StopMerging(ProfileQuestion());
}

TEST_CASE("a merge of gauges that is stopped leaves the partial as it was") {
  const ValueKinds gauges = {{{"", "inuse_space"}, ValueKind::kGauge}};
  StopMerging(DiffQuestion{{}, {}, FrameBy::kFunction, gauges});
}

TEST_CASE("a merge of groups that is stopped leaves the partial as it was") {
  StopMerging(GroupedTreesQuestion{{}, FrameBy::kFunction, {"key"}, {}});
}

}  // namespace
}  // namespace dolerite::testing
