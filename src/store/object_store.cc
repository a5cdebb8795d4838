#include "dolerite/object_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "store/errors.h"

namespace dolerite {
namespace {

// Keys as S3 takes them, segments as file systems take names.
constexpr size_t kMaxKeyBytes = 1024;
constexpr size_t kMaxSegmentBytes = 255;

bool IsKeyChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '~' || c == '-' || c == '/';
}

// No `.` and `..`: a key must be safe as a path.
bool IsKeySegment(std::string_view segment) {
  return !segment.empty() && segment.size() <= kMaxSegmentBytes && segment != "." &&
         segment != "..";
}

// The message leaves the key out, since it may contain any bytes.
absl::Status BadKey(std::string_view key) {
  return InvalidArgument("not an object key (", key.size(), " bytes)");
}

absl::Status ValidatePrefix(std::string_view prefix) {
  if (prefix.size() <= kMaxKeyBytes && std::all_of(prefix.begin(), prefix.end(), IsKeyChar)) {
    return absl::OkStatus();
  }
  return InvalidArgument("not a prefix of object keys (", prefix.size(), " bytes)");
}

absl::Status ValidateRange(const ByteRange& range) {
  if (range.length == 0) return InvalidArgument("an empty range was to be read");
  if (!range.from_end && range.length > UINT64_MAX - range.offset) {
    return OutOfRange("range of ", range.length, " bytes at ", range.offset, " passes 2^64");
  }
  return absl::OkStatus();
}

// A store that gives other bytes than were asked for is not damage: the status is
// Unavailable.
// The stores of hosts are checked as well: a wrong offset would look like damage later on.
absl::Status CheckResult(std::string_view key, const ByteRange& range, const CallOptions& options,
                         const ReadResult& result) {
  uint64_t length = range.length, offset = range.offset;
  if (range.from_end) {
    length = std::min(range.length, result.object_size);
    offset = result.object_size - length;
  }
  if (result.slice.bytes.size() != length || result.offset != offset) {
    return Unavailable("read of ", key, " gave ", result.slice.bytes.size(), " bytes at ",
                       result.offset, " where ", length, " at ", offset, " were asked for");
  }
  if (!options.version.empty() && result.version != options.version) return VersionChanged(key);
  return absl::OkStatus();
}

}  // namespace

// Clamped, for traits are a host's guesses.
uint64_t StoreTraits::hole_bytes() const {
  const double bytes = 1e-6 * static_cast<double>(first_byte_micros) * bytes_per_second;
  return static_cast<uint64_t>(std::clamp(bytes, double{8 << 10}, double{4 << 20}));
}

uint64_t StoreTraits::request_bytes() const {
  return std::clamp<uint64_t>(9 * hole_bytes(), 1 << 20, 16 << 20);
}

// Two keys that differ are two objects, so no key may be written in two ways.
absl::Status ValidateKey(std::string_view key) {
  if (key.size() > kMaxKeyBytes || !std::all_of(key.begin(), key.end(), IsKeyChar)) {
    return BadKey(key);
  }
  std::string_view rest = key;
  for (size_t slash; (slash = rest.find('/')) != rest.npos; rest.remove_prefix(slash + 1)) {
    if (!IsKeySegment(rest.substr(0, slash))) return BadKey(key);
  }
  return IsKeySegment(rest) ? absl::OkStatus() : BadKey(key);
}

// Each public call checks its arguments, asks the host whether to go on, and checks what the Do
// call gave.
ObjectStore::~ObjectStore() = default;

StoreTraits ObjectStore::traits() const { return {}; }

absl::StatusOr<ReadResult> ObjectStore::Read(std::string_view key, const ByteRange& range,
                                             const CallOptions& options) const {
  DOLERITE_RETURN_IF_ERROR(ValidateKey(key));
  DOLERITE_RETURN_IF_ERROR(ValidateRange(range));
  if (range.from_end && !traits().suffix_ranges) return ReadSuffix(key, range.length, options);
  DOLERITE_RETURN_IF_ERROR(options.context.Check());
  DOLERITE_ASSIGN_OR_RETURN(ReadResult result, DoRead(key, range, options));
  DOLERITE_RETURN_IF_ERROR(CheckResult(key, range, options, result));
  return result;
}

// Two requests, where a store can't count from the end.
absl::StatusOr<ReadResult> ObjectStore::ReadSuffix(std::string_view key, uint64_t length,
                                                   const CallOptions& options) const {
  DOLERITE_ASSIGN_OR_RETURN(ObjectInfo info, Head(key, options));
  if (!options.version.empty() && info.version != options.version) return VersionChanged(key);
  // Head gives the size; the read is then pinned to the version that had it.
  length = std::min(length, info.size);
  if (length == 0) return ReadResult{{}, 0, 0, info.version};
  CallOptions pinned = options;
  pinned.version = info.version;
  auto result = Read(key, ByteRange::At(info.size - length, length), pinned);
  // The version is ours, not the caller's, so the caller may simply try again.
  if (result.status().code() == absl::StatusCode::kFailedPrecondition && options.version.empty()) {
    return Aborted("object ", key, " changed while it was read");
  }
  return result;
}

