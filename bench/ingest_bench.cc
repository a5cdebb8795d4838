// What does it take to make one block of collected profiles, from pprof.gz to the bytes of the
// block? Beside it google/pprof, which gunzips, parses and merges the same files: it ends with
// one profile where Dolerite keeps all of them.
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/pprof.h"
#include "formats/wire/inflate.h"
#include "support/rivals.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

// Sums of all profiles of a block by "kind:type/unit".
std::map<std::string, int64_t> Totals(const std::string& block) {
  std::map<std::string, int64_t> totals;
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  const auto listing = Must(reader.ListProfiles());
  for (const ProfileSummary& profile : listing.profiles) {
    for (size_t i = 0; i < profile.totals.size(); ++i) {
      const ProfileType::Value& value = profile.type->sample_types[i];
      totals[profile.type->name + ":" + value.type + "/" + value.unit] += profile.totals[i];
    }
  }
  return totals;
}

struct Stages {
  double inflate = 0, read = 0, add = 0, finish = 0, all = 0;
  size_t samples = 0;
};

void ReadAll(const Series& series, size_t* samples) {
  PprofReader reader;
  Profile profile;
  *samples = 0;
  for (const Source& source : series.sources) {
    Must(reader.Read(source.gz, &profile));
    *samples += profile.samples.size();
  }
}

void InflateAll(const Series& series) {
  Inflater inflater;
  for (const Source& source : series.sources) Use(Must(inflater.Inflate(source.gz, ReadLimits())));
}

Stages Measure(const Series& series) {
  Stages stages;
  stages.inflate = MedianSeconds([&] { InflateAll(series); });
  stages.read = MedianSeconds([&] { ReadAll(series, &stages.samples); });
  const std::vector<Profile> profiles = ReadProfiles(series.sources);
  std::vector<double> adds, finishes;
  for (int run = 0; run < 7; ++run) {
    BlockBuilder builder = Must(BlockBuilder::Make());
    const double begin = ThreadSeconds();
    for (size_t i = 0; i < profiles.size(); ++i) {
      Must(builder.Add(series.sources[i].labels, profiles[i]));
    }
    const double added = ThreadSeconds();
    Use(Must(std::move(builder).Finish()));
    adds.push_back(added - begin);
    finishes.push_back(ThreadSeconds() - added);
  }
  stages.add = Median(std::move(adds));
  stages.finish = Median(std::move(finishes));
  stages.all = MedianSeconds([&] { Use(BuildBlock(series.sources)); });
  return stages;
}

void PrintStage(const Series& series, const char* stage, double seconds, const Stages& stages) {
  Print({series.name + ", " + stage, Time(seconds), "all: " + Time(stages.all),
         Text("%.0f%%", 100 * seconds / stages.all)});
}

void PrintRival(const Series& series, const Rivals& rivals, const char* op, double ours,
                const std::string& goal) {
  for (const int procs : {1, 2}) {
    const auto go = rivals.Go(series.name, op, procs);
    const bool merge = op == std::string("merge");
    Row row = {series.name + (merge ? ", pprof.gz to block" : ", pprof.gz to Profile"), Time(ours),
               "google/pprof: not installed"};
    if (go) {
      row.rival = Text("google/pprof %s, %d procs: ", merge ? "parse+merge" : "parse", procs) +
                  Time(go->cpu) + " (wall " + Time(go->wall) + ")";
      row.ratio =
          Times(go->cpu / ours) + (procs == 1 ? "" : " (wall " + Times(go->wall / ours) + ")");
      if (procs == 1 && series.has_goals()) row.goal = goal;
    }
    Print(row);
  }
}

// Each thread fills a builder of its own with half of the profiles; one then takes the other.
std::string BuildByTwo(Sources sources) {
  const auto fill = [](Sources part) {
    BlockBuilder builder = Must(BlockBuilder::Make());
    PprofReader reader;
    Profile profile;
    for (const Source& source : part) {
      Must(reader.Read(source.gz, &profile));
      Must(builder.Add(source.labels, profile));
    }
    return builder;
  };
  const size_t half = sources.size() / 2;
  std::optional<BlockBuilder> other;
  std::thread thread([&] { other = fill(sources.subspan(half)); });
  BlockBuilder builder = fill(sources.first(half));
  thread.join();
  Must(builder.Merge(*std::move(other)));
  return Must(std::move(builder).Finish());
}

void PrintByTwo(const Series& series) {
  Require(BuildByTwo(series.sources) == BuildBlock(series.sources),
          series.name + ": two builders make another block");
  const double alone = LeastWallSeconds([&] { Use(BuildBlock(series.sources)); });
  const double both = LeastWallSeconds([&] { Use(BuildByTwo(series.sources)); });
  Print({series.name + ", two threads with a builder each, wall", Time(both),
         "one thread: " + Time(alone), Times(alone / both), "-"});
}

void Answer(const Series& series, const Rivals& rivals) {
  const auto& golden = rivals.Totals(series.name);
  const std::string block = BuildBlock(series.sources);
  Require(golden.empty() || Totals(block) == golden,
          series.name + ": totals are not google/pprof's");
  const Stages stages = Measure(series);
  const double samples = static_cast<double>(stages.samples);
  const double profiles = static_cast<double>(series.sources.size());
  const bool heap = series.kind() == "heap";
  PrintRival(series, rivals, "merge", stages.all, heap ? "12x" : "10x");
  PrintRival(series, rivals, "parse", stages.read, "-");
  Print({series.name + ", pprof.gz to block", Count(profiles / stages.all) + " profiles/s",
         Count(samples / stages.all) + " samples/s",
         Count(double(RawBytes(series.sources)) / stages.all) + "B/s of raw",
         !series.has_goals() ? "-"
         : heap              ? "3 M samples/s"
                             : "0.95 M samples/s"});
  PrintStage(series, "read (with inflate)", stages.read, stages);
  PrintStage(series, "inflate", stages.inflate, stages);
  PrintStage(series, "add", stages.add, stages);
  PrintStage(series, "finish", stages.finish, stages);
  PrintByTwo(series);
}

}  // namespace

int main(int argc, char** argv) {
  const Rivals rivals(argc, argv);
  Title("Ingest: CPU time of one thread; google/pprof's of the process");
  for (const Series& series : AllSeries()) Answer(series, rivals);
}
