// A tenant sees its own keys only. Keys have no `..`, so a prefix can't be left.
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/stores.h"
#include "store/errors.h"

namespace dolerite {
namespace {

class PrefixStore : public ForwardingStore {
 public:
  PrefixStore(ObjectStore* inner, const std::string& prefix)
      : ForwardingStore(inner), prefix_(prefix) {}

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    return inner()->Read(Concat(prefix_, key), range, options);
  }

  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return inner()->ReadMany(Concat(prefix_, key), ranges, options);
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    return inner()->Put(Concat(prefix_, key), bytes, put, options);
  }

  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    return inner()->StartUpload(Concat(prefix_, key), options);
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    DOLERITE_ASSIGN_OR_RETURN(ObjectInfo info, inner()->Head(Concat(prefix_, key), options));
    // Our key, and not the inner store's.
    info.key = key;
    return info;
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    // The page token stays the inner store's: it is opaque.
    ListOptions inner_list = list;
    if (!list.start_after.empty()) inner_list.start_after = Concat(prefix_, list.start_after);
    DOLERITE_ASSIGN_OR_RETURN(ListPage page,
                              inner()->List(Concat(prefix_, prefix), inner_list, options));
    for (ObjectInfo& info : page.objects) {
      // This may be another tenant's key: neither show it nor cut it to one of our keys.
      if (!info.key.starts_with(prefix_)) {
        return Unavailable("a list gave keys of another prefix");
      }
      info.key.erase(0, prefix_.size());
    }
    return page;
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    return inner()->Delete(Concat(prefix_, key), options);
  }

 private:
  const std::string prefix_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> MakePrefixStore(ObjectStore* inner,
                                                             const std::string& prefix) {
  // Without the slash `a/` would show `ab/x` as well.
  if (!prefix.ends_with('/')) return InvalidArgument("a store's prefix must end in a slash");
  DOLERITE_RETURN_IF_ERROR(ValidateKey(std::string_view(prefix).substr(0, prefix.size() - 1)));
  return std::make_unique<PrefixStore>(inner, prefix);
}

}  // namespace dolerite
