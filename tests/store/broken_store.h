// A store that breaks one clause of the contract, to see that the suite notices.
#ifndef DOLERITE_TESTS_STORE_BROKEN_STORE_H_
#define DOLERITE_TESTS_STORE_BROKEN_STORE_H_

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/forwarding_store.h"
#include "dolerite/stores.h"

namespace dolerite {

// Shows an upload's bytes at once, or replaces what is there at its end.
class BrokenUpload : public Upload {
 public:
  BrokenUpload(ObjectStore* store, std::string_view key, bool shows)
      : store_(store), key_(key), shows_(shows) {}

 protected:
  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override {
    bytes_.append(bytes);
    return shows_ ? Replace(options).status() : absl::OkStatus();
  }
  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override {
    return Replace(options);
  }

 private:
  absl::StatusOr<std::string> Replace(const CallOptions& options) {
    return store_->Put(key_, bytes_, {.mode = PutMode::kReplace}, options);
  }

  ObjectStore* store_;
  const std::string key_;
  const bool shows_;
  std::string bytes_;
};

class BrokenStore : public ForwardingStore {
 public:
  BrokenStore(ObjectStore* inner, std::string_view clause)
      : ForwardingStore(inner), clause_(clause) {}

 protected:
  bool Breaks(std::string_view clause) const { return clause == clause_; }

  // Case is lost.
  std::string Fold(std::string_view key) const {
    std::string folded(key);
    if (Breaks("keys")) {
      for (char& c : folded) c = static_cast<char>(std::tolower(c));
    }
    return folded;
  }

  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    if (Breaks("suffixes") && range.from_end && range.length > 10'000) {
      return absl::OutOfRangeError("suffix longer than the object");
    }
    auto result = inner()->Read(Fold(key), range, options);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++reads_;
    }
    changed_.notify_all();
    if (Breaks("missing") && absl::IsNotFound(result.status())) {
      return absl::PermissionDeniedError("as S3 without the right to list");
    }
    if (Breaks("pinned-read") && absl::IsFailedPrecondition(result.status())) {
      return absl::NotFoundError("the old version is gone");
    }
    if (Breaks("beyond-end") && absl::IsOutOfRange(result.status())) {
      return inner()->Read(Fold(key), ByteRange::Last(1), options);
    }
    if (!result.ok()) return result;
    if (Breaks("versions")) result->version = "always the same";
    if (Breaks("read-your-write")) result->object_size += 1;
    if (Breaks("ranges") && range.offset == 4096) result->slice.bytes.remove_prefix(1);
    return result;
  }

  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    auto result = ForwardingStore::DoReadMany(Fold(key), ranges, options);
    if (result.ok() && Breaks("read-many")) std::swap(result->slices[0], result->slices[4]);
    return result;
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    const bool create = put.mode == PutMode::kCreate;
    PutOptions changed = put;
    if (Breaks("create-once") && create) changed = {.mode = PutMode::kReplace};
    if (Breaks("create-race") && create && key.find("/race-") != key.npos) {
      WaitForRacers();  // all have seen that the name is free
      changed = {.mode = PutMode::kReplace};
    }
    if (Breaks("replace") && put.mode == PutMode::kReplace) return "ignored";
    if (Breaks("if-match") && put.mode == PutMode::kIfMatch) changed = {.mode = PutMode::kReplace};
    if (Breaks("atomic-visibility") && !create && key.ends_with("/atomic-visibility/x")) {
      std::string half(bytes);
      std::fill(half.begin() + half.size() / 2, half.end(), '?');
      auto version = inner()->Put(key, half, changed, options);
      WaitForReads(8);  // more than there are readers: one at least began after the half was there
      if (!version.ok()) return version;
    }
    return inner()->Put(Fold(key), bytes, changed, options);
  }

  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    if (Breaks("upload-creates")) return std::make_unique<BrokenUpload>(inner(), key, false);
    if (Breaks("upload") || Breaks("upload-dropped")) {
      return std::make_unique<BrokenUpload>(inner(), key, true);
    }
    return inner()->StartUpload(Fold(key), options);
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    ListOptions changed = list;
    if (Breaks("list-prefix") && !prefix.empty() && prefix.back() != '/') {
      return inner()->List(std::string(prefix) + "/", list, options);
    }
    if (Breaks("list-start")) changed.start_after.clear();
    auto page = inner()->List(prefix, changed, options);
    if (!page.ok() || page->objects.empty()) return page;
    if (Breaks("list-after-write") && prefix.ends_with("list-after-write/") &&
        page->objects.size() > 3) {
      page->objects.pop_back();
    }
    if (Breaks("list-pages") && list.limit == 2) page->objects.pop_back();
    return page;
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    if (Breaks("delete") && !inner()->Head(key).ok()) return absl::NotFoundError("no such key");
    return inner()->Delete(Fold(key), options);
  }

 private:
  void WaitForRacers() {
    std::unique_lock<std::mutex> lock(mutex_);
    const int round = racers_++ / 16;
    changed_.notify_all();
    changed_.wait(lock, [&] { return racers_ >= (round + 1) * 16; });
  }

  void WaitForReads(int n) {
    std::unique_lock<std::mutex> lock(mutex_);
    const int until = reads_ + n;
    changed_.wait(lock, [&] { return reads_ >= until; });
  }

  const std::string clause_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int reads_ = 0;
  int racers_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_TESTS_STORE_BROKEN_STORE_H_
