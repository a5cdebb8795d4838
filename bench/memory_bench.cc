// How much memory does a builder take, beside what it says of itself? In a process that has done
// nothing else: peaks of resident memory as Linux counts them.
#include <malloc.h>

#include <fstream>
#include <string>

#include "dolerite/block_builder.h"
#include "dolerite/pprof.h"
#include "support/series.h"
#include "support/table.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

// "VmRSS" or "VmHWM", which is the highest so far.
double ResidentBytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib;
    if (word == field + ":" && status >> kib) return kib * 1024;
  }
  return 0;
}

void PrintMore(const std::string& what, double bytes, double rival) {
  Print({what, Bytes(bytes), "memory_bytes(): " + Bytes(rival), Times(bytes / rival)});
}

void Answer(const Series& series) {
  const double before = ResidentBytes("VmRSS");
  BlockBuilder builder = Must(BlockBuilder::Make());
  PprofReader reader;
  Profile profile;
  for (const Source& source : series.sources) {
    Must(reader.Read(source.gz, &profile));
    Must(builder.Add(source.labels, profile));
  }
  const double held = static_cast<double>(builder.memory_bytes());
  const double added = ResidentBytes("VmRSS");
  const std::string block = Must(std::move(builder).Finish());
  const double peak = ResidentBytes("VmHWM");
  PrintMore(series.name + ", held before finish (with reader)", added - before, held);
  PrintMore(series.name + ", peak in finish", peak - before, held);
  Print({series.name + ", peak in finish", Bytes(peak - before),
         "raw pprof: " + Bytes(double(RawBytes(series.sources))),
         Times((peak - before) / double(RawBytes(series.sources)))});
}

}  // namespace

int main() {
  Title("Memory of a builder");
  const Series* series = FindSeries("checkout-whole");
  if (series == nullptr) series = FindSeries("bundled-cpu");
  malloc_trim(0);
  Answer(*series);
}
