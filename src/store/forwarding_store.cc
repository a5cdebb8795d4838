// What a wrapper does not care about goes to the inner store as it is.
#include "dolerite/forwarding_store.h"

namespace dolerite {

absl::Status ForwardingUpload::DoAppend(std::string_view bytes, const CallOptions& options) {
  return inner_->Append(bytes, options);
}

absl::StatusOr<std::string> ForwardingUpload::DoFinish(const CallOptions& options) {
  return inner_->Finish(options);
}

StoreTraits ForwardingStore::traits() const { return inner_->traits(); }

absl::StatusOr<ReadResult> ForwardingStore::DoRead(std::string_view key, const ByteRange& range,
                                                   const CallOptions& options) const {
  return inner_->Read(key, range, options);
}

absl::StatusOr<ReadManyResult> ForwardingStore::DoReadMany(std::string_view key,
                                                           std::span<const ByteRange> ranges,
                                                           const CallOptions& options) const {
  return inner_->ReadMany(key, ranges, options);
}

absl::StatusOr<std::string> ForwardingStore::DoPut(std::string_view key, std::string_view bytes,
                                                   const PutOptions& put,
                                                   const CallOptions& options) {
  return inner_->Put(key, bytes, put, options);
}

absl::StatusOr<std::unique_ptr<Upload>> ForwardingStore::DoStartUpload(std::string_view key,
                                                                       const CallOptions& options) {
  return inner_->StartUpload(key, options);
}

absl::StatusOr<ObjectInfo> ForwardingStore::DoHead(std::string_view key,
                                                   const CallOptions& options) const {
  return inner_->Head(key, options);
}

absl::StatusOr<ListPage> ForwardingStore::DoList(std::string_view prefix, const ListOptions& list,
                                                 const CallOptions& options) const {
  return inner_->List(prefix, list, options);
}

absl::Status ForwardingStore::DoDelete(std::string_view key, const CallOptions& options) {
  return inner_->Delete(key, options);
}

}  // namespace dolerite
