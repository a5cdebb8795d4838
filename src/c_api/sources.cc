// What a source is made of: blocks of a store, blocks in memory, profiles that become one, or a
// snapshot of an archive. A place is looked at in this order: an archive is taken as it is; the
// first bytes of a file say what it is; blocks are opened where they lie, so that only their
// footers are read; profiles are collected and become one block in memory at the end.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "c_api/objects.h"
#include "c_api/profile_bytes.h"
#include "dolerite/formats.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "dolerite/stores.h"

namespace dolerite::c_api {

namespace {

namespace fs = std::filesystem;

// Files larger than that are not profiles, nor blocks that are read at once.
constexpr uint64_t kMostFileBytes = uint64_t{1} << 32;
// Enough to know a block.
constexpr size_t kFrontBytes = 16;

absl::Status CannotRead(const fs::path& path, const std::error_code& code) {
  const absl::StatusCode is =
      code == std::errc::no_such_file_or_directory ? absl::StatusCode::kNotFound
      : code == std::errc::permission_denied       ? absl::StatusCode::kPermissionDenied
                                                   : absl::StatusCode::kUnavailable;
  return MakeStatus(is, path.string(), ": ", code.message());
}

// The first bytes of a file, `most` of them or all.
absl::StatusOr<std::string> ReadFile(const fs::path& path, uint64_t most = kMostFileBytes) {
  std::error_code code;
  uint64_t size = fs::file_size(path, code);
  if (code) return CannotRead(path, code);
  if (most == kMostFileBytes && size > most) {
    return ResourceExhausted(path.string(), ": a file of ", size, " bytes");
  }
  size = std::min(size, most);
  std::ifstream file(path, std::ios::binary);
  std::string bytes(size, '\0');
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) {
    return Unavailable(path.string(), ": can't be read");
  }
  return bytes;
}

// Regular files at any depth, in order of their paths. Hidden ones are passed over.
absl::StatusOr<std::vector<fs::path>> FilesBelow(const fs::path& directory,
                                                 const CallContext& call) {
  std::vector<fs::path> files;
  std::error_code code;
  fs::recursive_directory_iterator at(directory, code), end;
  for (; !code && at != end; at.increment(code)) {
    DOLERITE_RETURN_IF_ERROR(call.Check());
    const bool hidden = at->path().filename().string().starts_with('.');
    std::error_code unknown;
    if (hidden && at->is_directory(unknown)) at.disable_recursion_pending();
    if (!hidden && at->is_regular_file(unknown)) files.push_back(at->path());
  }
  if (code) return CannotRead(directory, code);
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status AddStoredBlock(std::shared_ptr<ObjectStore> store, const std::string& key,
                            const CallContext& call, dolerite_source* source) {
  DOLERITE_ASSIGN_OR_RETURN(BlockReader reader, BlockReader::Open(store.get(), key, {}, call));
  source->blocks.push_back(std::make_shared<const BlockReader>(std::move(reader)));
  source->owners.push_back(std::move(store));
  return absl::OkStatus();
}

// Collects the files of a place. Blocks stay where they are, in the store of the directory.
class Loader {
 public:
  Loader(std::shared_ptr<ObjectStore> store, fs::path directory, const CallContext& call,
         dolerite_source* source)
      : store_(std::move(store)), directory_(std::move(directory)), call_(call), source_(*source) {}

  // Blocks are added at once, profiles go to the builder. `named`: the caller named this very file,
  // so it must be one of ours.
  absl::Status AddFile(const fs::path& path, bool named) {
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    DOLERITE_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, kFrontBytes));
    if (IsBlock(bytes)) return Annotate(AddBlockFile(path), path.string());
    DOLERITE_ASSIGN_OR_RETURN(bytes, ReadFile(path));
    // A directory may hold anything: what is not a profile is passed over.
    if (!named && DetectProfileFormat(bytes) == ProfileFormat::kUnknown) return absl::OkStatus();
    LabelSet labels;
    const std::string folder = fs::absolute(path).parent_path().filename().string();
    if (!folder.empty()) labels.Set("service_name", folder);
    if (!builder_) {
      DOLERITE_ASSIGN_OR_RETURN(builder_, BlockBuilder::Make());
    }
    const auto add = [&](const LabelSet& series, const Profile& profile) {
      return builder_->Add(WithDefaults(series, labels), profile);
    };
    return Annotate(ViewProfiles(bytes, add), path.string());
  }

