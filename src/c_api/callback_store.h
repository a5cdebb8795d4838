// A store that the caller implements.
#ifndef DOLERITE_C_API_CALLBACK_STORE_H_
#define DOLERITE_C_API_CALLBACK_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "dolerite/dolerite.h"
#include "dolerite/object_store.h"

namespace dolerite::c_api {

// Frees the context when the last user of the store is gone; after an error it is the caller's.
absl::StatusOr<std::shared_ptr<ObjectStore>> MakeCallbackStore(
    const dolerite_store_callbacks& callbacks);

}  // namespace dolerite::c_api

#endif  // DOLERITE_C_API_CALLBACK_STORE_H_
