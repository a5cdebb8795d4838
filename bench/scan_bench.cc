// How fast are the sample columns of a stored block decoded? Beside them the same columns as plain
// arrays (stack as 32 bits, value as 64) under zstd -3, and what memory gives: a copy of these
// arrays, and a sum of 64-bit integers over more than fits a cache.
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "block/chunk.h"
#include "block/dataset_reader.h"
#include "dolerite/block_reader.h"
#include "encoding/zstd_frame.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using dolerite::bench::Must;
using dolerite::bench::Require;

// Sections are fetched, and their own compression is off, before the clock runs.
class OpenChunks {
 public:
  explicit OpenChunks(const std::string& block)
      : reader_(Must(BlockReader::FromBytes(block))),
        dataset_(BlockAccess::Of(reader_), 0, &cost_) {
    table_ = Must(dataset_.Profiles());
    for (uint32_t part = 0; part < table_->chunks.size(); ++part) {
      heads_.push_back(Must(dataset_.Get(SectionKind::kHeads, part)));
      bodies_.push_back(Must(dataset_.Find(SectionKind::kBodies, part)));
      stacks_.push_back(Must(dataset_.StacksOf(table_->chunks[part].type))->ids);
    }
  }

  // The sum of all values of the last sample type; *samples counts.
  int64_t SumHeads(size_t* samples) const {
    return ForEach([&](const ChunkReader& chunk, uint32_t) {
      std::vector<int64_t> sums;
      Must(chunk.Sums(chunk.value_count() - 1, &sums));
      *samples += chunk.samples();
      return std::accumulate(sums.begin(), sums.end(), int64_t{0});
    });
  }

  // The same by way of all samples. Their columns go to the vectors, if given.
  int64_t SumBodies(std::vector<uint32_t>* stacks, std::vector<int64_t>* all) const {
    return ForEach([&](ChunkReader& chunk, uint32_t part) {
      std::vector<int64_t> values;
      Must(chunk.ReadBodies(bodies_[part]));
      Must(chunk.Values(chunk.value_count() - 1, &values));
      const ChunkRuns& runs = chunk.runs();
      for (size_t run = 0; stacks != nullptr && run < runs.stack.size(); ++run) {
        stacks->insert(stacks->end(), runs.length[run], runs.stack[run]);
      }
      if (all != nullptr) all->insert(all->end(), values.begin(), values.end());
      return std::accumulate(values.begin(), values.end(), int64_t{0});
    });
  }

 private:
  template <class Visit>
  int64_t ForEach(const Visit& visit) const {
    int64_t sum = 0;
    for (uint32_t part = 0; part < heads_.size(); ++part) {
      dataset_.ReleaseColumns();  // their memory counts until then
      ChunkReader chunk = Must(ChunkReader::Open(*table_, part, stacks_[part], heads_[part],
                                                 dataset_.limits().section_rows));
      sum += visit(chunk, part);
    }
    return sum;
  }

  BlockReader reader_;
  IoCost cost_;
  mutable DatasetReader dataset_;
  const ProfileTable* table_;
  std::vector<const SectionReader*> heads_, bodies_;
  std::vector<std::vector<uint32_t>> stacks_;  // by chunk: the nodes of its stack ids
};

template <class T>
std::string_view AsBytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), sizeof(T) * values.size()};
}

// Seconds to decompress both columns.
double ZstdSeconds(const std::vector<uint32_t>& stacks, const std::vector<int64_t>& values) {
  std::string stack_frame, value_frame;
  CompressFrame(AsBytes(stacks), 3, &stack_frame);
  CompressFrame(AsBytes(values), 3, &value_frame);
  FrameDecoder zstd;
  std::vector<uint32_t> some(stacks.size());
  std::vector<int64_t> others(values.size());
  const double seconds = dolerite::bench::MedianSeconds([&] {
    Must(zstd.Decompress(stack_frame, 4 * some.size(), reinterpret_cast<char*>(some.data())));
    Must(zstd.Decompress(value_frame, 8 * others.size(), reinterpret_cast<char*>(others.data())));
  });
  Require(some == stacks && others == values, "zstd gave other values");
  return seconds;
}

double CopySeconds(const std::vector<uint32_t>& stacks, const std::vector<int64_t>& values) {
  std::vector<uint32_t> some(stacks.size());
  std::vector<int64_t> others(values.size());
  return dolerite::bench::MedianSeconds([&] {
    std::memcpy(some.data(), stacks.data(), 4 * stacks.size());
    std::memcpy(others.data(), values.data(), 8 * values.size());
    dolerite::bench::Use(*some.data());
    dolerite::bench::Use(*others.data());
  });
}

void PrintRate(const std::string& what, double samples, double seconds, const std::string& rival,
               double rival_seconds, const std::string& goal) {
  using dolerite::bench::Count;
  dolerite::bench::Print({what, Count(samples / seconds) + " samples/s",
                          rival + ": " + Count(samples / rival_seconds),
                          dolerite::bench::Times(rival_seconds / seconds), goal});
}

void Answer(const dolerite::bench::Series& series, const std::string& how,
            const BlockOptions& options) {
  const std::string block = dolerite::bench::BuildBlock(series.sources, options);
  const OpenChunks chunks(block);
  size_t samples = 0;
  std::vector<uint32_t> stacks;
  std::vector<int64_t> values;
  Require(chunks.SumHeads(&samples) == chunks.SumBodies(&stacks, &values),
          series.name + ": heads and bodies disagree");
  Require(samples == stacks.size() && samples == values.size(), "samples are missing");

  const double heads = dolerite::bench::MedianSeconds([&] {
    size_t n = 0;
    dolerite::bench::Use(chunks.SumHeads(&n));
  });
  const double bodies = dolerite::bench::MedianSeconds(
      [&] { dolerite::bench::Use(chunks.SumBodies(nullptr, nullptr)); });
  const double zstd = ZstdSeconds(stacks, values), copy = CopySeconds(stacks, values);
  const double n = static_cast<double>(samples);
  const std::string what = series.name + ", " + how + ", ";
  const char* goal = series.has_goals() ? "400 M" : "-";
  PrintRate(what + "heads", n, heads, "plain columns, zstd -3", zstd, goal);
  PrintRate(what + "bodies", n, bodies, "plain columns, zstd -3", zstd, goal);
  PrintRate(what + "bodies", n, bodies, "memcpy of plain columns", copy, "-");
}

void PrintMemory() {
  std::vector<uint64_t> large(size_t{8} << 20, 1), copy(large.size());
  const double bytes = 8.0 * static_cast<double>(large.size());
  const double sum = dolerite::bench::MedianSeconds(
      [&] { dolerite::bench::Use(std::accumulate(large.begin(), large.end(), uint64_t{0})); });
  const double copied = dolerite::bench::MedianSeconds([&] {
    std::memcpy(copy.data(), large.data(), 8 * large.size());
    dolerite::bench::Use(*copy.data());
  });
  dolerite::bench::Print({"limit: memory, 64 MiB", "-",
                          "sum: " + dolerite::bench::Count(bytes / sum) +
                              "B/s, memcpy: " + dolerite::bench::Count(bytes / copied) + "B/s"});
}

}  // namespace

int main() {
  dolerite::bench::Title("Scan of sample columns: stacks and one value");
  PrintMemory();
  for (const dolerite::bench::Series& series : dolerite::bench::AllSeries()) {
    if (series.kind().empty()) continue;
    Answer(series, "by groups", {});
    Answer(series, "profile by profile", {.profiles_per_group = 1});
  }
}
