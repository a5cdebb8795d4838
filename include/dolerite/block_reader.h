// One block, read lazily.
#ifndef DOLERITE_BLOCK_READER_H_
#define DOLERITE_BLOCK_READER_H_

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/damage.h"
#include "dolerite/export.h"
#include "dolerite/labels.h"
#include "dolerite/limits.h"
#include "dolerite/object_store.h"
#include "dolerite/profile.h"
#include "dolerite/profile_type.h"

namespace dolerite {

// One profile of a block, as its dataset's profile table describes it.
struct ProfileSummary {
  size_t index = 0;  // in the block, counted over all datasets
  std::string_view dataset;
  const LabelSet* series = nullptr;
  const ProfileType* type = nullptr;
  ProfileId id{};
  int64_t time_nanos = 0;
  int64_t duration_nanos = 0;
  uint64_t samples = 0;
  ProfileTotals totals;  // empty if a sum leaves 64 bits
};

// The bytes of one column of one kind of section, summed over chunks.
struct ColumnUsage {
  std::string dataset, section, column;
  uint64_t stored = 0;   // bytes in the file
  uint64_t decoded = 0;  // bytes of the column as plain integers or strings
  uint64_t rows = 0;
};

struct DatasetSummary {
  std::string name;
  uint64_t profiles = 0, samples = 0, series = 0;
  int64_t min_time_nanos = 0, max_time_nanos = 0;  // of profiles, both inclusive
};

struct BlockSummary {
  std::array<uint8_t, 16> id{};  // hash of the content
  uint64_t bytes = 0;
  uint32_t format_version = 0;
  std::vector<DatasetSummary> datasets;
};

// A block in a store. All methods are const and safe from many threads. Keeps the bytes of its
// first read and, within Options::table_bytes, decoded tables. It fetches everything else anew for
// each call.
//
// A call that its context stops returns the status of the context's check, unchanged, and the
// reader stays as it was.
class DOLERITE_EXPORT BlockReader {
 public:
  struct Options {
    BlockLimits limits;
    // Bytes of the first read, from the end of the block. A block that is no larger
    // answers everything from it.
    size_t suffix_bytes = 256 << 10;
    // Bytes of decoded tables (symbols, stacks, profiles) that the reader keeps, so that later
    // calls and queries decode and fetch them no more. Tables that would pass it are not kept.
    // Queries do not count what is kept as their own memory. 0: keeps none.
    size_t table_bytes = 0;
  };

  // Reads the end of the block with the footer: one request, two if the footer is longer than
  // suffix_bytes. The store must outlive the reader. DataLoss, naming the place, if these bytes are
  // not the end of a block; Unimplemented for a newer format version; else the store's error.
  static absl::StatusOr<BlockReader> Open(const ObjectStore* store, std::string key,
                                          const Options& options, const CallContext& call = {});
  static absl::StatusOr<BlockReader> Open(const ObjectStore* store, std::string key) {
    return Open(store, std::move(key), Options());
  }
  // A block in memory. The bytes must outlive the reader: a string that dies with the call does not
  // compile.
  static absl::StatusOr<BlockReader> FromBytes(std::string_view bytes, const Options& options,
                                               const CallContext& call = {});
  static absl::StatusOr<BlockReader> FromBytes(std::string_view bytes) {
    return FromBytes(bytes, Options());
  }

  template <std::same_as<std::string> S>
  static absl::StatusOr<BlockReader> FromBytes(S&& bytes, const Options& options,
                                               const CallContext& call = {}) = delete;
  template <std::same_as<std::string> S>
  static absl::StatusOr<BlockReader> FromBytes(S&& bytes) = delete;

  ~BlockReader();
  BlockReader(BlockReader&&) noexcept;
  BlockReader& operator=(BlockReader&&) noexcept;

  const BlockSummary& summary() const;
  // Of the tables that are kept now: at most Options::table_bytes.
  size_t kept_table_bytes() const;

  // All profiles, dataset by dataset in canonical order (profile type, series, time, id). Views and
  // pointers live as long as the reader and a copy of Listing::owner.
  struct Listing {
    std::vector<ProfileSummary> profiles;
    std::shared_ptr<const void> owner;
  };
  absl::StatusOr<Listing> ListProfiles(const CallContext& call = {}) const;

  // One whole profile, as it was added. OutOfRange past the last one.
  absl::StatusOr<Profile> ReadProfile(size_t index, const CallContext& call = {}) const;

  // Many profiles, each as ReadProfile gives it, for little more than one decoding of the block:
  // what they share is decoded once. Visits each profile of `indices` once, in the order in which
  // the block stores them, which no order of `indices` changes: by dataset, then by profile type,
  // window of time, series and time. Holds the tables of one dataset and the samples of one chunk
  // at a time. A profile lives until its visit returns; the next one takes its memory, unless
  // the visitor moves it away. An error of `visit` ends the call, which returns it unchanged.
  // OutOfRange, before any visit, if an index is past the last profile.
  using ProfileVisitor = std::function<absl::Status(size_t index, Profile& profile)>;
  absl::Status ReadProfiles(std::span<const size_t> indices, const ProfileVisitor& visit,
                            const CallContext& call = {}) const;

  // Reads everything and checks every checksum, that every column decodes, and that every id lies
  // in its table. Goes on after damage; empty if the block is sound. A section that the store fails
  // to read is damage too. Not OK only if `call` stops it.
  absl::StatusOr<std::vector<Damage>> Verify(const CallContext& call = {}) const;

  absl::StatusOr<std::vector<ColumnUsage>> Usage(const CallContext& call = {}) const;

  // The block as annotated text: footer, sections, columns, first values of each.
  absl::StatusOr<std::string> Dump(size_t max_values = 16, const CallContext& call = {}) const;

  struct Internal;  // what the library itself keeps of an open block

 private:
  friend struct BlockAccess;
  explicit BlockReader(std::unique_ptr<Internal> internal);
  std::unique_ptr<Internal> internal_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_READER_H_
