// Objects that are sent in parts.
#ifndef DOLERITE_S3_MULTIPART_H_
#define DOLERITE_S3_MULTIPART_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/upload.h"
#include "s3/client.h"

namespace dolerite::s3 {

// An upload of the object `key`. One that is shorter than a part is one Put. `client` must outlive
// it.
std::unique_ptr<Upload> MakeMultipartUpload(Client* client, std::string key, uint64_t part_bytes);

// S3Store::AbortUploads, of whole keys.
absl::StatusOr<uint64_t> AbortOldUploads(Client* client, const std::string& prefix,
                                         int64_t started_before, const CallContext& context);

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_MULTIPART_H_
