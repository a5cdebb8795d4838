// What does it cost to answer in pieces that could run on many machines: plan, execute each split,
// merge the partials, finish? Beside it the same question asked in one process.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dolerite/accounting_store.h"
#include "dolerite/block_reader.h"
#include "dolerite/plan.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"
#include "query/envelope.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

// One block a pod, in memory.
struct Store {
  std::unique_ptr<ObjectStore> objects = MakeMemoryStore();
  std::vector<std::string> keys;

  std::vector<BlockReader> Open() const {
    std::vector<BlockReader> blocks;
    for (const std::string& key : keys) {
      blocks.push_back(Must(BlockReader::Open(objects.get(), key)));
    }
    return blocks;
  }
};

Store MakeStore(const Series& series) {
  std::map<std::string, std::vector<Source>> pods;
  for (const Source& source : series.sources) pods[source.pod].push_back(source);
  Store store;
  for (const auto& [pod, sources] : pods) {
    store.keys.push_back(pod + ".block");
    Must(store.objects->Put(store.keys.back(), BuildBlock(sources), {}).status());
  }
  return store;
}

std::vector<const BlockReader*> Pointers(const std::vector<BlockReader>& blocks) {
  std::vector<const BlockReader*> out;
  for (const BlockReader& block : blocks) out.push_back(&block);
  return out;
}

std::vector<std::string> ExecuteAll(const Store& store, const QueryPlan& plan) {
  std::vector<std::string> partials;
  for (const Split& split : plan.splits) {
    partials.push_back(Must(Execute(*store.objects, split.bytes)));
  }
  return partials;
}

size_t BytesOf(const std::vector<std::string>& partials) {
  size_t bytes = 0;
  for (const std::string& partial : partials) bytes += partial.size();
  return bytes;
}

void CheckSame(const std::string& what, const Tree& a, const Tree& b) {
  Require(a.parent == b.parent && a.columns[0].self == b.columns[0].self &&
              a.columns[0].total == b.columns[0].total,
          what + ": the plan makes another flame graph");
}

void CheckSame(const std::string& what, const TimeSeries& a, const TimeSeries& b) {
  bool same = a.lines.size() == b.lines.size();
  for (size_t l = 0; same && l < a.lines.size(); ++l) {
    const auto& points = a.lines[l].points;
    same = points.size() == b.lines[l].points.size();
    for (size_t i = 0; same && i < points.size(); ++i) {
      same = points[i].time_nanos == b.lines[l].points[i].time_nanos &&
             points[i].integer == b.lines[l].points[i].integer;
    }
  }
  Require(same, what + ": the plan makes other values");
}

// What compressing a partial saves in bytes, and what it costs beside writing and parsing alone.
template <class Question>
void Packed(const std::string& what, const std::string& partial) {
  const std::string_view packed = Must(Unseal(kPartialEnvelope, partial));
  const std::string content = Must(Unpack(packed, SIZE_MAX));
  const Query<Question> query = Must(Query<Question>::Parse(partial));
  const double all = MedianSeconds([&] {
    Use(query.Serialize());
    Use(Must(Query<Question>::Parse(partial)));
  });
  const double packing = MedianSeconds([&] {
    Use(Pack(content));
    Use(Must(Unpack(packed, SIZE_MAX)));
  });
  const double plain = all - packing;
  Print({what + ", a partial", Bytes(double(partial.size())),
         "not compressed: " + Bytes(double(content.size())),
         Times(double(partial.size()) / double(content.size()))});
  Print({what + ", write and parse it", Time(all), "not compressed: " + Time(plain),
         Times(all / plain), "1.3x"});
}

