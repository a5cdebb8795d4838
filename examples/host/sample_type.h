// Profiles of the one sample type that a question names.
#ifndef DOLERITE_EXAMPLES_HOST_SAMPLE_TYPE_H_
#define DOLERITE_EXAMPLES_HOST_SAMPLE_TYPE_H_

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/profile.h"
#include "dolerite/selection.h"
#include "profile_type_id.h"
#include "tenant.h"

namespace dolerite::host {

// Leaves this sample type, and the samples that have a value of it.
void KeepSampleType(const ProfileTypeId& id, Profile* profile);

// All selected profiles as one of this sample type alone. ProfileQuestion keeps all sample types,
// so it refuses profiles that differ in them, such as those of two SDKs.
absl::StatusOr<Profile> MergeSampleType(const ProfileTypeId& id, const Selection& selection,
                                        Tenant& tenant, const CallContext& call);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_SAMPLE_TYPE_H_
