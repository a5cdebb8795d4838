// A host's own object store: five calls over a map, and a count of what they would cost elsewhere.
#ifndef DOLERITE_EXAMPLES_CUSTOM_STORE_H_
#define DOLERITE_EXAMPLES_CUSTOM_STORE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "dolerite/object_store.h"

namespace examples {

// Safe from many threads, as every store must be. The public calls of ObjectStore have checked
// keys and ranges before these are asked.
class MapStore : public dolerite::ObjectStore {
 public:
  // What the requests so far would have waited at 20 ms each.
  uint64_t waited_millis() const {
    const std::lock_guard lock(mutex_);
    return 20 * requests_;
  }

 protected:
  absl::StatusOr<dolerite::ReadResult> DoRead(std::string_view key,
                                              const dolerite::ByteRange& range,
                                              const dolerite::CallOptions& call) const override {
    const std::lock_guard lock(mutex_);
    const Object* object = Find(key);
    if (object == nullptr) return absl::NotFoundError("no such object");
    if (!call.version.empty() && call.version != object->version) return Changed();
    const uint64_t size = object->bytes.size();
    const uint64_t length = range.from_end ? std::min(range.length, size) : range.length;
    const uint64_t offset = range.from_end ? size - length : range.offset;
    if (offset > size || length > size - offset) return absl::OutOfRangeError("object too short");
    return dolerite::ReadResult{dolerite::Slice::Own(object->bytes.substr(offset, length)), offset,
                                size, object->version};
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const dolerite::PutOptions& put,
                                    const dolerite::CallOptions&) override {
    const std::lock_guard lock(mutex_);
    const Object* old = Find(key);
    if (put.mode == dolerite::PutMode::kCreate && old != nullptr) {
      return absl::AlreadyExistsError("object exists");
    }
    if (put.mode == dolerite::PutMode::kIfMatch && (!old || old->version != put.version)) {
      return Changed();
    }
    const std::string version = std::to_string(++versions_);
    objects_[std::string(key)] = {std::string(bytes), version};
    return version;
  }

  absl::StatusOr<dolerite::ObjectInfo> DoHead(std::string_view key,
                                              const dolerite::CallOptions&) const override {
    const std::lock_guard lock(mutex_);
    const Object* object = Find(key);
    if (object == nullptr) return absl::NotFoundError("no such object");
    return dolerite::ObjectInfo{std::string(key), object->bytes.size(), object->version};
  }

  // The token of a page is the last key of the one before.
  absl::StatusOr<dolerite::ListPage> DoList(std::string_view prefix,
                                            const dolerite::ListOptions& list,
                                            const dolerite::CallOptions&) const override {
    const std::lock_guard lock(mutex_);
    ++requests_;
    dolerite::ListPage page;
    const std::string after = std::max(list.start_after, list.page_token);
    auto at = after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(after);
    for (; at != objects_.end() && at->first.starts_with(prefix); ++at) {
      if (page.objects.size() == list.limit) {
        page.next_page = page.objects.back().key;
        break;
      }
      page.objects.push_back({at->first, at->second.bytes.size(), at->second.version});
    }
    return page;
  }

  absl::Status DoDelete(std::string_view key, const dolerite::CallOptions&) override {
    const std::lock_guard lock(mutex_);
    if (Find(key) != nullptr) objects_.erase(objects_.find(key));
    return absl::OkStatus();
  }

 private:
  struct Object {
    std::string bytes, version;
  };

  const Object* Find(std::string_view key) const {
    ++requests_;
    const auto at = objects_.find(key);
    return at == objects_.end() ? nullptr : &at->second;
  }
  static absl::Status Changed() { return absl::FailedPreconditionError("another version"); }

  mutable std::mutex mutex_;
  mutable uint64_t requests_ = 0;
  uint64_t versions_ = 0;
  std::map<std::string, Object, std::less<>> objects_;
};

}  // namespace examples

#endif  // DOLERITE_EXAMPLES_CUSTOM_STORE_H_
