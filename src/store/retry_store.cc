#include <algorithm>
#include <utility>

#include "base/status.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/stores.h"
#include "store/errors.h"

namespace dolerite {
namespace {

const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) ||
         absl::IsResourceExhausted(status);
}

// Counts the attempts and waits of one call.
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

class RetryStore : public ForwardingStore {
 public:
  RetryStore(ObjectStore* inner, const RetryOptions& options)
      : ForwardingStore(inner), options_(options) {}

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    return Repeat([&] { return inner()->Read(key, range, options); });
  }

  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return Repeat([&] { return inner()->ReadMany(key, ranges, options); });
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    // A first Put that is refused is refused. After a repetition it may be our own object that is
    // in the way.
    bool repeated = false;
    return Repeat([&]() -> absl::StatusOr<std::string> {
      auto version = inner()->Put(key, bytes, put, options);
      const bool refused =
          absl::IsAlreadyExists(version.status()) || absl::IsFailedPrecondition(version.status());
      if (refused && repeated) return Recognize(key, bytes, version.status(), options);
      repeated = true;
      return version;
    });
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    return Repeat([&] { return inner()->Head(key, options); });
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    return Repeat([&] { return inner()->List(prefix, list, options); });
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    return Repeat([&] { return inner()->Delete(key, options); });
  }

 private:
  // Calls until one has an answer, a fault that lasts, or no attempt left: then the last result.
  template <class Call>
  auto Repeat(const Call& call) const -> decltype(call()) {
    Backoff backoff(options_);
    for (;;) {
      auto result = call();
      if (!MayPass(StatusOf(result)) || !backoff.Again()) return result;
      DOLERITE_RETURN_IF_ERROR(backoff.Wait());
    }
  }

  // A repeated Put was refused. The version of the object if it holds `bytes`: then an earlier
  // attempt wrote it although it reported a failure. Otherwise `refusal`.
  absl::StatusOr<std::string> Recognize(std::string_view key, std::string_view bytes,
                                        const absl::Status& refusal,
                                        const CallOptions& options) const {
    auto found = inner()->Read(key, ByteRange::All(), options);
    if (found.ok() && found->slice.bytes == bytes) return std::move(found->version);
    return MayPass(found.status()) ? found.status() : refusal;
  }

  const RetryOptions options_;
};

}  // namespace

std::unique_ptr<ObjectStore> MakeRetryStore(ObjectStore* inner, const RetryOptions& options) {
  return std::make_unique<RetryStore>(inner, options);
}

}  // namespace dolerite
