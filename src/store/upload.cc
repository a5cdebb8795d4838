// The public calls keep the order: no piece after the end, none after a loss.
#include "dolerite/upload.h"

#include <memory>
#include <utility>

#include "base/status.h"
#include "dolerite/object_store.h"
#include "store/errors.h"
#include "store/recognize.h"

namespace dolerite {

Upload::~Upload() = default;

absl::Status Upload::Append(std::string_view bytes) { return Append(bytes, {}); }

absl::StatusOr<std::string> Upload::Finish() { return Finish({}); }

absl::Status Upload::Append(std::string_view bytes, const CallOptions& options) {
  DOLERITE_RETURN_IF_ERROR(Begin(options));
  // An empty piece changes nothing, and some stores refuse one.
  if (bytes.empty()) return absl::OkStatus();
  absl::Status status = DoAppend(bytes, options);
  // Of whole pieces, so that a store knows where a failed one began.
  if (status.ok()) size_ += bytes.size();
  Note(status);
  return status;
}

absl::StatusOr<std::string> Upload::Finish(const CallOptions& options) {
  DOLERITE_RETURN_IF_ERROR(Begin(options));
  auto version = DoFinish(options);
  Note(version.status());
  over_ |= version.ok();
  return version;
}

absl::Status Upload::Begin(const CallOptions& options) const {
  if (over_) return FailedPrecondition("the upload is over: it was finished, or has failed");
  return options.context.Check();
}

// A failure that may pass leaves the upload as it was: the same piece may come again.
void Upload::Note(const absl::Status& status) { over_ |= !status.ok() && !MayPass(status); }

namespace {

// For stores that can't stream: keeps all bytes, and puts them at the end.
class BufferedUpload : public Upload {
 public:
  BufferedUpload(ObjectStore* store, std::string_view key) : store_(store), key_(key) {}

 protected:
  // In memory up to the end: stores that can't stream suit blocks of moderate size.
  absl::Status DoAppend(std::string_view bytes, const CallOptions&) override {
    bytes_.append(bytes);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override {
    auto version = store_->Put(key_, bytes_, {}, options);
    // The first Put that is refused is refused. A later one may have met our own object.
    if (absl::IsAlreadyExists(version.status()) && repeated_) {
      return RecognizeOwn(*store_, key_, bytes_, version.status(), options);
    }
    repeated_ = true;
    return version;
  }

 private:
  ObjectStore* const store_;
  const std::string key_;
  std::string bytes_;
  bool repeated_ = false;  // an earlier Put may have taken place
};

}  // namespace

absl::StatusOr<std::unique_ptr<Upload>> ObjectStore::DoStartUpload(std::string_view key,
                                                                   const CallOptions&) {
  return std::make_unique<BufferedUpload>(this, key);
}

}  // namespace dolerite
