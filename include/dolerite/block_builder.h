// Profiles in, one immutable block out.
#ifndef DOLERITE_BLOCK_BUILDER_H_
#define DOLERITE_BLOCK_BUILDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/executor.h"
#include "dolerite/export.h"
#include "dolerite/labels.h"
#include "dolerite/profile.h"

namespace dolerite {

// The layout's knobs. Every choice gives the same answers; what differs is bytes and time.
struct BlockOptions {
  // Profiles of one value of this label make one dataset, with tables of its own.
  std::string dataset_label = "service_name";
  // The first of these labels that a series has names its profile type ("cpu");
  // for series that have none the name comes from the profile's sample types.
  std::vector<std::string> type_labels = {"__name__", "profile_type", "kind"};

  // Profiles of one series that are stored together. 1 keeps profile by profile, the
  // cheapest to write and to read one of; many make a merge over whole groups cheap. 0 picks:
  // all of a window where the series has at least 4 there, else 1.
  uint32_t profiles_per_group = 0;
  // Groups do not span windows of this length, which begin at multiples of it. At least 1.
  int64_t group_window_nanos = int64_t{3'600} * 1'000'000'000;
  // At least 1, as is samples_per_chunk.
  uint32_t samples_per_group = 262'144;
  // Row groups of one profile type share chunks of about this many samples, the
  // unit of reading: larger ones compress better, smaller ones read less for one profile.
  uint32_t samples_per_chunk = 65'536;
  // Row groups and chunks also end where their payloads or timestamps pass this many bytes. What
  // chunks have beside heads is written in stripes of about as many: a writer that streams holds
  // one, and a reader of one kind of section finds neighbours in it. At least 4,096.
  uint32_t stripe_bytes = 4 << 20;

  // zstd's level, 0 to 19. 19 makes blocks 2 to 8 % smaller and takes 2 to 3 times as long.
  int zstd_level = 1;
  // Also tries encodings that decode slowly for a few bytes less.
  bool smallest = false;
  // Compresses some forms of each column and keeps the smallest. Without that, blocks are 1 to 3 %
  // larger and made 1.1 to 1.3 times as fast, for segments that are compacted soon.
  // Not together with `smallest`.
  bool try_encodings = true;
  // Stores Go heap values as the counts that they were scaled from, where exact.
  bool unscale_go_heap = true;
  // Bits, up to 32, for each trace and span id of a chunk, which let a look-up by id pass over
  // other chunks: at 8 it reads one in 46 for nothing, at 12 one in 300. An id itself takes 64 or
  // 128. A chunk that is the only one of its profile type has no filter. 0: no filters at all.
  uint32_t link_filter_bits = 8;

  friend bool operator==(const BlockOptions&, const BlockOptions&) = default;
};

// Takes the bytes of a block in order. A status other than OK ends the writing.
using ByteSink = std::function<absl::Status(std::string_view)>;

// Collects profiles and turns them into one immutable block. Not thread-safe.
// The same set of profiles gives the same bytes, in whatever order it came.
class DOLERITE_EXPORT BlockBuilder {
 public:
  // InvalidArgument, naming the field, if an option is out of its range.
  static absl::StatusOr<BlockBuilder> Make(const BlockOptions& options = {});
  ~BlockBuilder();
  BlockBuilder(BlockBuilder&&) noexcept;
  BlockBuilder& operator=(BlockBuilder&&) noexcept;

  // Copies what it needs; `series` and `profile` may die after the call. The same profile (same
  // series, same content, same id) twice is stored once. InvalidArgument if the profile breaks a
  // rule of Profile::Validate, has samples but no sample type, or has more than 256 types.
  // ResourceExhausted, naming the bound, if the block could then not be read by default
  // BlockLimits: finish it and go on with a new builder. What tables share is found only later,
  // so profiles are refused a little early. After these errors the builder is as before.
  // After ResourceExhausted for lack of memory it refuses every further call.
  absl::Status Add(const LabelSet& series, const Profile& profile);

  // Takes all profiles of `other`, which was made with equal options and is finished by this: the
  // block is the one that a single builder of all these profiles makes. Threads can so fill a
  // builder each. InvalidArgument if the options differ. ResourceExhausted, naming the bound, if
  // the two together could pass one: counted as if they shared nothing, so from half a bound on
  // where they share all. After these errors both are as before, each good for a block of its own.
  absl::Status Merge(BlockBuilder&& other);

  // Back to the builder that Make gave, whatever happened to this one, but for a move. Keeps memory
  // of its largest dataset for the next block, if that is at most `kept_bytes`; memory_bytes counts
  // it from the first Add on.
  void Reset(size_t kept_bytes = size_t{64} << 20);

  // An upper bound of the memory held now, in bytes. Hosts flush on it.
  size_t memory_bytes() const;
  size_t profiles() const;

  // Ends the builder. The whole block, or the block piece by piece: of all that Add has accepted.
  // How large it is shows only here, as profiles compress 10 to 30 times; hosts that want smaller
  // blocks finish them at a lower memory_bytes(). ResourceExhausted if memory runs out, else OK or
  // the status of `sink`. A finished builder refuses calls until its Reset: FailedPrecondition.
  // Sections are encoded side by side on the executor, if there is one; the bytes are the same.
  absl::StatusOr<std::string> Finish(Executor* executor = nullptr) &&;
  absl::Status Finish(const ByteSink& sink, Executor* executor = nullptr) &&;

 private:
  friend struct BoundedBuilder;
  struct State;
  explicit BlockBuilder(std::unique_ptr<State> state);
  absl::Status WriteBlock(const ByteSink& sink, Executor* executor) &&;

  std::unique_ptr<State> state_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_BUILDER_H_
