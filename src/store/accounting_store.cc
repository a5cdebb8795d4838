#include <utility>

#include "dolerite/stores.h"

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

IoAccounts AccountingStore::accounts() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return accounts_;
}

void AccountingStore::Record(const CallOptions& options, const absl::Status& status,
                             IoAccount account) const {
  if (!status.ok()) account = {.requests = 1, .failures = 1};
  std::lock_guard<std::mutex> lock(mutex_);
  accounts_.by_purpose[options.context.purpose] += account;
}

absl::StatusOr<ReadResult> AccountingStore::DoRead(std::string_view key, const ByteRange& range,
                                                   const CallOptions& options) const {
  auto result = ForwardingStore::DoRead(key, range, options);
  const uint64_t size = result.ok() ? result->slice.bytes.size() : 0;
  Record(options, result.status(), {.requests = 1, .bytes_wanted = size, .bytes_read = size});
  return result;
}

absl::StatusOr<ReadManyResult> AccountingStore::DoReadMany(std::string_view key,
                                                           std::span<const ByteRange> ranges,
                                                           const CallOptions& options) const {
  auto result = ForwardingStore::DoReadMany(key, ranges, options);
  IoAccount account;
  if (result.ok()) {
    account = {.requests = result->requests, .bytes_read = result->bytes_read};
    for (const ByteRange& range : ranges) account.bytes_wanted += range.length;
  }
  Record(options, result.status(), account);
  return result;
}

absl::StatusOr<std::string> AccountingStore::DoPut(std::string_view key, std::string_view bytes,
                                                   const PutOptions& put,
                                                   const CallOptions& options) {
  auto version = ForwardingStore::DoPut(key, bytes, put, options);
  Record(options, version.status(), {.requests = 1, .bytes_written = bytes.size()});
  return version;
}

absl::StatusOr<ObjectInfo> AccountingStore::DoHead(std::string_view key,
                                                   const CallOptions& options) const {
  auto info = ForwardingStore::DoHead(key, options);
  Record(options, info.status(), {.requests = 1});
  return info;
}

absl::StatusOr<ListPage> AccountingStore::DoList(std::string_view prefix, const ListOptions& list,
                                                 const CallOptions& options) const {
  auto page = ForwardingStore::DoList(prefix, list, options);
  Record(options, page.status(), {.requests = 1});
  return page;
}

absl::Status AccountingStore::DoDelete(std::string_view key, const CallOptions& options) {
  absl::Status status = ForwardingStore::DoDelete(key, options);
  Record(options, status, {.requests = 1});
  return status;
}

}  // namespace dolerite
