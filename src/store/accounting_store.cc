// Counts at the border to the inner store: repetitions of a retry store below are not seen here,
// those of one above are.
#include "dolerite/accounting_store.h"

#include <mutex>
#include <utility>

#include "dolerite/forwarding_store.h"

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

// The accounts, which calls of many threads add to.
class Ledger {
 public:
  // Adds what a call has cost; of a failed call only that it took place.
  // How many requests a call made before it failed nobody tells.
  void Record(const CallOptions& options, const absl::Status& status, IoAccount account) {
    if (!status.ok()) account = {.requests = 1, .failures = 1};
    std::lock_guard<std::mutex> lock(mutex_);
    accounts_.by_purpose[options.context.purpose] += account;
  }

  IoAccounts accounts() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return accounts_;
  }

 private:
  mutable std::mutex mutex_;
  IoAccounts accounts_;  // under mutex_
};

// Where uploads are not streamed only the end is a request. Bytes count as written when their piece
// was taken.
class CountingUpload : public ForwardingUpload {
 public:
  CountingUpload(std::unique_ptr<Upload> inner, bool streamed, Ledger* ledger)
      : ForwardingUpload(std::move(inner)), streamed_(streamed), ledger_(ledger) {}

 protected:
  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override {
    absl::Status status = inner().Append(bytes, options);
    // A piece that only went into a buffer is no request.
    ledger_->Record(options, status, {.requests = streamed_, .bytes_written = bytes.size()});
    return status;
  }

  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override {
    auto version = inner().Finish(options);
    ledger_->Record(options, version.status(), {.requests = 1});
    return version;
  }

 private:
  const bool streamed_;
  Ledger* const ledger_;
};

// Calls `inner`, then books what the call cost under its purpose.
class CountingStore : public AccountingStore {
 public:
  explicit CountingStore(ObjectStore* inner) : inner_(inner) {}

  StoreTraits traits() const override { return inner_->traits(); }

  IoAccounts accounts() const override { return ledger_.accounts(); }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    // One range is one request, and there are no holes in it.
    auto result = inner_->Read(key, range, options);
    const uint64_t size = result.ok() ? result->slice.bytes.size() : 0;
    ledger_.Record(options, result.status(),
                   {.requests = 1, .bytes_wanted = size, .bytes_read = size});
    return result;
  }

  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    auto result = inner_->ReadMany(key, ranges, options);
    IoAccount account;
    if (result.ok()) {
      account = {.requests = result->requests, .bytes_read = result->bytes_read};
      // Wanted are the ranges; read is what the inner store had to fetch for them.
      for (const ByteRange& range : ranges) account.bytes_wanted += range.length;
    }
    ledger_.Record(options, result.status(), account);
    return result;
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    auto version = inner_->Put(key, bytes, put, options);
    ledger_.Record(options, version.status(), {.requests = 1, .bytes_written = bytes.size()});
    return version;
  }

  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    auto upload = inner_->StartUpload(key, options);
    const bool streamed = traits().streamed_uploads;
    ledger_.Record(options, upload.status(), {.requests = streamed});
    if (!upload.ok()) return upload;
    return std::make_unique<CountingUpload>(*std::move(upload), streamed, &ledger_);
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    auto info = inner_->Head(key, options);
    ledger_.Record(options, info.status(), {.requests = 1});
    return info;
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    auto page = inner_->List(prefix, list, options);
    ledger_.Record(options, page.status(), {.requests = 1});
    return page;
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    absl::Status status = inner_->Delete(key, options);
    ledger_.Record(options, status, {.requests = 1});
    return status;
  }

 private:
  ObjectStore* const inner_;
  mutable Ledger ledger_;
};

}  // namespace

std::unique_ptr<AccountingStore> MakeAccountingStore(ObjectStore* inner) {
  return std::make_unique<CountingStore>(inner);
}

}  // namespace dolerite
