// Whether an object that is in the way is our own.
#ifndef DOLERITE_STORE_RECOGNIZE_H_
#define DOLERITE_STORE_RECOGNIZE_H_

#include <string>
#include <string_view>

#include "dolerite/object_store.h"

namespace dolerite {

// A repeated Put of `bytes` was refused. The version of the object if it holds `bytes`: then an
// earlier attempt wrote it although it reported a failure. Otherwise `refusal`.
absl::StatusOr<std::string> RecognizeOwn(const ObjectStore& store, std::string_view key,
                                         std::string_view bytes, const absl::Status& refusal,
                                         const CallOptions& options);

}  // namespace dolerite

#endif  // DOLERITE_STORE_RECOGNIZE_H_
