// For tests and for hosts that hold blocks in memory.
#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "dolerite/stores.h"
#include "store/errors.h"
#include "store/ranges.h"

namespace dolerite {
namespace {

// A sorted map under one lock. Contents never change: a Put replaces the owner of the bytes, and
// readers keep the old one alive.
class MemoryStore : public ObjectStore {
 public:
  StoreTraits traits() const override {
    return {.first_byte_micros = 0, .bytes_per_second = uint64_t{10} << 30};
  }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    DOLERITE_ASSIGN_OR_RETURN(Object object, Find(key));
    if (!options.version.empty() && options.version != object.version) return VersionChanged(key);
    // The version belongs to the very bytes that are given: both were taken under one lock.
    const std::string_view bytes = object.content.bytes;
    DOLERITE_ASSIGN_OR_RETURN(ByteRange place, Resolve(key, range, bytes.size()));
    ReadResult result{{}, place.offset, bytes.size(), object.version};
    result.slice = {bytes.substr(place.offset, place.length), object.content.owner};
    return result;
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions&) override {
    // The copy is made before the lock is taken.
    Slice content = Slice::Own(std::string(bytes));
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = objects_.find(key);
    if (put.mode == PutMode::kCreate && it != objects_.end()) return ObjectExists(key);
    if (put.mode == PutMode::kIfMatch &&
        (it == objects_.end() || it->second.version != put.version)) {
      return VersionChanged(key);
    }
    if (it == objects_.end()) it = objects_.emplace(key, Object{}).first;
    // Versions never come again, not even after a delete.
    it->second = {std::move(content), Concat("m", ++last_version_)};
    return it->second.version;
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key, const CallOptions&) const override {
    DOLERITE_ASSIGN_OR_RETURN(Object object, Find(key));
    return ObjectInfo{std::string(key), object.content.bytes.size(), object.version};
  }

  // A page is one look at the map; objects may come and go before the next one.
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions&) const override {
    std::lock_guard<std::mutex> lock(mutex_);
    const std::string_view after = std::max(list.start_after, list.page_token);
    // The first key that has the prefix and comes after the last page.
    auto it = after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(after);
    ListPage page;
    for (; it != objects_.end() && it->first.starts_with(prefix); ++it) {
      if (page.objects.size() == list.limit) {
        page.next_page = page.objects.back().key;
        break;
      }
      page.objects.push_back({it->first, it->second.content.bytes.size(), it->second.version});
    }
    return page;
  }

  absl::Status DoDelete(std::string_view key, const CallOptions&) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (auto it = objects_.find(key); it != objects_.end()) objects_.erase(it);
    return absl::OkStatus();
  }

 private:
  struct Object {
    Slice content;
    std::string version;
  };

  // A copy of the owner, which outlives a Put that comes right after.
  absl::StatusOr<Object> Find(std::string_view key) const {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = objects_.find(key);
    if (it == objects_.end()) return NoSuchObject(key);
    return it->second;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_;
  uint64_t last_version_ = 0;
};

}  // namespace

std::unique_ptr<ObjectStore> MakeMemoryStore() { return std::make_unique<MemoryStore>(); }

}  // namespace dolerite
