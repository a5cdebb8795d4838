// Keys are made here, so paths may have any bytes. Files are opened for each call: a tool may hold
// very many blocks.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "dolerite/stores.h"
#include "store/errors.h"
#include "store/posix.h"

namespace dolerite {
namespace {

absl::StatusOr<Fd> OpenFile(std::string_view key, const std::string& path) {
  Fd file = OpenPath(RealSystemCalls(), path, O_RDONLY);
  if (!file.ok()) return ErrnoStatus(errno, "open of file", key);
  return file;
}

absl::Status ReadOnly() {
  return Unimplemented("these files are read only: Put and Delete are not possible");
}

// The end of a path, as a key may hold it.
// For people: the number before it makes the key.
std::string BaseName(std::string_view path) {
  constexpr size_t kMaxBytes = 200;
  std::string name(path.substr(path.rfind('/') + 1).substr(0, kMaxBytes));
  for (char& c : name) {
    if (!ValidateKey(Concat('x', c, 'x')).ok()) c = '_';
  }
  return name;
}

class Files : public ReadOnlyFiles {
 public:
  // Opened now, so that a wrong path is an error at once and not at the first read.
  absl::StatusOr<std::string> Add(const std::string& path) override {
    DOLERITE_ASSIGN_OR_RETURN(const Fd file, OpenFile(path, path));
    DOLERITE_RETURN_IF_ERROR(StatObject(path, file).status());
    std::lock_guard<std::mutex> lock(mutex_);
    std::string key = Concat(paths_.size() + 1, "/", BaseName(path));
    paths_.emplace(key, path);
    return key;
  }

  // Nothing here writes, so there is nothing to promise about writes.
  StoreTraits traits() const override { return {.exclusive_create = false, .if_match = false}; }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    DOLERITE_ASSIGN_OR_RETURN(const Fd file, Open(key));
    return ReadObject(key, file, range, options);
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key, const CallOptions&) const override {
    DOLERITE_ASSIGN_OR_RETURN(const Fd file, Open(key));
    DOLERITE_ASSIGN_OR_RETURN(const struct stat stat, StatObject(key, file));
    return InfoOf(key, stat);
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    const std::string_view after = std::max(list.start_after, list.page_token);
    ListPage page;
    for (const std::string& key : KeysAfter(after, prefix)) {
      auto info = DoHead(key, options);
      if (absl::IsNotFound(info.status())) continue;  // the file was removed
      if (!info.ok()) return info.status();
      if (page.objects.size() == list.limit) {
        page.next_page = page.objects.back().key;
        break;
      }
      page.objects.push_back(*std::move(info));
    }
    return page;
  }

  absl::StatusOr<std::string> DoPut(std::string_view, std::string_view, const PutOptions&,
                                    const CallOptions&) override {
    return ReadOnly();
  }
  absl::Status DoDelete(std::string_view, const CallOptions&) override { return ReadOnly(); }

 private:
  absl::StatusOr<Fd> Open(std::string_view key) const {
    std::string path;
    // Not while the file is opened, which may take long.
    {
      std::lock_guard<std::mutex> lock(mutex_);
      const auto found = paths_.find(key);
      if (found == paths_.end()) return NoSuchObject(key);
      path = found->second;
    }
    return OpenFile(key, path);
  }

  // A copy, so that files are looked at without the lock.
  std::vector<std::string> KeysAfter(std::string_view after, std::string_view prefix) const {
    std::vector<std::string> keys;
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [key, path] : paths_) {
      if (key.starts_with(prefix) && key > after) keys.push_back(key);
    }
    return keys;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> paths_;  // by key, under mutex_
};

}  // namespace

std::unique_ptr<ReadOnlyFiles> MakeReadOnlyFiles() { return std::make_unique<Files>(); }

}  // namespace dolerite