absl::StatusOr<ReadManyResult> ObjectStore::ReadMany(std::string_view key,
                                                     std::span<const ByteRange> ranges,
                                                     const CallOptions& options) const {
  // Empty ranges are allowed here, for callers make lists by rule.
  DOLERITE_RETURN_IF_ERROR(ValidateKey(key));
  for (const ByteRange& range : ranges) {
    if (range.from_end) return InvalidArgument("one of many ranges counts from the end");
    if (range.length > 0) DOLERITE_RETURN_IF_ERROR(ValidateRange(range));
  }
  // The host is asked in each Read that DoReadMany makes.
  DOLERITE_ASSIGN_OR_RETURN(ReadManyResult result, DoReadMany(key, ranges, options));
  // Sizes only: whether they are the right bytes, checksums inside tell.
  bool sound = result.slices.size() == ranges.size();
  for (size_t i = 0; sound && i < ranges.size(); ++i) {
    sound = result.slices[i].bytes.size() == ranges[i].length;
  }
  if (!sound) {
    return Unavailable("read of ranges of ", key, " gave other sizes than were asked for");
  }
  return result;
}

absl::StatusOr<std::string> ObjectStore::Put(std::string_view key, std::string_view bytes,
                                             const PutOptions& put, const CallOptions& options) {
  DOLERITE_RETURN_IF_ERROR(ValidateKey(key));
  // A kIfMatch without a version would replace whatever is there.
  if ((put.mode == PutMode::kIfMatch) == put.version.empty()) {
    return InvalidArgument("a version goes with kIfMatch, and only with it");
  }
  DOLERITE_RETURN_IF_ERROR(options.context.Check());
  return DoPut(key, bytes, put, options);
}

absl::StatusOr<std::unique_ptr<Upload>> ObjectStore::StartUpload(std::string_view key,
                                                                 const CallOptions& options) {
  DOLERITE_RETURN_IF_ERROR(ValidateKey(key));
  DOLERITE_RETURN_IF_ERROR(options.context.Check());
  return DoStartUpload(key, options);
}

absl::StatusOr<ObjectInfo> ObjectStore::Head(std::string_view key,
                                             const CallOptions& options) const {
  DOLERITE_RETURN_IF_ERROR(ValidateKey(key));
  DOLERITE_RETURN_IF_ERROR(options.context.Check());
  return DoHead(key, options);
}

absl::StatusOr<ListPage> ObjectStore::List(std::string_view prefix, const ListOptions& list,
                                           const CallOptions& options) const {
  DOLERITE_RETURN_IF_ERROR(ValidatePrefix(prefix));
  DOLERITE_RETURN_IF_ERROR(ValidatePrefix(list.start_after));
  if (list.limit == 0) return InvalidArgument("a page of 0 objects was to be listed");
  DOLERITE_RETURN_IF_ERROR(options.context.Check());
  return DoList(prefix, list, options);
}

absl::StatusOr<std::vector<ObjectInfo>> ObjectStore::ListAll(std::string_view prefix,
                                                             const CallOptions& options) const {
  std::vector<ObjectInfo> objects;
  std::set<std::string> seen;  // page tokens; one that comes again would list for ever
  // Each page costs a local store a look at a whole directory, so pages grow: all of them together
  // cost as much as some looks. A store whose pages are bounded gives what it gives.
  constexpr size_t kGrowth = 8, kMostOnAPage = size_t{1} << 40;
  ListOptions list;
  do {
    DOLERITE_ASSIGN_OR_RETURN(ListPage page, List(prefix, list, options));
    std::move(page.objects.begin(), page.objects.end(), std::back_inserter(objects));
    list.page_token = std::move(page.next_page);
    list.limit = std::min(list.limit * kGrowth, kMostOnAPage);
    if (!seen.insert(list.page_token).second) {
      return Unavailable("pages of the list repeat themselves");
    }
  } while (!list.page_token.empty());
  // Pages may come unordered, and an object that moves between pages may come twice.
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  objects.erase(
      std::unique(objects.begin(), objects.end(),
                  [](const ObjectInfo& a, const ObjectInfo& b) { return a.key == b.key; }),
      objects.end());
  return objects;
}

absl::Status ObjectStore::Delete(std::string_view key, const CallOptions& options) {
  DOLERITE_RETURN_IF_ERROR(ValidateKey(key));
  DOLERITE_RETURN_IF_ERROR(options.context.Check());
  return DoDelete(key, options);
}

}  // namespace dolerite
