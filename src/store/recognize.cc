#include "store/recognize.h"

#include <utility>

#include "store/errors.h"

namespace dolerite {

absl::StatusOr<std::string> RecognizeOwn(const ObjectStore& store, std::string_view key,
                                         std::string_view bytes, const absl::Status& refusal,
                                         const CallOptions& options) {
  // The whole object is read, which is rare: only after a repetition that was refused.
  auto found = store.Read(key, ByteRange::All(), options);
  if (found.ok() && found->slice.bytes == bytes) return std::move(found->version);
  // If the read fails in passing, so does the Put: nobody knows whose object it is.
  return MayPass(found.status()) ? found.status() : refusal;
}

}  // namespace dolerite
