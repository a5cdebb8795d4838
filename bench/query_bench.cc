// What does it take to answer from a stored block, cold: from its bytes in memory to a flame
// graph, and to one merged profile? From heads (a block of whole groups), from bodies (a block
// kept profile by profile), from a block of all kinds of profile of a service, and beside it
// google/pprof's gunzip, parse and merge of the profiles that are asked for.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "dolerite/block_reader.h"
#include "dolerite/pprof.h"
#include "dolerite/query.h"
#include "support/rivals.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

struct Flame {
  Tree tree;
  QueryCost cost;
};

Flame Ask(const std::string& block, bool heads, const Selection& selection = {}) {
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  TreeQuery query({.selection = selection, .kinds = {}}, {.heads = heads});
  Must(query.Add(reader));
  Flame flame;
  flame.cost = query.cost();
  flame.tree = Must(std::move(query).Finish());
  return flame;
}

Profile Merge(const std::string& block) {
  ProfileQuery query({});
  Must(query.Add(Must(BlockReader::FromBytes(block))));
  return Must(std::move(query).Finish());
}

bool SameTree(const Tree& a, const Tree& b) {
  if (a.parent != b.parent || a.columns[0].self != b.columns[0].self) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a.names[a.name[i]] != b.names[b.name[i]]) return false;
  }
  return a.columns[0].total == b.columns[0].total;
}

void CheckTotals(const Profile& merged, const Tree& tree, const Series& series,
                 const Rivals& rivals) {
  const auto& golden = rivals.Totals(series.name);
  for (size_t i = 0; i < merged.sample_types.size(); ++i) {
    int64_t total = 0;
    for (size_t s = 0; s < merged.samples.size(); ++s) {
      total += merged.samples.values[s * merged.sample_types.size() + i];
    }
    const StringTable& strings = merged.symbols.strings;
    const ValueType& type = merged.sample_types[i];
    const std::string value =
        std::string(strings[type.type]) + "/" + std::string(strings[type.unit]);
    const auto at = golden.find(series.kind() + ":" + value);
    Require(golden.empty() || (at != golden.end() && at->second == total),
            series.name + ": the merged profile's total is not google/pprof's: " + value);
    Require(value != tree.type + "/" + tree.unit || tree.columns[0].total[0] == total,
            series.name + ": the flame graph's total is not the merged profile's");
  }
}

struct Blocks {
  std::string grouped, by_profile;
};

void PrintAnswer(const Series& series, const char* what, double seconds,
                 const std::optional<GoTime>& go, const std::string& goal) {
  Row row = {series.name + ", " + what, Time(seconds), "google/pprof: not installed"};
  if (series.has_goals()) row.goal = goal;
  if (go) {
    row.rival = "google/pprof parse+merge: " + Time(go->cpu);
    row.ratio = Times(go->cpu / seconds);
  }
  Print(row);
}

void PrintScanned(const Series& series, const Flame& flame, double seconds, size_t samples,
                  const char* what) {
  Print({series.name + ", " + what + ", samples/s", Count(double(samples) / seconds),
         Count(double(flame.cost.rows)) + " rows", Count(double(flame.tree.size())) + " nodes"});
}

void Answer(const Series& series, const Rivals& rivals) {
  const Blocks blocks = {BuildBlock(series.sources),
                         BuildBlock(series.sources, {.profiles_per_group = 1})};
  const Flame heads = Ask(blocks.grouped, true);
  const Flame bodies = Ask(blocks.by_profile, false);
  Require(SameTree(heads.tree, bodies.tree), series.name + ": heads and bodies disagree");
  CheckTotals(Merge(blocks.grouped), heads.tree, series, rivals);

  size_t samples = 0;
  for (const Profile& profile : ReadProfiles(series.sources)) samples += profile.samples.size();
  const bool heap = series.kind() == "heap";
  const auto go = rivals.Go(series.name, "merge", 1);
  const double heads_seconds = MedianSeconds([&] { Use(Ask(blocks.grouped, true)); });
  const double bodies_seconds = MedianSeconds([&] { Use(Ask(blocks.by_profile, false)); });
  const double grouped_seconds = MedianSeconds([&] { Use(Ask(blocks.grouped, false)); });
  const double merge_seconds = MedianSeconds([&] { Use(Merge(blocks.grouped)); });
  const double write_seconds =
      MedianSeconds([&] { Use(Must(WritePprof(Merge(blocks.grouped), {.gzip = false}))); });
  PrintAnswer(series, "flame graph from heads", heads_seconds, go, heap ? "500x" : "200x");
  PrintAnswer(series, "flame graph from bodies", bodies_seconds, go, heap ? "300x" : "150x");
  PrintAnswer(series, "flame graph from bodies of groups", grouped_seconds, go, "-");
  PrintAnswer(series, "merged profile", merge_seconds, go, "-");
  PrintAnswer(series, "merged profile as raw pprof", write_seconds, go, "-");
  PrintScanned(series, heads, heads_seconds, samples, "heads");
  PrintScanned(series, bodies, bodies_seconds, samples, "bodies");
}

// Questions about one kind of profile to a block of all kinds, as a service's blocks are.
void AnswerMixed(const Series& series, const Rivals& rivals) {
  const std::string service = series.name.substr(0, series.name.find('-'));
  const std::string block = BuildBlock(series.sources);
  for (const std::string kind : {"cpu", "heap", "goroutine", "mutex"}) {
    std::vector<Source> alone;
    for (const Source& source : series.sources) {
      if (source.labels.Get("kind") == kind) alone.push_back(source);
    }
    if (alone.empty()) continue;
    Selection selection;
    selection.matchers = {{"kind", LabelMatcher::Op::kEqual, kind}};
    Require(SameTree(Ask(block, true, selection).tree, Ask(BuildBlock(alone), true).tree),
            series.name + ": a block of all kinds disagrees with one of " + kind);
    const double seconds = MedianSeconds([&] { Use(Ask(block, true, selection)); });
    PrintAnswer(series, ("flame graph of " + kind + " from a block of all kinds").c_str(), seconds,
                rivals.Go(service + "-" + kind, "merge", 1),
                kind == "cpu"         ? "150x"
                : kind == "heap"      ? "200x"
                : kind == "goroutine" ? "40x"
                                      : "15x");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Rivals rivals(argc, argv);
  Title("Stored block to answer, cold");
  for (const Series& series : AllSeries()) {
    series.kind().empty() ? AnswerMixed(series, rivals) : Answer(series, rivals);
  }
}