template <class Question>
void Answer(const std::string& what, const Store& store, const Question& question) {
  const auto plan = [&] { return Must(MakePlan<Question>(Pointers(store.Open()), question)); };
  const auto direct = [&] {
    Query<Question> query(question);
    const std::vector<BlockReader> blocks = store.Open();
    Must(query.Add(Pointers(blocks)));
    return query;
  };
  const QueryPlan splits = plan();
  const std::vector<std::string> partials = ExecuteAll(store, splits);
  const std::vector<std::string_view> views(partials.begin(), partials.end());
  const std::string merged = Must(MergePartials(views));
  const auto finish = [&] { return Must(Must(Query<Question>::Parse(merged)).Finish()); };
  CheckSame(what, finish(), Must(direct().Finish()));

  const double whole = MedianSeconds([&] { Use(Must(direct().Finish())); });
  const double planned = MedianSeconds([&] { Use(plan()); });
  const double executed = MedianSeconds([&] { Use(ExecuteAll(store, splits)); });
  const double joined = MedianSeconds([&] { Use(Must(MergePartials(views))); });
  const double finished = MedianSeconds([&] { Use(finish()); });
  const std::string rival = "one query: " + Time(whole);
  const auto print = [&](const std::string& step, double seconds) {
    Print({what + ", " + step, Time(seconds), rival, Times(seconds / whole)});
  };
  print("open and plan", planned);
  print("execute " + std::to_string(splits.splits.size()) + " splits", executed);
  print("merge partials", joined);
  print("parse and finish", finished);
  print("all of it", planned + executed + joined + finished);
  Print({what + ", partials", Bytes(double(BytesOf(partials))),
         "merged: " + Bytes(double(merged.size())),
         Times(double(BytesOf(partials)) / double(merged.size()))});
  Packed<Question>(what, partials[0]);
}

// A block a day of 20 services, in which the days are the same but for their times: each service
// has CPU and heap profiles.
Store MakeMonth() {
  constexpr int64_t kDay = int64_t{24 * 3600} * 1'000'000'000;
  std::vector<std::pair<LabelSet, Profile>> profiles;
  for (const char* name : {"checkout-cpu", "checkout-heap"}) {
    const Series* series = FindSeries(name);
    if (series == nullptr) continue;
    const std::vector<Profile> read = ReadProfiles(series->sources);
    for (size_t i = 0; i < read.size(); i += 3)
      profiles.emplace_back(series->sources[i].labels, read[i]);
  }
  Store store;
  for (int day = 0; day < 30; ++day) {
    BlockBuilder builder = Must(BlockBuilder::Make({}));
    for (size_t i = 0; i < profiles.size(); ++i) {
      auto& [labels, profile] = profiles[i];
      labels.Set("service_name", "service-" + std::to_string(i % 20));
      Must(builder.Add(labels, profile));
      profile.time_nanos += kDay;
    }
    store.keys.push_back("day-" + std::to_string(day) + ".block");
    Must(store.objects->Put(store.keys.back(), Must(std::move(builder).Finish()), {}).status());
  }
  return store;
}

// Bytes that the splits of a plan are to read, beside those that a store is asked for.
template <class Question>
void Estimate(const std::string& what, const Store& store, const Question& question) {
  const QueryPlan plan = Must(MakePlan<Question>(Pointers(store.Open()), question));
  uint64_t estimated = 0;
  for (const Split& split : plan.splits) estimated += split.estimated_bytes;
  const auto counted = MakeAccountingStore(store.objects.get());
  for (const Split& split : plan.splits) Use(Must(Execute(*counted, split.bytes)));
  const uint64_t read = counted->accounts().total().bytes_read;
  Print({what + ", " + std::to_string(plan.splits.size()) + " splits", Bytes(double(estimated)),
         "read: " + Bytes(double(read)), Times(double(estimated) / double(read)), "0.8 to 1.2x"});
}

void EstimateMonth() {
  const Store store = MakeMonth();
  TreeQuestion all, one;
  all.selection.profile_type = one.selection.profile_type = "cpu";
  one.selection.matchers = {{"service_name", LabelMatcher::Op::kEqual, "service-7"}};
  Title("What the splits of a month of 20 services are to read, and what they read");
  Estimate("flame graph of all", store, all);
  Estimate("flame graph of a service", store, one);
  Estimate("values over time of all", store, SeriesQuestion{all.selection});
  Estimate("values over time of a service", store, SeriesQuestion{one.selection});
}

}  // namespace

int main() {
  Title("Plan, execute, merge, finish; the ratio is what it costs beside one query");
  for (const char* name : {"checkout-cpu", "checkout-heap"}) {
    const Series* series = FindSeries(name);
    if (series == nullptr) continue;
    const Store store = MakeStore(*series);
    Answer(series->name + ", flame graph", store, TreeQuestion());
    Answer(series->name + ", values over time", store, SeriesQuestion());
  }
  EstimateMonth();
}
