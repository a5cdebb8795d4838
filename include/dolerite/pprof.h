// pprof's profile.proto, read and written.
// Source of the format: github.com/google/pprof/blob/main/proto/profile.proto
#ifndef DOLERITE_PPROF_H_
#define DOLERITE_PPROF_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/limits.h"
#include "dolerite/profile.h"

namespace dolerite {

struct PprofReadOptions {
  ReadLimits limits;
  // Mends what senders are known to get wrong instead of refusing the file, and cuts labels of a
  // sample and depths of stacks to their limits; each repair is counted in the report.
  bool lenient = false;
  // Names of the sample labels that hold the id of a span or of a trace, the most wanted first:
  // also "profile_id" (Pyroscope), "span id", "local root span id" (Datadog). A sample with exactly
  // one label of a name, of 16 (span) or 32 (trace) lower-case hex digits or, for a span, a number
  // without a unit, not 0, gets a link instead of that label. The writer writes it in hex as
  // PprofWriteOptions says, whatever it was. An empty list keeps labels.
  std::vector<std::string> span_labels = {"span_id"};
  std::vector<std::string> trace_labels = {"trace_id"};
};

// What a reader did beyond copying. All 0 for a file that is in order.
struct PprofReadReport {
  // Skipped: those inside messages, and top-level ones (which are kept otherwise)
  // past limits.unknown_field_bytes.
  uint64_t unknown_fields = 0;
  uint64_t labels_with_two_values = 0;  // a string and a number: the string was kept
  uint64_t dangling_mappings = 0;       // of locations: taken as "no mapping"
  // Lenient only:
  uint64_t strings_replaced = 0;   // index outside the table: taken as ""
  uint64_t samples_dropped = 0;    // their values or locations do not fit
  uint64_t locations_dropped = 0;  // id 0 or used twice
  uint64_t functions_dropped = 0;
  uint64_t lines_dropped = 0;  // of a function that is not there
  uint64_t mappings_dropped = 0;
  // Functions whose ids were all 0, as some .NET agents write them: numbered 1, 2, 3 ... in their
  // order. Where the lines name no function either, line n gets function n.
  uint64_t functions_numbered = 0;
  uint64_t labels_cut = 0;      // of samples, past limits.labels_per_sample
  uint64_t frames_cut = 0;      // of stacks, past limits.stack_depth; the leaf's side is kept
  uint64_t trailing_bytes = 0;  // behind a compressed stream
  // Behind the first of several profiles, which alone was read: the others begin
  // that many bytes before the end of the decompressed file. Seen by a second
  // time_nanos behind new sample types; without times their ids just clash, and
  // are counted above.
  uint64_t concatenated_bytes = 0;

  uint64_t repairs() const {
    return strings_replaced + samples_dropped + locations_dropped + functions_dropped +
           lines_dropped + mappings_dropped + functions_numbered + labels_cut + frames_cut +
           (trailing_bytes > 0) + (concatenated_bytes > 0);
  }
};

// Reads profiles one after the other and reuses its buffers. Not thread-safe.
class DOLERITE_EXPORT PprofReader {
 public:
  explicit PprofReader(const PprofReadOptions& options = {});
  ~PprofReader();
  PprofReader(PprofReader&&) noexcept;
  PprofReader& operator=(PprofReader&&) noexcept;

  // Reads plain, gzip (several members are one stream) or zstd bytes into
  // `profile`, whose old content goes. InvalidArgument for what is not a valid
  // profile, with field and byte position; ResourceExhausted past a limit. The
  // profile is unspecified (but safe to reuse) after an error.
  absl::Status Read(std::string_view bytes, Profile* profile);

  // Of the last Read.
  const PprofReadReport& report() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One profile, with default buffers.
DOLERITE_EXPORT absl::StatusOr<Profile> ReadPprof(std::string_view bytes,
                                                  const PprofReadOptions& options = {});

struct PprofWriteOptions {
  bool gzip = true;
  int gzip_level = 6;  // 1 (fast) to 12
  std::string span_label = "span_id";
  std::string trace_label = "trace_id";
};

// The profile as pprof bytes, the same for equal profiles: all mappings, functions
// and locations in their order, packed. Labels that are neither strings nor integers
// are written as text; bytes as they are. What pprof can't say (timestamps, structured
// labels, attributes other than labels of samples, id and payload) is left out; the
// number of such things goes to *dropped if given. InvalidArgument if Validate fails,
// or if profile.unknown_fields is not a run of unknown fields.
DOLERITE_EXPORT absl::StatusOr<std::string> WritePprof(const Profile& profile,
                                                       const PprofWriteOptions& options = {},
                                                       uint64_t* dropped = nullptr);

}  // namespace dolerite

#endif  // DOLERITE_PPROF_H_
