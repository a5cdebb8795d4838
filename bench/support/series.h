// The profiles that benchmarks are about: those bundled with the examples, and the corpus
// beside the source tree, if it is there.
#ifndef DOLERITE_BENCH_SUPPORT_SERIES_H_
#define DOLERITE_BENCH_SUPPORT_SERIES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/labels.h"
#include "dolerite/profile.h"

namespace dolerite::bench {

// One profile as it was collected.
struct Source {
  std::string pod;  // version and pod
  LabelSet labels;
  std::string gz, raw;  // pprof, with gzip and without
};

struct Series {
  std::string name;             // the same as in run.sh
  std::vector<Source> sources;  // by version, pod, time

  std::string kind() const;  // "cpu", "heap", .. or "" if there are several
  // The design's numbers are for series of about this size.
  bool has_goals() const { return name.starts_with("checkout-"); }
};

using Sources = std::span<const Source>;

// What is there, of at least one profile. Says on stderr what is not.
const std::vector<Series>& AllSeries();

// One of them; null if it is not there.
const Series* FindSeries(std::string_view name);

size_t GzBytes(Sources sources);
size_t RawBytes(Sources sources);

std::vector<Profile> ReadProfiles(Sources sources);
std::string BuildBlock(Sources sources, const BlockOptions& options = {});
// The same profiles again and again, each time `shift_nanos` later: more samples of the same
// stacks.
std::string BuildRepeated(Sources sources, size_t copies, int64_t shift_nanos,
                          const BlockOptions& options = {});
// The indices of all profiles of a block.
std::vector<size_t> AllProfiles(const BlockReader& reader);
// From the earliest profile to the latest one.
int64_t SpanNanos(Sources sources);

}  // namespace dolerite::bench

#endif  // DOLERITE_BENCH_SUPPORT_SERIES_H_
