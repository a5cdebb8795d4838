// OpenTelemetry Profiles (OTLP), read in every layout that is in the field.
// Source of the format: github.com/open-telemetry/opentelemetry-proto, profiles/v1development
//
// What has no column of its own in a Profile is kept in Profile::attributes, so that
// nothing is lost on the way through a block:
//   otlp.resource:<key>      resource attributes that are not (only) series labels
//   otlp.scope:<key>         scope attributes
//   otlp.scope.name, otlp.scope.version, otlp.resource.schema_url, otlp.scope.schema_url,
//   otlp.resource.dropped, otlp.scope.dropped (integers),
//   otlp.resource.entity     bytes: one for each entity reference, encoded
// Other keys are the profile's own. Of the semantic conventions, pprof.profile.*,
// pprof.mapping.has_*, pprof.location.is_folded and pprof.scope.* become fields. A mapping's
// build id is its attribute process.executable.build_id.gnu, else .go, .htlhash, .profiling; all
// of them stay attributes too.
#ifndef DOLERITE_OTLP_H_
#define DOLERITE_OTLP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/labels.h"
#include "dolerite/limits.h"
#include "dolerite/profile.h"

namespace dolerite {

// By the release of opentelemetry-proto that brought the layout. 1.10 is 1.11.
enum class OtlpLayout : uint8_t { kAuto, k1_5, k1_6, k1_7, k1_8, k1_9, k1_11 };

// "1.7"; "auto" for kAuto.
DOLERITE_EXPORT std::string_view OtlpLayoutName(OtlpLayout layout);

// The resource attributes that name a service and its instance.
DOLERITE_EXPORT std::vector<std::string> DefaultSeriesAttributes();

struct OtlpReadOptions {
  // profile_bytes bounds one call's input after decompression.
  ReadLimits limits;
  // A sender that states `OTLP-Profiles-Development-Version: 1` writes k1_11, and so does one
  // that states no version: the header came with that layout. A host that receives OTLP over the
  // network can give k1_11, which spares looking at the messages; kAuto reads older ones too.
  OtlpLayout layout = OtlpLayout::kAuto;
  // Resource attributes that become series labels, with `_` for `.` in the name. Strings,
  // numbers and booleans do, unless empty; what is not a string stays an attribute too.
  std::vector<std::string> series_attributes = DefaultSeriesAttributes();
  // Bytes of the value of one such attribute.
  size_t series_value_bytes = 4096;
  // Bytes of all profiles of one call, beside limits.memory_bytes: they share a dictionary in the
  // message, but not in memory. ViewOtlp counts tables once, and stacks for each profile.
  size_t memory_bytes = size_t{256} << 20;
  // False: a call gives everything or an error. True: it gives what is valid, and the report
  // lists the rest; a profile that came with samples and has no valid one is left out. Going past a
  // limit is an error in either case.
  bool take_sound = false;
};

struct OtlpRefusal {
  std::string path;  // resource_profiles[3].scope_profiles[0].profiles[1].samples[9].stack_index
  absl::Status status;
};

struct OtlpReadReport {
  OtlpLayout layout = OtlpLayout::kAuto;  // of the first message with profiles
  uint64_t messages = 0;
  uint64_t profiles_joined = 0;        // that became a further sample type of another profile
  uint64_t samples_combined = 0;       // of equal stack, attributes and link
  uint64_t unknown_fields = 0;         // skipped
  uint64_t null_entries_ignored = 0;   // content in entry 0 of a table, which means "none"
  uint64_t mappings_dropped = 0;       // that no profile uses, of messages of several profiles
  uint64_t temporalities_dropped = 0;  // that sample types of older layouts state
  // take_sound only: parts that are not valid (messages, profiles, samples, entries of tables), and
  // how many profiles are left out as a whole for them.
  uint64_t refused = 0, profiles_refused = 0;
  std::vector<OtlpRefusal> refusals;  // the first 1000
};

// Reads ProfilesData or ExportProfilesServiceRequest: one message, or several, each behind its
// length (4 bytes, the highest first; the same behind gRPC's flag; or a varint), or OTLP/JSON, one
// object or several; plain, gzip or zstd. A profile of
// several sample types that was split for OTLP is put together again if all of its parts name the
// same samples. InvalidArgument, with the path, for what is not valid; ResourceExhausted past a
// limit.
DOLERITE_EXPORT absl::StatusOr<std::vector<SeriesProfile>> ReadOtlp(
    std::string_view bytes, const OtlpReadOptions& options = {}, OtlpReadReport* report = nullptr);

// The series and the profile live until the call returns. An error ends the viewing.
using OtlpView = std::function<absl::Status(const LabelSet& series, const Profile& profile)>;

// ReadOtlp for those who only look at the profiles, such as a BlockBuilder: the profiles of a
// message share its tables as they came, so each costs its samples alone, and BlockBuilder::Add
// merges a row of the tables once for all profiles of a service that follow each other. A profile
// says what it says there, but its symbols and stacks may have rows that only others use, also
// mappings. Nothing is viewed unless all can be read. Errors are those of ReadOtlp, then of `view`.
DOLERITE_EXPORT absl::Status ViewOtlp(std::string_view bytes, const OtlpView& view,
                                      const OtlpReadOptions& options = {},
                                      OtlpReadReport* report = nullptr);

// Reads one input after the other and reuses its buffers, which grow to what the largest took. Not
// thread-safe; a view must not use the reader that calls it.
class DOLERITE_EXPORT OtlpReader {
 public:
  explicit OtlpReader(const OtlpReadOptions& options = {});
  ~OtlpReader();
  OtlpReader(OtlpReader&&) noexcept;
  OtlpReader& operator=(OtlpReader&&) noexcept;

  // As ReadOtlp and ViewOtlp. After an error, too, the next input may be read.
  absl::StatusOr<std::vector<SeriesProfile>> Read(std::string_view bytes);
  absl::Status View(std::string_view bytes, const OtlpView& view);

  // Of the last call.
  const OtlpReadReport& report() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct OtlpWriteOptions {
  // Series labels that are named after one of these, with `_` for `.`, take its name.
  std::vector<std::string> series_attributes = DefaultSeriesAttributes();
};

// The profiles as one message of the layout 1.11, not compressed. A profile of several sample
// types becomes one for each, in a scope of their own with pprof.scope.sample_type_order; labels
// of the series become resource attributes. A build id that no attribute says becomes
// process.executable.build_id.go if it has a slash, else .gnu. What OTLP can't say is left out
// (times before the epoch, structured values and entity references that are not valid, unknown
// otlp.* keys) or changed: a text that is not UTF-8 gets U+FFFD for what is not, since readers
// refuse a whole message for one such text. The number of such things goes to *dropped if given,
// equal texts counted once. InvalidArgument if Validate fails.
DOLERITE_EXPORT absl::StatusOr<std::string> WriteOtlp(std::span<const SeriesProfile> profiles,
                                                      const OtlpWriteOptions& options = {},
                                                      uint64_t* dropped = nullptr);

}  // namespace dolerite

#endif  // DOLERITE_OTLP_H_
