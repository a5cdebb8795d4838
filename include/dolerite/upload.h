// An object that is written piece by piece.
#ifndef DOLERITE_UPLOAD_H_
#define DOLERITE_UPLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/export.h"

namespace dolerite {

struct CallOptions;

// Made by ObjectStore::StartUpload. Nothing of the object can be listed or read until Finish has
// returned OK; then it is there whole. An upload that is destroyed before leaves nothing that can
// be listed or read. For one thread at a time; must not outlive its store.
//
// Errors are those of Put. After Unavailable, Aborted or ResourceExhausted the same call may be
// made again. OK of Finish and any other error end the upload: later calls are FailedPrecondition.
//
// A host that streams derives from this class and implements the two Do calls.
class DOLERITE_EXPORT Upload {
 public:
  Upload() = default;
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;
  virtual ~Upload();

  // Adds `bytes` to the end. If it fails, none of them have been added.
  absl::Status Append(std::string_view bytes, const CallOptions& options);
  absl::Status Append(std::string_view bytes);

  // Makes the object visible, durably, and returns its version: AlreadyExists if there is another
  // object of this key. If an earlier Finish failed although it took place, the next one is OK.
  absl::StatusOr<std::string> Finish(const CallOptions& options);
  absl::StatusOr<std::string> Finish();

  uint64_t size() const { return size_; }  // bytes added so far

 protected:
  virtual absl::Status DoAppend(std::string_view bytes, const CallOptions& options) = 0;
  virtual absl::StatusOr<std::string> DoFinish(const CallOptions& options) = 0;

 private:
  // Whether the upload may go on; notes its end.
  absl::Status Begin(const CallOptions& options) const;
  void Note(const absl::Status& status);

  uint64_t size_ = 0;
  bool over_ = false;
};

}  // namespace dolerite

#endif  // DOLERITE_UPLOAD_H_
