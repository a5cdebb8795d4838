#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/status.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/stores.h"
#include "store/errors.h"

namespace dolerite {
namespace {

// So many calls may be under way; others wait for their turn. Who waits longest need not come
// first.
class Turns {
 public:
  explicit Turns(int free) : free_(free) {}

  absl::Status Take(const CallOptions& options) {
    // Woken now and then, to ask whether the caller still wants to wait.
    constexpr std::chrono::milliseconds kPatience(10);
    std::unique_lock<std::mutex> lock(mutex_);
    while (!turn_.wait_for(lock, kPatience, [&] { return free_ > 0; })) {
      lock.unlock();
      // Not while the lock is held: the check is the host's code.
      DOLERITE_RETURN_IF_ERROR(options.context.Check());
      lock.lock();
    }
    --free_;
    return absl::OkStatus();
  }

  void Give() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++free_;
    }
    // One turn, so one waiter.
    turn_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  int free_;
};

// Makes the call when it has a turn.
template <class Call>
auto InTurn(Turns* turns, const CallOptions& options, const Call& call) -> decltype(call()) {
  DOLERITE_RETURN_IF_ERROR(turns->Take(options));
  // A turn is given back whatever the call does, an exception of the host's store included.
  struct Giver {
    ~Giver() { turns->Give(); }
    Turns* turns;
  } giver{turns};
  return call();
}

// Turns are the store's, so an upload waits as any call does. It holds none between its pieces, or
// a few slow writers would keep all others out.
class BoundedUpload : public ForwardingUpload {
 public:
  BoundedUpload(std::unique_ptr<Upload> inner, Turns* turns)
      : ForwardingUpload(std::move(inner)), turns_(turns) {}

 protected:
  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override {
    return InTurn(turns_, options, [&] { return inner().Append(bytes, options); });
  }
  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override {
    return InTurn(turns_, options, [&] { return inner().Finish(options); });
  }

 private:
  Turns* const turns_;
};

// Traits take no turn: they make no request.
class BoundedStore : public ForwardingStore {
 public:
  BoundedStore(ObjectStore* inner, int calls) : ForwardingStore(inner), turns_(calls) {}

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    return InTurn(&turns_, options, [&] { return inner()->Read(key, range, options); });
  }
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return InTurn(&turns_, options, [&] { return inner()->ReadMany(key, ranges, options); });
  }
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    return InTurn(&turns_, options, [&] { return inner()->Put(key, bytes, put, options); });
  }
  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    // The start takes a turn of its own, and gives it back before it returns.
    DOLERITE_ASSIGN_OR_RETURN(std::unique_ptr<Upload> upload, InTurn(&turns_, options, [&] {
                                return inner()->StartUpload(key, options);
                              }));
    return std::make_unique<BoundedUpload>(std::move(upload), &turns_);
  }
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    return InTurn(&turns_, options, [&] { return inner()->Head(key, options); });
  }
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    return InTurn(&turns_, options, [&] { return inner()->List(prefix, list, options); });
  }
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    return InTurn(&turns_, options, [&] { return inner()->Delete(key, options); });
  }

 private:
  mutable Turns turns_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> MakeBoundedStore(ObjectStore* inner, int calls) {
  if (calls < 1) return InvalidArgument("a store for ", calls, " calls at once; at least 1");
  return std::make_unique<BoundedStore>(inner, calls);
}

}  // namespace dolerite
