// How long does a call work before it asks whether it was stopped? CallContext promises about
// 10 ms. Each row is the longest time of the thread between two asks, the call's begin and end
// included, in the best of some runs: other programs on the machine only ever add to it.
#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/profile.h"
#include "dolerite/query.h"
#include "dolerite/questions.h"
#include "dolerite/view_profiles.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr double kLimit = 0.01;
constexpr int kRuns = 5;
constexpr int64_t kHour = int64_t{3'600} * 1'000'000'000;

// Its tables have so many rows that each step over one takes longer than 10 ms.
std::string WideBlock(size_t rows) {
  Profile p;
  Symbols& s = p.symbols;
  p.sample_types = {{s.strings.Add("cpu"), s.strings.Add("nanoseconds")}};
  for (size_t i = 0; i < rows; ++i) {
    const FunctionId function = s.AddFunction(s.strings.Add(Text("function %zu", i)), {}, {}, 0);
    s.locations.lines.items.push_back({function, 1, 0});
    p.stacks.items.push_back(s.AddLocation({}, i));
    p.stacks.Close();
    p.samples.stack.push_back({static_cast<uint32_t>(i)});
    p.samples.attributes.push_back({});
    p.samples.values.push_back(static_cast<int64_t>(i));
  }
  BlockBuilder builder = Must(BlockBuilder::Make());
  Must(builder.Add({{"service_name", "wide"}, {"kind", "cpu"}}, p));
  return Must(std::move(builder).Finish());
}

class Gaps {
 public:
  Gaps() : last_(ThreadSeconds()) {}

  CallContext context() {
    return {.check = [this] {
      ++asked_;
      Ask();
      return absl::OkStatus();
    }};
  }
  void Ask() {
    const double now = ThreadSeconds();
    longest_ = std::max(longest_, now - last_);
    all_ += now - last_;
    last_ = ThreadSeconds();
  }
  double longest() const { return longest_; }
  double all() const { return all_; }
  size_t asked() const { return asked_; }

 private:
  double last_, longest_ = 0, all_ = 0;
  size_t asked_ = 0;
};

// `call` works on things that were prepared before; it is given a context.
void Measure(const std::string& what, const std::function<void(const CallContext&)>& call) {
  KeepFreedMemory();
  call({});
  double longest = 0, all = 0;
  size_t asked = 0;
  for (int run = 0; run < kRuns; ++run) {
    Gaps gaps;
    call(gaps.context());
    gaps.Ask();
    if (run > 0 && gaps.longest() >= longest) continue;
    longest = gaps.longest(), all = gaps.all(), asked = gaps.asked();
  }
  Print({what, Time(longest),
         Text("%s 10 ms; %zu asks in ", longest <= kLimit ? "within" : "OVER", asked) + Time(all),
         Times(kLimit / longest), ">= 1x"});
}

template <class Question>
void MeasureQuestion(const std::string& what, const std::string& block, const Question& question) {
  Measure(what, [&](const CallContext& call) {
    const BlockReader reader = Must(BlockReader::FromBytes(block, {}, call));
    QueryOptions options;
    options.call = call;
    Query<Question> query(question, options);
    Must(query.Add(reader));
    Use(Must(std::move(query).Finish()));
  });
}

void Questions(const std::string& of, const std::string& block) {
  const Selection cpu{.profile_type = "cpu"};
  MeasureQuestion("tree" + of, block, TreeQuestion{.selection = cpu});
  MeasureQuestion("trees by pod" + of, block,
                  GroupedTreesQuestion{.selection = cpu, .group_by = {"pod"}});
  MeasureQuestion("difference" + of, block, DiffQuestion{.base = cpu, .against = cpu});
  MeasureQuestion("merged profile" + of, block, ProfileQuestion{.selection = cpu});
  MeasureQuestion(
      "series of a function" + of, block,
      SeriesQuestion{.selection = cpu, .step_nanos = kHour, .function = "runtime.mallocgc"});
  MeasureQuestion(
      "heatmap of spans" + of, block,
      HeatmapQuestion{
          .selection = cpu, .observe = HeatmapQuestion::Observe::kSpans, .step_nanos = kHour});
  MeasureQuestion("catalog" + of, block, CatalogQuestion{});
  MeasureQuestion("list" + of, block, ListQuestion{});
}

void Blocks(const std::string& of, const std::string& block) {
  const auto look = [](size_t, const Profile& profile) {
    Use(profile);
    return absl::OkStatus();
  };
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  const std::vector<size_t> indices = AllProfiles(reader);
  Measure("ReadProfiles" + of,
          [&](const CallContext& call) { Must(reader.ReadProfiles(indices, look, call)); });
  Measure("ViewProfiles" + of,
          [&](const CallContext& call) { Must(ViewProfiles(reader, indices, look, call)); });
  Measure("Verify" + of, [&](const CallContext& call) { Use(Must(reader.Verify(call))); });
}

}  // namespace

int main() {
  Title("Work between two asks whether a call was stopped; time of the thread");
  const Series* series = FindSeries("checkout-whole");
  if (series == nullptr) series = FindSeries("bundled-cpu");
  Require(series != nullptr, "no profiles");
  const std::string once = BuildBlock(series->sources);
  const std::string often = BuildRepeated(series->sources, 10, SpanNanos(series->sources));
  const auto of = [&](size_t copies) {
    return Text(", %zu profiles", series->sources.size() * copies);
  };
  Questions(of(1), once);
  Questions(of(10), often);
  const std::string wide = WideBlock(300'000);
  Questions(", 300 k functions", wide);
  Blocks(of(1), once);
  Blocks(of(10), often);
  Blocks(", 300 k functions", wide);
  return 0;
}
