// How large are blocks, beside the profiles as they were collected (pprof.gz), and beside one
// zstd -19 --long frame over all of them uncompressed?
#include <zstd.h>

#include <memory>
#include <string>

#include "dolerite/block_reader.h"
#include "support/series.h"
#include "support/table.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

BlockOptions Smallest() { return {.zstd_level = 19, .smallest = true}; }

void CheckBlock(const std::string& block, Sources sources) {
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  Require(Must(reader.ListProfiles()).profiles.size() == sources.size(), "profiles are missing");
  Require(reader.Verify()->empty(), "the block is damaged");
}

// Bytes of span and trace ids, which nothing can compress.
size_t LinkBytes(const std::string& block) {
  size_t bytes = 0;
  for (const ColumnUsage& column : Must(Must(BlockReader::FromBytes(block)).Usage())) {
    if (column.section == "links") bytes += column.stored;
  }
  return bytes;
}

// Bytes of one frame with a window of 128 MiB over all profiles.
size_t LongZstdBytes(Sources sources) {
  std::string raw;
  for (const Source& source : sources) raw += source.raw;
  const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                   ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 19);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, 27);
  std::string frame(ZSTD_compressBound(raw.size()), '\0');
  const size_t size =
      ZSTD_compress2(context.get(), frame.data(), frame.size(), raw.data(), raw.size());
  Require(!ZSTD_isError(size), "zstd failed");
  return size;
}

std::string GoalOf(const std::string& series) {
  if (series == "checkout-cpu" || series == "parca-public") return "30x";
  if (series == "checkout-heap") return "90x";
  return series == "checkout-whole" ? "18x" : "-";
}

void PrintWhole(const Series& series) {
  const size_t gz = GzBytes(series.sources);
  const double profiles = static_cast<double>(series.sources.size());
  const auto print = [&](const char* what, size_t bytes, const char* rival, size_t rival_bytes,
                         const std::string& goal) {
    Print({series.name + ", " + what, Bytes(bytes), rival + (": " + Bytes(rival_bytes)),
           Times(double(rival_bytes) / double(bytes)), goal});
  };
  const std::string plain = BuildBlock(series.sources);
  CheckBlock(plain, series.sources);
  const std::string smallest = BuildBlock(series.sources, Smallest());
  CheckBlock(smallest, series.sources);
  print("default", plain.size(), "pprof.gz", gz, GoalOf(series.name));
  print("default, all but span and trace ids", plain.size() - LinkBytes(plain), "pprof.gz", gz,
        "-");
  print("zstd 19, smallest", smallest.size(), "pprof.gz", gz, GoalOf(series.name));
  print("default", plain.size(), "zstd -19 --long", LongZstdBytes(series.sources), "-");
  const size_t by_profile = BuildBlock(series.sources, {.profiles_per_group = 1}).size();
  print("default, profile by profile", by_profile, "pprof.gz", gz, "-");
  Print({series.name + ", bytes a profile", Bytes(double(plain.size()) / profiles),
         "pprof.gz: " + Bytes(double(gz) / profiles)});
}

bool HasPodOf(const Series& series, size_t count) {
  const Sources all = series.sources;
  for (size_t i = 0; i + count <= all.size(); ++i) {
    if (all[i].pod == all[i + count - 1].pod) return true;
  }
  return false;
}

// Blocks of `count` consecutive profiles, of one pod if it has so many.
void PrintByProfiles(const Series& series, size_t count, const std::string& goal) {
  size_t gz = 0, bytes = 0, blocks = 0;
  const Sources all = series.sources;
  const bool one_pod = HasPodOf(series, count);
  for (size_t i = 0; i + count <= all.size();) {
    const Sources some = all.subspan(i, count);
    if (one_pod && some.front().pod != some.back().pod) {
      ++i;  // on to the next pod
      continue;
    }
    gz += GzBytes(some);
    bytes += BuildBlock(some).size();
    ++blocks;
    i += count;
  }
  if (blocks == 0) return;
  Print({Text("%s, %zu in a block (of %zu blocks)", series.name.c_str(), count, blocks),
         Bytes(double(bytes) / double(blocks * count)) + " a profile",
         "pprof.gz: " + Bytes(double(gz) / double(blocks * count)),
         Times(double(gz) / double(bytes)), goal});
}

}  // namespace

int main() {
  Title("Size of blocks");
  for (const Series& series : AllSeries()) PrintWhole(series);
  Title("Size by profiles in a block");
  for (const Series& series : AllSeries()) {
    if (series.kind().empty() || series.name == "parca-public") continue;
    const bool goals = series.name == "checkout-cpu";
    PrintByProfiles(series, 1, goals ? "2.5x" : "-");
    PrintByProfiles(series, 10, goals ? "9x" : "-");
    PrintByProfiles(series, 100, goals ? "24x" : "-");
  }
}
