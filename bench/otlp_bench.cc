// How fast is OTLP read, beside pprof that says the same? In bytes of the message, uncompressed.
// Both readers keep their buffers. And how large is a block of a real sender's messages?
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

using Files = std::vector<std::string>;

size_t TotalBytes(const Files& files) {
  size_t bytes = 0;
  for (const std::string& file : files) bytes += file.size();
  return bytes;
}

// Sums of values by sample type and function that the stack ends in: what both readers must
// agree on.
using Sums = std::map<std::string, int64_t>;

void AddSums(const Profile& profile, Sums* sums) {
  const Symbols& s = profile.symbols;
  const size_t types = profile.sample_types.size();
  for (size_t i = 0; i < profile.samples.size(); ++i) {
    const uint32_t stack = profile.samples.stack[i].value;
    std::string leaf;
    if (profile.stacks.length(stack) > 0) {
      const uint32_t location = profile.stacks.begin(stack)->value;
      if (s.locations.lines.length(location) > 0) {
        leaf = s.strings[s.functions.name[s.locations.lines.begin(location)->function.value]];
      }
    }
    for (size_t t = 0; t < types; ++t) {
      const std::string type(s.strings[profile.sample_types[t].type]);
      (*sums)[type + " " + leaf] += profile.samples.values[i * types + t];
    }
  }
}

Sums PprofSums(const Files& files) {
  Sums sums;
  for (const std::string& file : files) AddSums(Must(ReadPprof(file)), &sums);
  return sums;
}

Sums OtlpSums(const Files& files) {
  Sums sums;
  for (const std::string& file : files) {
    for (const SeriesProfile& p : Must(ReadOtlp(file))) AddSums(p.profile, &sums);
  }
  return sums;
}

void PrintRates(const std::string& what, const Files& otlp, const Files& pprof) {
  Require(OtlpSums(otlp) == PprofSums(pprof), what + ": OTLP and pprof say different things");
  const double ours = double(TotalBytes(otlp)) / MedianSeconds([&] {
                        OtlpReader reader;
                        for (const std::string& file : otlp) {
                          Must(reader.View(file, [](const LabelSet&, const Profile& profile) {
                            Use(profile.samples.size());
                            return absl::OkStatus();
                          }));
                        }
                      });
  const double theirs = double(TotalBytes(pprof)) / MedianSeconds([&] {
                          PprofReader reader;
                          Profile profile;
                          for (const std::string& file : pprof) {
                            Must(reader.Read(file, &profile));
                            Use(profile.samples.size());
                          }
                        });
  Print({what, Count(ours) + "B/s", "pprof: " + Count(theirs) + "B/s", Times(ours / theirs), "1x"});
}

// Messages of one profile each.
void AnswerSeries(const Series& series) {
  Files otlp, pprof;
  for (const Source& source : series.sources) {
    pprof.push_back(source.raw);
    SeriesProfile profile{source.labels, Must(ReadPprof(source.raw))};
    otlp.push_back(Must(WriteOtlp({&profile, 1})));
  }
  PrintRates(series.name + ", from pprof", otlp, pprof);
}

