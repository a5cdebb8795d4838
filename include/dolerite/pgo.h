// CPU profiles in the form that compilers optimise by.
#ifndef DOLERITE_PGO_H_
#define DOLERITE_PGO_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/profile.h"

namespace dolerite {

struct GoPgoOptions {
  // Locations kept of each stack, from the leaf (0: all). Fewer make a smaller file. Go 1.21 and
  // later look at two, so anything from there on gives the same build.
  size_t keep_frames = 5;
  // Samples in one function sum up wherever in it they were taken: the leaf location's address and
  // mapping, and the line of its innermost call, are dropped. Go reads the lines of callers only.
  // A leaf that occurs in its stack a second time stays as it is: else calls would be miscounted.
  bool aggregate_callees = true;
};

// What `go build -pgo=FILE` needs of a profile, or of what many were merged into, as a profile
// that WritePprof turns into the file (default.pgo). The same calls with the same weights, and so
// the same build, with far fewer samples.
//
// Kept: sample types samples/count and cpu/nanoseconds, in their order (Go takes the first one),
// period, time, duration, mappings, and of each stack that adds up to anything but 0 the frames
// nearest the leaf. Equal stacks are one sample with the exact sum. Left out: other sample types,
// labels, attributes, links, timestamps, comments, patterns of frames to drop, id and payload.
// Tables and samples are in canonical order: the order of the input's does not matter.
//
// InvalidArgument if Validate fails, if neither sample type is there (a heap profile ..), or if
// samples are left but no start line of any function: Go places calls by their distance from
// it. A profile without samples is fine. OutOfRange if a sum leaves 64 bits.
//
// Source: cmd/internal/pgo and internal/profile of the Go tree.
DOLERITE_EXPORT absl::StatusOr<Profile> GoPgoProfile(const Profile& profile,
                                                     const GoPgoOptions& options = {});

}  // namespace dolerite

#endif  // DOLERITE_PGO_H_
