// A directory as a store.
//
//   root/a/b      the object a/b
//   root/#tmp/7-0 a file that process 7 is writing; its lock ends with the process
//
// A Put or upload writes the object to a temporary file and flushes it. Then the file gets the
// object's name: by link(2), which fails if the name is taken, or by rename(2), which replaces.
// Then the directory is flushed. So a crash leaves the old object or the new one. No key contains
// '#'.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/pace.h"
#include "base/status.h"
#include "base/text.h"
#include "dolerite/stores.h"
#include "store/directory.h"
#include "store/errors.h"
#include "store/posix.h"
#include "store/system_calls.h"
#include "store/temporary.h"

namespace dolerite {
namespace {

constexpr char kTemporaries[] = "#tmp";

// A look at a file takes as long as so many rows of a table.
constexpr size_t kRowsOfAFile = 64;

// A key's directory ("" at the root) and name.
std::pair<std::string_view, std::string> SplitKey(std::string_view key) {
  const size_t slash = key.rfind('/');
  if (slash == key.npos) return {"", std::string(key)};
  return {key.substr(0, slash), std::string(key.substr(slash + 1))};
}

// The error if no object has the key, but a directory or link has its name.
absl::Status NotAFile(std::string_view key) {
  return FailedPrecondition("a directory or link is in the way of ", key);
}

class LocalStore;

// A temporary file that gets the object's name at the end.
class LocalUpload : public Upload {
 public:
  LocalUpload(LocalStore* store, std::string_view key, Temporary temporary)
      : store_(store), key_(key), temporary_(std::move(temporary)) {}

 protected:
  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override;
  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override;

 private:
  LocalStore* const store_;
  const std::string key_;
  std::optional<Temporary> temporary_;  // none after the end
  absl::Status lost_;                   // why the file's bytes can't be trusted any more
};

class LocalStore : public ObjectStore {
 public:
  LocalStore(Fd root, const LocalStoreOptions& options)
      : root_(std::move(root)), options_(options) {}

  StoreTraits traits() const override { return {.if_match = false, .streamed_uploads = true}; }

  // Whatever can't be removed is left for the next one.
  void Sweep() {
    auto directory = OpenDirectory(root_, kTemporaries);
    if (directory.ok()) SweepTemporaries(*directory);
  }

  absl::Status Flush(std::string_view key, const Fd& file) const {
    return options_.sync ? Sync(key, file) : absl::OkStatus();
  }

  // Gives a flushed file its object's name, and returns the object's version.
  absl::StatusOr<std::string> Publish(std::string_view key, PutMode mode, Temporary* temporary) {
    // Size and time before it has a name: nobody else changes it.
    DOLERITE_ASSIGN_OR_RETURN(const struct stat stat, StatObject(key, temporary->file));
    const auto [path, name] = SplitKey(key);
    DOLERITE_ASSIGN_OR_RETURN(const Fd directory, MakeDirectory(path));
    DOLERITE_RETURN_IF_ERROR(Name(key, directory, name, mode, stat, temporary));
    DOLERITE_RETURN_IF_ERROR(Flush(key, directory));
    return InfoOf(key, stat).version;
  }

 protected:
  // An open file stays the same one, even if it is replaced while it is read.
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    DOLERITE_ASSIGN_OR_RETURN(const Fd file, OpenObject(key));
    return ReadObject(key, file, range, options);
  }