  // Adds the block of all profiles, if there are any.
  absl::Status Finish() {
    if (!builder_) return absl::OkStatus();
    DOLERITE_ASSIGN_OR_RETURN(std::string block, std::move(*builder_).Finish());
    return AddBlockBytes(std::move(block), &source_);
  }

 private:
  // Through the store. A file that the store does not reach, as its name is not a key, is read
  // whole.
  absl::Status AddBlockFile(const fs::path& path) {
    const std::string key = path.lexically_relative(directory_).generic_string();
    absl::Status stored = AddStoredBlock(store_, key, call_, &source_);
    if (!absl::IsNotFound(stored) && !absl::IsInvalidArgument(stored)) return stored;
    DOLERITE_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
    return AddBlockBytes(std::move(bytes), &source_);
  }

  std::shared_ptr<ObjectStore> store_;
  fs::path directory_;  // of the store
  const CallContext& call_;
  dolerite_source& source_;
  std::optional<BlockBuilder> builder_;
};

absl::StatusOr<std::shared_ptr<OpenArchive>> OpenToRead(std::shared_ptr<ObjectStore> store,
                                                        const CallContext& call) {
  auto open = std::make_shared<OpenArchive>();
  open->store = std::move(store);
  DOLERITE_ASSIGN_OR_RETURN(open->archive,
                            Archive::OpenForReading(open->store.get(), HostOf(), call));
  return open;
}

absl::Status TakeSnapshot(const std::shared_ptr<OpenArchive>& open, const CallContext& call,
                          dolerite_source* source) {
  DOLERITE_ASSIGN_OR_RETURN(source->snapshot, open->archive->TakeSnapshot(call));
  source->owners.push_back(open);
  return absl::OkStatus();
}

// An archive under the prefix or, if no archive is there, the object of that name.
absl::Status OpenBucket(std::string_view place, std::string_view options, const CallContext& call,
                        dolerite_source* source) {
  DOLERITE_ASSIGN_OR_RETURN(std::shared_ptr<ObjectStore> store, OpenStore(place, options));
  absl::StatusOr<std::shared_ptr<OpenArchive>> open = OpenToRead(store, call);
  if (open.ok()) return TakeSnapshot(*open, call, source);
  const size_t slash = place.find('/', std::string_view("s3://").size());
  if (!absl::IsNotFound(open.status()) || slash == std::string_view::npos) return open.status();
  DOLERITE_ASSIGN_OR_RETURN(store, OpenStore(place.substr(0, slash), options));
  const absl::Status block =
      AddStoredBlock(std::move(store), std::string(place.substr(slash + 1)), call, source);
  return absl::IsNotFound(block) ? NotFound(place, ": neither an archive nor a block") : block;
}

absl::Status OpenPath(std::string_view place, const CallContext& call, dolerite_source* source) {
  if (place.starts_with("file://")) place.remove_prefix(7);
  const fs::path path{std::string(place)};
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) {
    return code && code != std::errc::no_such_file_or_directory
               ? CannotRead(path, code)
               : NotFound(place, ": there is no such file or directory");
  }
  // A single file is a key of its directory's store.
  const bool one = !fs::is_directory(status);
  const fs::path directory = one ? fs::absolute(path).parent_path() : path;
  DOLERITE_ASSIGN_OR_RETURN(const std::shared_ptr<ObjectStore> store,
                            OpenLocalStore(directory.string(), {.follow_links = true}));
  Loader loader(store, directory, call, source);
  if (one) {
    DOLERITE_RETURN_IF_ERROR(loader.AddFile(directory / path.filename(), true));
    return loader.Finish();
  }
  absl::StatusOr<std::shared_ptr<OpenArchive>> open = OpenToRead(store, call);
  if (open.ok()) return TakeSnapshot(*open, call, source);
  if (!absl::IsNotFound(open.status())) return open.status();
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<fs::path> files, FilesBelow(path, call));
  for (const fs::path& file : files) DOLERITE_RETURN_IF_ERROR(loader.AddFile(file, false));
  DOLERITE_RETURN_IF_ERROR(loader.Finish());
  if (source->blocks.empty()) return NotFound(place, ": holds no block and no profile");
  return absl::OkStatus();
}

