// The base of stores that wrap another store.
#ifndef DOLERITE_FORWARDING_STORE_H_
#define DOLERITE_FORWARDING_STORE_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

// Passes every call of an upload on to `inner`.
class DOLERITE_EXPORT ForwardingUpload : public Upload {
 public:
  explicit ForwardingUpload(std::unique_ptr<Upload> inner) : inner_(std::move(inner)) {}

 protected:
  Upload& inner() { return *inner_; }

  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override;
  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override;

 private:
  std::unique_ptr<Upload> inner_;
};

// Passes every call on to `inner`. Wrappers derive from it and override what they change. As safe
// for many threads as `inner` is, which must outlive the wrapper.
class DOLERITE_EXPORT ForwardingStore : public ObjectStore {
 public:
  explicit ForwardingStore(ObjectStore* inner) : inner_(inner) {}

  StoreTraits traits() const override;

 protected:
  ObjectStore* inner() const { return inner_; }

  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override;
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override;
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override;
  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override;
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override;
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override;
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override;

 private:
  ObjectStore* inner_;
};

}  // namespace dolerite

#endif  // DOLERITE_FORWARDING_STORE_H_
