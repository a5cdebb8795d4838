// What does compaction hold, and how fast is it? Memory: all that is allocated while a job runs on
// a local store, by whoever allocates it. Speed: samples a second, beside ingest of the same
// profiles from pprof, and beside decoding each profile and building anew.
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "block/block_merger.h"
#include "dolerite/archive.h"
#include "dolerite/pprof.h"
#include "dolerite/stores.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

std::atomic<size_t> held{0}, peak{0};

void* Count(void* block) {
  if (block == nullptr) return block;
  const size_t now = held.fetch_add(malloc_usable_size(block)) + malloc_usable_size(block);
  for (size_t before = peak; now > before && !peak.compare_exchange_weak(before, now);) {
  }
  return block;
}

}  // namespace

// glibc's own allocator, counted: of this program, C++ and C libraries alike.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* block, size_t bytes);
void __libc_free(void* block);

void* malloc(size_t bytes) { return Count(__libc_malloc(bytes)); }
void* calloc(size_t count, size_t bytes) { return Count(__libc_calloc(count, bytes)); }
void* realloc(void* block, size_t bytes) {
  if (block != nullptr) held -= malloc_usable_size(block);
  return Count(__libc_realloc(block, bytes));
}
void free(void* block) {
  if (block != nullptr) held -= malloc_usable_size(block);
  __libc_free(block);
}
}

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3'600 * kSecond;
constexpr int64_t kBegin = int64_t{1'700'000'000} * kSecond / (24 * kHour) * 24 * kHour;

struct Input {
  LabelSet labels;
  Profile profile;
};

std::string Build(const std::vector<Input>& inputs, const BlockOptions& options = {}) {
  BlockBuilder builder = Must(BlockBuilder::Make(options));
  for (const Input& input : inputs) Must(builder.Add(input.labels, input.profile));
  return Must(std::move(builder).Finish());
}

// Profiles of a series again and again, each at a time of its own.
class Profiles {
 public:
  explicit Profiles(const bench::Series& series) : series_(series) {}

  Input Next(const std::string& service, int64_t step) {
    const Source& source = series_.sources[next_++ % series_.sources.size()];
    Input input{source.labels, {}};
    Must(reader_.Read(source.gz, &input.profile));
    std::vector<LabelSet::Pair> labels;
    for (const auto& [name, value] : source.labels.pairs()) {
      labels.emplace_back(name, name == "service_name" ? std::string_view(service) : value);
    }
    input.labels = Must(LabelSet::Make(std::move(labels)));
    input.profile.time_nanos = kBegin + static_cast<int64_t>(next_) * step;
    return input;
  }

 private:
  const bench::Series& series_;
  PprofReader reader_;
  size_t next_ = 0;
};

struct Job {
  std::string name;
  int64_t window = kHour;
  std::vector<std::string> blocks;
};

std::string Name(const char* what, size_t number) { return Text("%s-%02zu", what, number); }

Job Segments(const bench::Series& series, size_t count, size_t services, size_t profiles) {
  Job job;
  job.name = Text("%zu segments of %zu services", count, services);
  Profiles source(series);
  for (size_t i = 0; i < count; ++i) {
    std::vector<Input> inputs;
    for (size_t p = 0; p < profiles; ++p) {
      inputs.push_back(source.Next(Name("service", p % services), kSecond / 2));
    }
    job.blocks.push_back(Build(inputs));
  }
  return job;
}

Job Blocks(const bench::Series& series, size_t count, size_t profiles, size_t services) {
  Job job;
  job.name = Text("%zu blocks of %zu profiles of %zu services", count, profiles, services);
  job.window = 24 * kHour;
  Profiles source(series);
  for (size_t i = 0; i < count; ++i) {
    std::vector<Input> inputs;
    for (size_t p = 0; p < profiles; ++p) {
      inputs.push_back(source.Next(Name("service", p % services), kSecond));
    }
    job.blocks.push_back(Build(inputs));
  }
  return job;
}

Job Payloads(const bench::Series& series) {
  Job job;
  job.name = "500 profiles with 1 MiB of payload each";
  Profiles source(series);
  uint64_t random = 1;
  for (size_t i = 0; i < 100; ++i) {
    std::vector<Input> inputs;
    for (size_t p = 0; p < 5; ++p) {
      Input& input = inputs.emplace_back(source.Next("service", kSecond));
      input.profile.payload.resize(1 << 20);
      for (char& byte : input.profile.payload) {
        random = random * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
        byte = static_cast<char>(random >> 56);
      }
      input.profile.payload_format = input.profile.symbols.strings.Add("raw");
    }
    job.blocks.push_back(Build(inputs));
  }
  return job;
}

// A service whose tables are as large as a service's get.
Job Large(size_t functions, size_t locations, size_t nodes) {
  Job job;
  job.name = Text("a service of %zu functions and %zu stack nodes", functions, nodes);
  for (int part = 0; part < 2; ++part) {
    Input input;
    input.labels = {{"service_name", "large"}};
    Profile& p = input.profile;
    Symbols& s = p.symbols;
    p.time_nanos = kBegin + part * kSecond;
    p.sample_types.push_back({s.strings.Add("samples"), s.strings.Add("count")});
    for (size_t f = 0; f < functions; ++f) {
      const StringId name = s.strings.Add(Text("namespace::Class%zu::Function%zu", f % 977, f));
      s.AddFunction(name, name, s.strings.Add(Text("src/file%zu.cc", f % 5'003)), 1);
    }
    for (size_t l = 0; l < locations; ++l) {
      const uint32_t function = static_cast<uint32_t>(1 + l % functions);
      s.locations.lines.items.push_back({{function}, static_cast<int64_t>(l), 0});
      s.AddLocation({}, 4'096 + 16 * l);
    }
    uint64_t random = 7;
    for (size_t n = 0; n < nodes / 8; ++n) {
      for (int depth = 0; depth < 8; ++depth) {
        random = random * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
        p.stacks.items.push_back({static_cast<uint32_t>((random >> 33) % locations)});
      }
      p.stacks.Close();
      p.samples.stack.push_back({static_cast<uint32_t>(n)});
      p.samples.attributes.push_back({});
      p.samples.values.push_back(static_cast<int64_t>(n));
    }
    job.blocks.push_back(Build({input}));
  }
  return job;
}

struct Ran {
  size_t peak = 0;
  CompactionResult result;
  absl::Status status;
};

// A new archive in a directory, one job, and what it held at most.
Ran RunJob(const Job& job, size_t budget) {
  const std::filesystem::path root = std::filesystem::temp_directory_path() / "compact_bench";
  std::filesystem::remove_all(root);
  Ran ran;
  {
    const auto store = Must(OpenLocalStore(root.string(), {.sync = false}));
    uint64_t random = 1;
    ArchiveHost host;
    host.random = [&random] { return random *= 6'364'136'223'846'793'005u; };
    host.now_nanos = [] { return kBegin; };
    Must(Archive::Create(store.get(), host));
    Archive archive = Must(Archive::Open(store.get(), host));
    CompactionJob compaction{0, {}, 1, job.window};
    for (const std::string& block : job.blocks) {
      compaction.inputs.push_back(Must(archive.Append(block, kBegin)));
    }
    const size_t before = held;
    peak = before;
    auto result = archive.Compact(compaction, budget);
    ran.peak = peak - before;
    ran.status = result.status();
    if (result.ok()) ran.result = *std::move(result);
  }
  std::filesystem::remove_all(root);
  return ran;
}

// Returns a budget that suffices, if this one does not.
size_t AnswerMemory(const Job& job, size_t budget) {
  const Ran ran = RunJob(job, budget);
  std::string what = Text("%s, in %s", job.name.c_str(),
                          budget % (1 << 20) == 0 ? Text("%zu MiB", budget >> 20).c_str()
                                                  : Bytes(double(budget)).c_str());
  if (!ran.status.ok()) what += ": " + std::string(ran.status.message());
  size_t needed = 0;
  for (const UnmergedDataset& unmerged : ran.result.unmerged) {
    needed = std::max<size_t>(needed, unmerged.needed_bytes);
    what += Text(": not merged, needs %s", Bytes(double(needed)).c_str());
  }
  Print({what, Bytes(double(ran.peak)), Bytes(double(budget)),
         Times(double(ran.peak) / double(budget)), "<= 1x"});
  return needed;
}

void AnswerMemory(const Job& job) {
  size_t needed = 0;
  for (const size_t budget : {size_t{16} << 20, size_t{64} << 20, size_t{256} << 20}) {
    needed = AnswerMemory(job, budget);
  }
  if (needed > 0) Require(AnswerMemory(job, needed) == 0, job.name + ": needs more than it said");
}

// All profiles of all blocks become one block.
std::string Merge(const std::vector<std::string>& blocks) {
  std::vector<BlockReader> readers;
  for (const std::string& block : blocks) readers.push_back(Must(BlockReader::FromBytes(block)));
  std::map<std::string, std::vector<MergeInput>> datasets;
  for (const BlockReader& reader : readers) {
    for (size_t d = 0; d < reader.summary().datasets.size(); ++d) {
      MergeInput& input = datasets[reader.summary().datasets[d].name].emplace_back();
      input.block = &reader, input.dataset = d;
    }
  }
  std::string merged;
  const ByteSink sink = [&](std::string_view bytes) {
    merged += bytes;
    return absl::OkStatus();
  };
  MemoryBudget memory(size_t{1} << 30);
  const CallContext call;
  const BlockOptions options;
  BlockMerger merger(options, sink, datasets.size(), &memory, call);
  for (const auto& [name, inputs] : datasets) Must(merger.Add(name, inputs));
  Must(std::move(merger).Finish());
  return merged;
}

std::string Rebuild(const std::vector<std::string>& blocks) {
  BlockBuilder builder = Must(BlockBuilder::Make());
  for (const std::string& bytes : blocks) {
    const BlockReader reader = Must(BlockReader::FromBytes(bytes));
    const auto listing = Must(reader.ListProfiles());
    std::vector<size_t> all(listing.profiles.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    Must(reader.ReadProfiles(all, [&](size_t index, const Profile& profile) {
      return builder.Add(*listing.profiles[index].series, profile);
    }));
  }
  return Must(std::move(builder).Finish());
}

void AnswerSpeed(const bench::Series& series, size_t blocks, size_t profiles,
                 const std::string& goal) {
  // The same profiles as pprof and in blocks.
  std::vector<std::pair<const Source*, int64_t>> all;
  std::vector<std::string> inputs;
  PprofReader reader;
  Profile profile;
  for (size_t b = 0; b < blocks; ++b) {
    BlockBuilder builder = Must(BlockBuilder::Make());
    for (size_t p = 0; p < profiles; ++p) {
      const Source& source = series.sources[all.size() % series.sources.size()];
      all.emplace_back(&source, kBegin + static_cast<int64_t>(all.size()) * kSecond);
      Must(reader.Read(source.gz, &profile));
      profile.time_nanos = all.back().second;
      Must(builder.Add(source.labels, profile));
    }
    inputs.push_back(Must(std::move(builder).Finish()));
  }
  const auto ingest = [&] {
    BlockBuilder builder = Must(BlockBuilder::Make());
    for (const auto& [source, time] : all) {
      Must(reader.Read(source->gz, &profile));
      profile.time_nanos = time;
      Must(builder.Add(source->labels, profile));
    }
    return Must(std::move(builder).Finish());
  };
  const std::string merged = Merge(inputs);
  Require(merged == ingest(), series.name + ": merging does not give the bytes of building");
  Require(merged == Rebuild(inputs), series.name + ": building anew gives other bytes");
  const double merge = MedianSeconds([&] { Use(Merge(inputs)); });
  const double from_pprof = MedianSeconds([&] { Use(ingest()); });
  const double anew = MedianSeconds([&] { Use(Rebuild(inputs)); });
  const std::string what = Text("%s, %zu blocks of %zu", series.name.c_str(), blocks, profiles);
  Print({what, Time(merge), "ingest: " + Time(from_pprof), Times(from_pprof / merge), goal});
  Print({what, Time(merge), "decoded and built: " + Time(anew), Times(anew / merge), ">= 4x"});
}

}  // namespace

// compact_bench [speed]: both questions, or speed alone.
int main(int argc, char** argv) {
  const bench::Series* whole = FindSeries("checkout-whole");
  if (whole == nullptr) whole = FindSeries("bundled-cpu");
  Title("Speed of compaction");
  AnswerSpeed(*whole, 100, 5, ">= 1x");
  for (const char* name : {"checkout-cpu", "checkout-heap"}) {
    const bench::Series* series = FindSeries(name);
    if (series != nullptr) AnswerSpeed(*series, 3, 500, ">= 3x");
  }
  if (argc > 1 && std::string_view(argv[1]) == "speed") return 0;
  Title("Memory of compaction");
  AnswerMemory(Segments(*whole, 100, 1, 5));
  AnswerMemory(Segments(*whole, 200, 1, 5));
  AnswerMemory(Segments(*whole, 100, 20, 20));
  AnswerMemory(Blocks(*whole, 24, 2'000, 3));
  AnswerMemory(Payloads(*whole));
  AnswerMemory(Large(200'000, 1'000'000, 2'000'000));
}