absl::Status OpenPlace(std::string_view place, std::string_view options, const CallContext& call,
                       dolerite_source* source) {
  return place.starts_with("s3://") ? OpenBucket(place, options, call, source)
                                    : OpenPath(place, call, source);
}

absl::Status CheckBlocks(const dolerite_source& source) {
  if (!source.snapshot) return absl::OkStatus();
  return FailedPrecondition("a source of an archive takes no further blocks");
}

}  // namespace

absl::Status AddBlockBytes(std::string bytes, dolerite_source* source) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  DOLERITE_ASSIGN_OR_RETURN(BlockReader reader, BlockReader::FromBytes(*owner));
  source->blocks.push_back(std::make_shared<const BlockReader>(std::move(reader)));
  source->owners.push_back(std::move(owner));
  return absl::OkStatus();
}

}  // namespace dolerite::c_api

using namespace dolerite;
using namespace dolerite::c_api;

extern "C" {

dolerite_code dolerite_source_open(const char* place, const char* options, dolerite_call* call,
                                   dolerite_source** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(place);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    auto source = std::make_unique<dolerite_source>();
    DOLERITE_RETURN_IF_ERROR(OpenPlace(place, Text(options), Call::ContextOf(of), source.get()));
    return Give(std::move(source), out);
  });
}

dolerite_code dolerite_source_new(dolerite_source** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(out);
    return Give(std::make_unique<dolerite_source>(), out);
  });
}

dolerite_code dolerite_source_add(dolerite_source* source, const char* place, const char* options,
                                  dolerite_call* call, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(source);
    DOLERITE_C_CHECK_POINTER(place);
    DOLERITE_RETURN_IF_ERROR(CheckBlocks(*source));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    // Opened apart, so that an error leaves the source as it was.
    dolerite_source added;
    DOLERITE_RETURN_IF_ERROR(OpenPlace(place, Text(options), Call::ContextOf(of), &added));
    if (added.snapshot && !source->blocks.empty()) {
      return FailedPrecondition(place, ": an archive must be the only place of a source");
    }
    source->snapshot = std::move(added.snapshot);
    std::move(added.blocks.begin(), added.blocks.end(), std::back_inserter(source->blocks));
    std::move(added.owners.begin(), added.owners.end(), std::back_inserter(source->owners));
    return absl::OkStatus();
  });
}

dolerite_code dolerite_source_add_block(dolerite_source* source, dolerite_store* store,
                                        const char* key, dolerite_call* call,
                                        dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(source);
    DOLERITE_C_CHECK(store);
    DOLERITE_C_CHECK_POINTER(key);
    DOLERITE_RETURN_IF_ERROR(CheckBlocks(*source));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    return AddStoredBlock(store->store, key, Call::ContextOf(of), source);
  });
}

dolerite_code dolerite_source_add_bytes(dolerite_source* source, const void* data, size_t size,
                                        dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(source);
    DOLERITE_ASSIGN_OR_RETURN(const std::string_view bytes, View(data, size, "data"));
    DOLERITE_RETURN_IF_ERROR(CheckBlocks(*source));
    return AddBlockBytes(std::string(bytes), source);
  });
}

dolerite_code dolerite_source_of_archive(dolerite_archive* archive, dolerite_call* call,
                                         dolerite_source** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(archive);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    auto source = std::make_unique<dolerite_source>();
    DOLERITE_RETURN_IF_ERROR(TakeSnapshot(archive->open, Call::ContextOf(of), source.get()));
    return Give(std::move(source), out);
  });
}

void dolerite_source_free(dolerite_source* source) { Free(source); }

}  // extern "C"
