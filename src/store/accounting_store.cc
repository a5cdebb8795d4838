#include "dolerite/accounting_store.h"

#include <mutex>
#include <utility>

namespace dolerite {

IoAccount& IoAccount::operator+=(const IoAccount& other) {
  requests += other.requests;
  failures += other.failures;
  bytes_wanted += other.bytes_wanted;
  bytes_read += other.bytes_read;
  bytes_written += other.bytes_written;
  return *this;
}

IoAccount IoAccounts::of(std::string_view purpose) const {
  const auto found = by_purpose.find(purpose);
  return found == by_purpose.end() ? IoAccount{} : found->second;
}

IoAccount IoAccounts::total() const {
  IoAccount total;
  for (const auto& [purpose, account] : by_purpose) total += account;
  return total;
}

namespace {

// Calls `inner`, then books what the call cost under its purpose.
class CountingStore : public AccountingStore {
 public:
  explicit CountingStore(ObjectStore* inner) : inner_(inner) {}

  StoreTraits traits() const override { return inner_->traits(); }

  IoAccounts accounts() const override {
    std::lock_guard<std::mutex> lock(mutex_);
    return accounts_;
  }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    auto result = inner_->Read(key, range, options);
    const uint64_t size = result.ok() ? result->slice.bytes.size() : 0;
    Record(options, result.status(), {.requests = 1, .bytes_wanted = size, .bytes_read = size});
    return result;
  }

  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    auto result = inner_->ReadMany(key, ranges, options);
    IoAccount account;
    if (result.ok()) {
      account = {.requests = result->requests, .bytes_read = result->bytes_read};
      for (const ByteRange& range : ranges) account.bytes_wanted += range.length;
    }
    Record(options, result.status(), account);
    return result;
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    auto version = inner_->Put(key, bytes, put, options);
    Record(options, version.status(), {.requests = 1, .bytes_written = bytes.size()});
    return version;
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    auto info = inner_->Head(key, options);
    Record(options, info.status(), {.requests = 1});
    return info;
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    auto page = inner_->List(prefix, list, options);
    Record(options, page.status(), {.requests = 1});
    return page;
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    absl::Status status = inner_->Delete(key, options);
    Record(options, status, {.requests = 1});
    return status;
  }

 private:
  // Adds what a call has cost; of a failed call only that it took place.
  void Record(const CallOptions& options, const absl::Status& status, IoAccount account) const {
    if (!status.ok()) account = {.requests = 1, .failures = 1};
    std::lock_guard<std::mutex> lock(mutex_);
    accounts_.by_purpose[options.context.purpose] += account;
  }

  ObjectStore* const inner_;
  mutable std::mutex mutex_;
  mutable IoAccounts accounts_;  // under mutex_
};

}  // namespace

std::unique_ptr<AccountingStore> MakeAccountingStore(ObjectStore* inner) {
  return std::make_unique<CountingStore>(inner);
}

}  // namespace dolerite
