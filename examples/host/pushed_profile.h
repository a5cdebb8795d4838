// What every way of pushing does to a profile before it is stored: names its type, its series and
// its time, so that the same profile is the same, however it came.
#ifndef DOLERITE_EXAMPLES_HOST_PUSHED_PROFILE_H_
#define DOLERITE_EXAMPLES_HOST_PUSHED_PROFILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/pprof.h"
#include "dolerite/profile.h"

namespace dolerite::host {

// The label that names a profile's type.
constexpr char kTypeLabel[] = "__name__";
constexpr char kServiceLabel[] = "service_name";

// By sample type the name that a client shows, from Pyroscope's `sample_type_config`.
using DisplayNames = std::map<std::string, std::string>;

// The name that Pyroscope gives to profiles with these sample types: process_cpu, wall, memory,
// mutex, block, goroutines; "" for others, which the library names. Go's mutex and block profiles
// have equal sample types, so they need display names.
std::string TypeName(const Profile& profile, const DisplayNames& names = {});

// A series of labels: those with `__` in front are dropped but for the type's name, and the service
// is `unknown_service` if none is given. InvalidArgument for a name that is empty or there twice,
// or for more than 64 KiB in all.
absl::StatusOr<LabelSet> SeriesOf(
    const std::vector<std::pair<std::string_view, std::string_view>>& labels);

// The pprof of a client, plain or compressed. Senders' well-known faults are mended. All errors are
// InvalidArgument: the same bytes are never good.
absl::StatusOr<Profile> ReadPushedPprof(std::string_view bytes);

// Times of 0 become `default_nanos`. Old agents write microseconds, which as nanoseconds lie in
// 1970: these are taken as such, so that a repetition has the same time.
void MendTime(int64_t default_nanos, Profile* profile);

// The message of a status that the sender alone can mend.
absl::Status Refused(const absl::Status& status);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PUSHED_PROFILE_H_
