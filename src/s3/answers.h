// What the bodies of an S3 server's answers say. All of them may be hostile: what is not as the
// protocol has it is Unavailable.
#ifndef DOLERITE_S3_ANSWERS_H_
#define DOLERITE_S3_ANSWERS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/object_store.h"

namespace dolerite::s3 {

struct ServerError {
  std::string code;     // "NoSuchKey"
  std::string message;  // printable, of bounded length
  std::string region;   // where the bucket is, if another region was asked
  std::string endpoint;
};
// True, and the error, if the body is a document whose root is Error.
bool FindError(std::string_view body, ServerError* error);

struct ListAnswer {
  std::vector<ObjectInfo> objects;  // with the names that the server has, as they come
  bool truncated = false;
  std::string next_token;
};
absl::StatusOr<ListAnswer> ParseList(std::string_view body);

// The id of an upload that was begun.
absl::StatusOr<std::string> ParseUploadId(std::string_view body);

// The version of the object that an upload became; "" if the answer does not tell (radosgw).
absl::StatusOr<std::string> ParseCompleted(std::string_view body);

struct OpenUpload {
  std::string key;
  std::string id;
  int64_t started_unix_seconds = 0;
};
struct UploadsAnswer {
  std::vector<OpenUpload> uploads;
  bool truncated = false;
  std::string next_key, next_id;  // where the next page begins
};
absl::StatusOr<UploadsAnswer> ParseUploads(std::string_view body);

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_ANSWERS_H_
