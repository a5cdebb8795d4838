// How fast is an import with the tool on two cores, beside one, and how many requests does it take?
// 19 copies of the corpus series under labels of their own are 10,184 profiles.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "dolerite/stores.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;
namespace fs = std::filesystem;

constexpr int kCopies = 19;
constexpr int kRuns = 3;

void Write(const Series& series, const fs::path& folder) {
  for (int copy = 0; copy < kCopies; ++copy) {
    for (size_t i = 0; i < series.sources.size(); ++i) {
      const Source& source = series.sources[i];
      const fs::path pod = folder / std::to_string(copy) / source.pod;
      fs::create_directories(pod);
      const std::string kind(source.labels.Get("kind").value_or("other"));
      std::ofstream(pod / (std::to_string(i) + "." + kind + ".pb.gz"), std::ios::binary)
          << source.gz;
    }
  }
}

// The tool as a user starts it, with as many threads.
double ImportSeconds(const fs::path& folder, const fs::path& archive, int threads) {
  double least = 0;
  const std::string command = std::string(DOLERITE_TOOL) + " import -j " + std::to_string(threads) +
                              " --path-labels '{run}/{version}/{pod}/*.{kind}.pb.gz'" +
                              " --labels service_name=checkout " + archive.string() + " " +
                              folder.string() + " 2>/dev/null";
  for (int run = 0; run < kRuns; ++run) {
    fs::remove_all(archive);
    const auto begin = std::chrono::steady_clock::now();
    Require(std::system(command.c_str()) == 0, "an import failed");
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    least = run == 0 ? seconds.count() : std::min(least, seconds.count());
  }
  return least;
}

}  // namespace

int main() {
  Title("Import with the tool; least time on the wall");
  const Series* series = FindSeries("checkout-whole");
  if (series == nullptr) return 0;
  const fs::path work = fs::temp_directory_path() / ("import_bench-" + std::to_string(getpid()));
  Write(*series, work / "profiles");
  const double one = ImportSeconds(work / "profiles", work / "archive", 1);
  const double two = ImportSeconds(work / "profiles", work / "archive", 2);
  const std::string profiles = std::to_string(series->sources.size() * kCopies) + " profiles";
  Print({profiles + ", two threads", Time(two), "one thread: " + Time(one), Times(one / two),
         "1.6x"});
  // Every object is one create, and nothing is written twice. A new archive takes two: its first
  // manifest and its header.
  const auto store = Must(OpenLocalStore((work / "archive").string()));
  const double segments = static_cast<double>(Must(store->ListAll("segments/")).size());
  const double creates = static_cast<double>(Must(store->ListAll("")).size()) - 2;
  Print({profiles + ", creates beside the new archive's 2", Count(creates),
         "segments: " + Count(segments), Times(creates / segments), "1.1x"});
  fs::remove_all(work);
}
