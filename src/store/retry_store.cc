// A call is repeated from its beginning. What may be repeated without harm, the contract says:
// reads, Deletes, and Puts that recognise what they wrote.
#include <algorithm>
#include <utility>

#include "base/status.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/stores.h"
#include "store/errors.h"
#include "store/recognize.h"

namespace dolerite {
namespace {

// For calls that give a value and for those that give none.
const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Counts the attempts and waits of one call.
// Time is the host's: it is asked to wait, and may end the call instead.
class Backoff {
 public:
  explicit Backoff(const RetryOptions& options)
      : options_(options), next_(options.first_wait_millis) {}

  // Prepares the next wait. False if the call has had all its attempts or waits.
  bool Again() {
    if (++attempts_ >= options_.attempts) return false;
    wait_ = std::min(next_, options_.longest_wait_millis);
    // Twice as long each time; `random` keeps many clients from coming back at once.
    next_ = wait_ * 2;
    if (options_.random) wait_ -= static_cast<uint64_t>(wait_ * 0.5 * options_.random());
    // The wait is not begun if it would pass the bound.
    if (wait_ > options_.all_waits_millis - waited_) return false;
    waited_ += wait_;
    return true;
  }
  absl::Status Wait() const { return options_.wait(wait_); }

 private:
  const RetryOptions& options_;
  uint64_t next_, wait_ = 0, waited_ = 0;
  int attempts_ = 0;
};

// Calls until one has an answer, a fault that lasts, or no attempt left: then the last result.
template <class Call>
auto Repeat(const RetryOptions& options, const Call& call) -> decltype(call()) {
  Backoff backoff(options);
  for (;;) {
    auto result = call();
    if (!MayPass(StatusOf(result)) || !backoff.Again()) return result;
    // A wait that the host ends is the end of the call.
    DOLERITE_RETURN_IF_ERROR(backoff.Wait());
  }
}

// Call by call: a piece that failed comes again, not the whole upload.
class RetryUpload : public ForwardingUpload {
 public:
  RetryUpload(std::unique_ptr<Upload> inner, const RetryOptions& options)
      : ForwardingUpload(std::move(inner)), options_(options) {}

 protected:
  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override {
    return Repeat(options_, [&] { return inner().Append(bytes, options); });
  }

  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override {
    return Repeat(options_, [&] { return inner().Finish(options); });
  }

 private:
  const RetryOptions& options_;  // of the store
};

class RetryStore : public ForwardingStore {
 public:
  RetryStore(ObjectStore* inner, const RetryOptions& options)
      : ForwardingStore(inner), options_(options) {}

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    return Repeat(options_, [&] { return inner()->Read(key, range, options); });
  }

  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return Repeat(options_, [&] { return inner()->ReadMany(key, ranges, options); });
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    // A first Put that is refused is refused. After a repetition it may be our own object that is
    // in the way.
    bool repeated = false;
    return Repeat(options_, [&]() -> absl::StatusOr<std::string> {
      auto version = inner()->Put(key, bytes, put, options);
      const bool refused =
          absl::IsAlreadyExists(version.status()) || absl::IsFailedPrecondition(version.status());
      if (refused && repeated) return RecognizeOwn(*inner(), key, bytes, version.status(), options);
      repeated = true;
      return version;
    });
  }

  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    DOLERITE_ASSIGN_OR_RETURN(std::unique_ptr<Upload> upload,
                              Repeat(options_, [&] { return inner()->StartUpload(key, options); }));
    return std::make_unique<RetryUpload>(std::move(upload), options_);
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    return Repeat(options_, [&] { return inner()->Head(key, options); });
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    return Repeat(options_, [&] { return inner()->List(prefix, list, options); });
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    return Repeat(options_, [&] { return inner()->Delete(key, options); });
  }

 private:
  const RetryOptions options_;
};

}  // namespace

std::unique_ptr<ObjectStore> MakeRetryStore(ObjectStore* inner, const RetryOptions& options) {
  return std::make_unique<RetryStore>(inner, options);
}

}  // namespace dolerite