// Messages of several profiles each, which share a dictionary: their way into a block beside that
// of the same profiles as pprof.
void AnswerBatches(const Series& series, size_t batch) {
  if (series.sources.size() < batch) return;
  Files otlp, pprof;
  std::vector<SeriesProfile> profiles;
  for (const Source& source : series.sources) {
    pprof.push_back(source.raw);
    profiles.push_back({source.labels, Must(ReadPprof(source.raw))});
    if (profiles.size() < batch && pprof.size() < series.sources.size()) continue;
    otlp.push_back(Must(WriteOtlp(profiles)));
    profiles.clear();
  }
  std::string read, viewed, of_pprof;
  const double copies = MedianSeconds([&] {
    BlockBuilder builder = Must(BlockBuilder::Make());
    for (const std::string& file : otlp) {
      for (const SeriesProfile& p : Must(ReadOtlp(file))) Must(builder.Add(p.series, p.profile));
    }
    read = Must(std::move(builder).Finish());
  });
  const double ours = MedianSeconds([&] {
    BlockBuilder builder = Must(BlockBuilder::Make());
    OtlpReader reader;
    for (const std::string& file : otlp) {
      Must(reader.View(file, [&](const LabelSet& labels, const Profile& profile) {
        return builder.Add(labels, profile);
      }));
    }
    viewed = Must(std::move(builder).Finish());
  });
  Require(viewed == read, series.name + ": viewed profiles make another block");
  const double theirs = MedianSeconds([&] {
    BlockBuilder builder = Must(BlockBuilder::Make());
    PprofReader reader;
    Profile profile;
    for (size_t i = 0; i < pprof.size(); ++i) {
      Must(reader.Read(pprof[i], &profile));
      Must(builder.Add(series.sources[i].labels, profile));
    }
    of_pprof = Must(std::move(builder).Finish());
  });
  const std::string what = series.name + ", " + std::to_string(batch) + " a message, to a block";
  Print({what, Time(ours), "pprof: " + Time(theirs), Times(theirs / ours), "1x"});
  Print({what, Time(ours), "ReadOtlp: " + Time(copies), Times(copies / ours), "-"});
}

void PrintBlock(const std::string& what, const Files& files) {
  BlockBuilder plain = Must(BlockBuilder::Make());
  BlockBuilder smallest = Must(BlockBuilder::Make({.zstd_level = 19, .smallest = true}));
  size_t profiles = 0;
  for (const std::string& file : files) {
    for (const SeriesProfile& p : Must(ReadOtlp(file))) {
      Must(plain.Add(p.series, p.profile));
      Must(smallest.Add(p.series, p.profile));
      ++profiles;
    }
  }
  const double bytes = double(TotalBytes(files));
  const auto print = [&](const char* options, BlockBuilder builder, const char* goal) {
    const std::string block = Must(std::move(builder).Finish());
    const BlockReader reader = Must(BlockReader::FromBytes(block));
    Require(Must(reader.ListProfiles()).profiles.size() == profiles, what + ": profiles missing");
    Print({what + ", block, " + options, Bytes(double(block.size())), "OTLP: " + Bytes(bytes),
           Times(bytes / double(block.size())), goal});
  };
  const bool goal = what.starts_with("elastic");
  print("default", std::move(plain), goal ? "23,100 B" : "-");
  print("zstd 19, smallest", std::move(smallest), goal ? "23,100 B" : "-");
}

// Messages as they were sent; each profile of theirs as a file of pprof beside them.
void AnswerMessages(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const Files otlp = {std::string(std::istreambuf_iterator<char>(in), {})};
  Files pprof;
  for (const SeriesProfile& p : Must(ReadOtlp(otlp[0]))) {
    pprof.push_back(Must(WritePprof(p.profile)));
  }
  const std::string name = file.filename().string();
  PrintRates(name, otlp, pprof);
  PrintBlock(name, otlp);
}

}  // namespace

int main() {
  Title("Reading OTLP: CPU time of one thread");
  for (const Series& series : AllSeries()) AnswerSeries(series);
  for (const Series& series : AllSeries()) {
    for (size_t batch : {1, 10, 40}) AnswerBatches(series, batch);
  }
  const auto folder = std::filesystem::path(DOLERITE_SOURCE_DIR) / "../shared/corpus/otlp-derived";
  if (!std::filesystem::exists(folder)) return 0;
  for (const char* name :
       {"sigprofiling_k8s.layout-1.10.0.otlp", "sigprofiling_k8s.layout-1.7.0.otlp",
        "elastic_profiles.layout-1.10.0.framed.otlp"}) {
    AnswerMessages(folder / name);
  }
}
