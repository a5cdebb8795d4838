// From a tenant's id, which a client chose, to a part of keys in the store.
#ifndef DOLERITE_EXAMPLES_HOST_TENANT_NAME_H_
#define DOLERITE_EXAMPLES_HOST_TENANT_NAME_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dolerite::host {

// Names of different ids differ, also where upper and lower case are the same. A name has no slash,
// so no tenant's keys begin with another's `name/`. InvalidArgument for an empty id, or one whose
// name would be longer than 240 bytes.
absl::StatusOr<std::string> TenantName(std::string_view id);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_TENANT_NAME_H_
