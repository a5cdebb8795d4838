// Requests about one object. Keys are whole: they have the store's prefix.
#ifndef DOLERITE_S3_OBJECTS_H_
#define DOLERITE_S3_OBJECTS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/object_store.h"
#include "s3/client.h"

namespace dolerite::s3 {

// As the calls of ObjectStore.
absl::StatusOr<ReadResult> ReadObject(Client* client, std::string_view key, const ByteRange& range,
                                      const CallOptions& options);
absl::StatusOr<std::string> PutObject(Client* client, std::string_view key, std::string_view bytes,
                                      const PutOptions& put, const CallContext& context);
absl::StatusOr<ObjectInfo> HeadObject(Client* client, std::string_view key,
                                      const CallContext& context);
absl::Status DeleteObject(Client* client, std::string_view key, const CallContext& context);

// The version that an answer gives. Unavailable if it gives none.
absl::StatusOr<std::string> VersionOf(const Head& head, std::string_view key);

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_OBJECTS_H_
