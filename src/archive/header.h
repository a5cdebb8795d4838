// The archive's header, where it is missing.
#ifndef DOLERITE_ARCHIVE_HEADER_H_
#define DOLERITE_ARCHIVE_HEADER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/object_store.h"

namespace dolerite {

// Whether a store without a header has more than what Create leaves if it dies in the middle: then
// an archive has lost its header.
absl::StatusOr<bool> HasRemains(const ObjectStore& store, const CallContext& call);

// What is wrong with such a store.
absl::Status LostHeader();

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_HEADER_H_
