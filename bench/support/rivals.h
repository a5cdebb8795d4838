// What google/pprof took for the same profiles: lines that rivals/pprof_merge.go has printed.
#ifndef DOLERITE_BENCH_SUPPORT_RIVALS_H_
#define DOLERITE_BENCH_SUPPORT_RIVALS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dolerite::bench {

// Seconds, medians.
struct GoTime {
  double wall = 0, cpu = 0;
};

class Rivals {
 public:
  // Reads the file that the program's argument names. No argument: nothing is known.
  Rivals(int argc, char** argv);

  // `op` is "parse" (gunzip and parse all) or "merge" (and merge them, kind by kind).
  std::optional<GoTime> Go(const std::string& series, const std::string& op, int procs) const;

  // Sums of the merged profile by "kind:type/unit"; empty if it is not known.
  const std::map<std::string, int64_t>& Totals(const std::string& series) const;

  // "not installed", or the time.
  static std::string Text(const std::optional<double>& seconds);

 private:
  struct Runs {
    std::vector<double> wall, cpu;
  };
  std::map<std::string, Runs> runs_;  // by series, op and procs
  std::map<std::string, std::map<std::string, int64_t>> totals_;
};

}  // namespace dolerite::bench

#endif  // DOLERITE_BENCH_SUPPORT_RIVALS_H_
