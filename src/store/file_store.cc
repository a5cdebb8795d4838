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

absl::Status ReadOnly() { return absl::UnimplementedError("a file store is read only"); }

// The end of a path, as a key may hold it.
std::string BaseName(std::string_view path) {
  constexpr size_t kMaxBytes = 200;
  std::string name(path.substr(path.rfind('/') + 1).substr(0, kMaxBytes));
  for (char& c : name) {
    if (!ValidateKey(Concat('x', c, 'x')).ok()) c = '_';
  }
  return name;
}

}  // namespace

struct FileStore::State {
  absl::StatusOr<Fd> Open(std::string_view key) const {
    std::string path;
    {
      std::lock_guard<std::mutex> lock(mutex);
      auto it = paths.find(key);
      if (it == paths.end()) return NoSuchObject(key);
      path = it->second;
    }
    return OpenFile(key, path);
  }

  mutable std::mutex mutex;
  std::map<std::string, std::string, std::less<>> paths;  // by key
};

FileStore::FileStore() : state_(std::make_unique<State>()) {}
FileStore::~FileStore() = default;

absl::StatusOr<std::string> FileStore::Add(const std::string& path) {
  DOLERITE_ASSIGN_OR_RETURN(const Fd file, OpenFile(path, path));
  DOLERITE_RETURN_IF_ERROR(StatObject(path, file).status());
  std::lock_guard<std::mutex> lock(state_->mutex);
  std::string key = Concat(state_->paths.size() + 1, "/", BaseName(path));
  state_->paths.emplace(key, path);
  return key;
}

StoreTraits FileStore::traits() const { return {.exclusive_create = false, .if_match = false}; }

absl::StatusOr<ReadResult> FileStore::DoRead(std::string_view key, const ByteRange& range,
                                             const CallOptions& options) const {
  DOLERITE_ASSIGN_OR_RETURN(const Fd file, state_->Open(key));
  return ReadObject(key, file, range, options);
}

absl::StatusOr<ObjectInfo> FileStore::DoHead(std::string_view key, const CallOptions&) const {
  DOLERITE_ASSIGN_OR_RETURN(const Fd file, state_->Open(key));
  DOLERITE_ASSIGN_OR_RETURN(const struct stat stat, StatObject(key, file));
  return InfoOf(key, stat);
}

absl::StatusOr<ListPage> FileStore::DoList(std::string_view prefix, const ListOptions& list,
                                           const CallOptions& options) const {
  const std::string_view after = std::max(list.start_after, list.page_token);
  std::vector<std::string> keys;
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    for (const auto& [key, path] : state_->paths) {
      if (key.starts_with(prefix) && key > after) keys.push_back(key);
    }
  }
  ListPage page;
  for (const std::string& key : keys) {
    auto info = DoHead(key, options);
    if (absl::IsNotFound(info.status())) continue;
    if (!info.ok()) return info.status();
    if (page.objects.size() == list.limit) {
      page.next_page = page.objects.back().key;
      break;
    }
    page.objects.push_back(*std::move(info));
  }
  return page;
}

absl::StatusOr<std::string> FileStore::DoPut(std::string_view, std::string_view, const PutOptions&,
                                             const CallOptions&) {
  return ReadOnly();
}

absl::Status FileStore::DoDelete(std::string_view, const CallOptions&) { return ReadOnly(); }

}  // namespace dolerite