  // By name and not by opening: a stat needs no right to read.
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key, const CallOptions&) const override {
    const auto [path, name] = SplitKey(key);
    auto directory = OpenDirectory(root_, path);
    if (absl::IsNotFound(directory.status())) return NoSuchObject(key);
    if (!directory.ok()) return directory.status();
    struct stat stat;
    if (!StatFile(*directory, name, &stat, LinkFlag(AT_SYMLINK_NOFOLLOW))) return NoSuchObject(key);
    return InfoOf(key, stat);
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    if (put.mode == PutMode::kIfMatch) {
      return Unimplemented("a local directory can't replace by version");
    }
    DOLERITE_ASSIGN_OR_RETURN(Temporary temporary, StartFile(key));
    DOLERITE_RETURN_IF_ERROR(WriteAll(key, temporary.file, bytes, options.context));
    DOLERITE_RETURN_IF_ERROR(Flush(key, temporary.file));
    return Publish(key, put.mode, &temporary);
  }

  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions&) override {
    DOLERITE_ASSIGN_OR_RETURN(Temporary temporary, StartFile(key));
    return std::make_unique<LocalUpload>(this, key, std::move(temporary));
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    // The token is the last key of a page, so both mean the same.
    const std::string_view after = std::max(list.start_after, list.page_token);
    // Depth first in the order of keys. A directory is replaced by those of its children that may
    // hold listed keys; a page ends at its limit, and the next one begins after its last key.
    std::vector<std::string> todo = {""};  // next one last; directories end in a slash
    ListPage page;
    Pace pace;
    while (!todo.empty()) {
      const std::string key = std::move(todo.back());
      todo.pop_back();
      if (pace.IsDue(kRowsOfAFile)) DOLERITE_RETURN_IF_ERROR(options.context.Check());
      if (key.empty() || key.back() == '/') {
        DOLERITE_RETURN_IF_ERROR(Expand(key, prefix, after, &todo));
        continue;
      }
      auto info = DoHead(key, options);
      if (absl::IsNotFound(info.status())) continue;  // deleted meanwhile
      if (!info.ok()) return info.status();
      // Only one more object tells that the page is not the last.
      if (page.objects.size() == list.limit) {
        page.next_page = page.objects.back().key;
        break;
      }
      page.objects.push_back(*std::move(info));
    }
    return page;
  }

  absl::Status DoDelete(std::string_view key, const CallOptions&) override {
    const auto [path, name] = SplitKey(key);
    auto directory = OpenDirectory(root_, path);
    // A directory that is missing holds no such object.
    if (absl::IsNotFound(directory.status())) return absl::OkStatus();
    if (!directory.ok()) return directory.status();
    // Links and directories are not objects, so there is nothing to delete.
    if (!IsObject(*directory, name)) return absl::OkStatus();
    if (unlinkat(directory->get(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return ErrnoStatus(errno, "removal of", key);
    }
    return Flush(key, *directory);
  }

 private:
  // False unless there is a regular file: links and directories are not objects.
  static bool StatFile(const Fd& directory, const std::string& name, struct stat* stat,
                       int flags = AT_SYMLINK_NOFOLLOW) {
    return fstatat(directory.get(), name.c_str(), stat, flags) == 0 && S_ISREG(stat->st_mode);
  }
  // The flag that keeps a call of a reader from following a link.
  int LinkFlag(int no_follow) const { return options_.follow_links ? 0 : no_follow; }

  static bool IsObject(const Fd& directory, const std::string& name) {
    struct stat stat;
    return StatFile(directory, name, &stat);
  }

  // On the same file system as the objects, as link and rename need it.
  absl::StatusOr<Temporary> StartFile(std::string_view key) {
    DOLERITE_ASSIGN_OR_RETURN(Fd temporaries, MakeDirectory(kTemporaries));
    return MakeTemporary(std::move(temporaries), key);
  }

  // A directory opens as a file; StatObject refuses it.
  absl::StatusOr<Fd> OpenObject(std::string_view key) const {
    const auto [path, name] = SplitKey(key);
    auto directory = OpenDirectory(root_, path);
    if (absl::IsNotFound(directory.status())) return NoSuchObject(key);
    if (!directory.ok()) return directory.status();
    Fd file = OpenAt(*directory, name, O_RDONLY | LinkFlag(O_NOFOLLOW));
    if (!file.ok() && (errno == ENOENT || errno == ELOOP)) return NoSuchObject(key);
    if (!file.ok()) return ErrnoStatus(errno, "open of", key);
    return file;
  }

  // Opens the directory and makes it if it is missing. Flushes its parent in any case: another
  // process may have made the directory and not have flushed it yet.
  absl::StatusOr<Fd> MakeDirectory(std::string_view path) {
    DOLERITE_ASSIGN_OR_RETURN(Fd at, OpenDirectory(root_, ""));
    // A name after the other, each flushed into the one above it.
    for (size_t end = 0; end < path.size(); ++end) {
      const size_t begin = end;
      end = std::min(path.find('/', begin), path.size());
      const std::string name(path.substr(begin, end - begin));
      if (mkdirat(at.get(), name.c_str(), 0777) != 0 && errno != EEXIST) {
        return ErrnoStatus(errno, "directory of", path);
      }
      auto next = OpenDirectory(at, name);
      // A link or a file of that name is in the way.
      if (absl::IsNotFound(next.status())) return NotAFile(path);
      if (!next.ok()) return next.status();
      // Once for each directory and store; a set of names is cheaper than a flush.
      if (options_.sync && !IsFlushed(path.substr(0, end))) {
        DOLERITE_RETURN_IF_ERROR(Sync(path, at));
        std::lock_guard<std::mutex> lock(mutex_);
        flushed_.insert(std::string(path.substr(0, end)));
      }
      at = *std::move(next);
    }
    return at;
  }

  bool IsFlushed(std::string_view directory) {
    std::lock_guard<std::mutex> lock(mutex_);
    return flushed_.find(directory) != flushed_.end();
  }

  // Where neither call succeeds, the error says what is in the way.
  absl::Status Name(std::string_view key, const Fd& directory, const std::string& name,
                    PutMode mode, const struct stat& file, Temporary* from) {
    // link(2) fails if the name is taken, rename(2) replaces what is there: both are one step.
    if (mode == PutMode::kCreate) {
      if (linkat(from->directory.get(), from->name.c_str(), directory.get(), name.c_str(), 0) ==
          0) {
        return absl::OkStatus();
      }
    } else if (renameat(from->directory.get(), from->name.c_str(), directory.get(), name.c_str()) ==
               0) {
      from->Forget();
      return absl::OkStatus();
    }
    const int error = errno;
    struct stat there;
    if (error == EEXIST && StatFile(directory, name, &there)) {
      // An upload that is finished again after its directory could not be flushed.
      const bool ours = there.st_ino == file.st_ino && there.st_dev == file.st_dev;
      return ours ? absl::OkStatus() : ObjectExists(key);
    }
    if (error == EEXIST || error == EISDIR) return NotAFile(key);
    // Another process may have removed the directory while it was empty, or our file as left over.
    if (error == ENOENT) {
      return Aborted("temporary file or directory of ", key, " was removed");
    }
    return ErrnoStatus(error, "naming of", key);
  }

  // Puts the children of a directory that may hold listed keys on `todo`, in descending order.
  absl::Status Expand(const std::string& directory, std::string_view prefix, std::string_view after,
                      std::vector<std::string>* todo) const {
    const std::string_view path =
        std::string_view(directory).substr(0, directory.size() - !directory.empty());
    auto opened = OpenDirectory(root_, path);
    if (absl::IsNotFound(opened.status())) return absl::OkStatus();  // removed meanwhile
    if (!opened.ok()) return opened.status();
    // All of a directory at once, since it comes in no order.
    DOLERITE_ASSIGN_OR_RETURN(std::vector<DirectoryEntry> entries, ReadDirectory(*opened, path));
    const size_t first = todo->size();
    for (const DirectoryEntry& entry : entries) {
      std::string child = directory + entry.name;
      // The temporaries and whatever else is no key.
      if (!ValidateKey(child).ok()) continue;
      if (entry.is_directory) child.push_back('/');
      // Inside: the child, or all below it, is listed. Above: some of what is below it may be.
      const bool inside = child.starts_with(prefix) && child > after;
      const bool above = entry.is_directory &&
                         (child.starts_with(prefix) || prefix.starts_with(child)) &&
                         (child > after || after.starts_with(child));
      if (inside || above) todo->push_back(std::move(child));
    }
    std::sort(todo->begin() + first, todo->end(), std::greater<>());
    return absl::OkStatus();
  }

  const Fd root_;
  const LocalStoreOptions options_;
  std::mutex mutex_;
  std::set<std::string, std::less<>> flushed_;  // directories whose names are on the disk
};

absl::Status LocalUpload::DoAppend(std::string_view bytes, const CallOptions& options) {
  DOLERITE_RETURN_IF_ERROR(lost_);
  absl::Status written = WriteAll(key_, temporary_->file, bytes, options.context);
  if (written.ok()) return written;
  // A part may have been written, say before the disk was full or the host stopped the call: the
  // file ends where it did.
  // `size` counts whole pieces only.
  const auto end = static_cast<off_t>(size());
  const int fd = temporary_->file.get();
  if (ftruncate(fd, end) != 0 || lseek(fd, end, SEEK_SET) != end) lost_ = written;
  return written;
}

absl::StatusOr<std::string> LocalUpload::DoFinish(const CallOptions&) {
  DOLERITE_RETURN_IF_ERROR(lost_);
  // After a flush that failed, the next one may be OK although bytes are lost.
  lost_ = store_->Flush(key_, temporary_->file);
  DOLERITE_RETURN_IF_ERROR(lost_);
  auto version = store_->Publish(key_, PutMode::kCreate, &*temporary_);
  if (version.ok()) temporary_.reset();
  return version;
}

// Makes the root with all directories above it, as a new installation has none. The name of each
// new one is flushed: else a crash could take a store that has acknowledged objects.
absl::Status MakeRoot(const std::filesystem::path& root, bool sync, const SystemCalls& calls) {
  std::error_code error;
  if (std::filesystem::is_directory(root, error)) return absl::OkStatus();
  const std::filesystem::path path = std::filesystem::absolute(root, error);
  const std::filesystem::path parent =
      path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
  if (!error && parent != path) DOLERITE_RETURN_IF_ERROR(MakeRoot(parent, sync, calls));
  std::filesystem::create_directory(path, error);
  if (error) return ErrnoStatus(error.value(), "making of root", root.string());
  if (!sync) return absl::OkStatus();
  const Fd above = OpenPath(calls, parent.string(), O_RDONLY | O_DIRECTORY);
  if (!above.ok()) return ErrnoStatus(errno, "open of the directory above", root.string());
  return Sync(root.string(), above);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenLocalStore(const std::string& root,
                                                            const LocalStoreOptions& options) {
  return OpenLocalStoreWith(root, options, RealSystemCalls());
}

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenLocalStoreWith(const std::string& root,
                                                                const LocalStoreOptions& options,
                                                                const SystemCalls& calls) {
  DOLERITE_RETURN_IF_ERROR(MakeRoot(root, options.sync, calls));
  Fd directory = OpenPath(calls, root, O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return ErrnoStatus(errno, "open of root", root);
  auto store = std::make_unique<LocalStore>(std::move(directory), options);
  store->Sweep();
  return store;
}

}  // namespace dolerite
