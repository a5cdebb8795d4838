// Sections: the contiguous, checksummed parts of a block, made of columns.
//
//   section = directory | column | column ...
//   directory = varint number of columns, then for each column:
//               varint id + 64 * index, varint rows, varint stored bytes
//
// A column that is empty or holds zeros only is left out, so a reader always knows
// how many rows it wants. Columns it does not know are passed over.
#ifndef DOLERITE_BLOCK_SECTIONS_H_
#define DOLERITE_BLOCK_SECTIONS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/memory_budget.h"
#include "dolerite/call_context.h"
#include "encoding/integers.h"
#include "encoding/zstd_frame.h"

namespace dolerite {

// Frozen: stored. From kHeads on they are hot: a dataset's hot sections come in this order, behind
// its cold ones.
enum class SectionKind : uint8_t {
  kPadding = 0,     // datasets that would decode to much more than they store
  kBodies = 1,      // one a chunk
  kLinks = 2,       // one a chunk
  kTimestamps = 3,  // one a chunk
  kPayloads = 4,    // one a chunk
  kAddresses = 5,
  kLabels = 6,
  kHeads = 7,   // one a chunk
  kStacks = 8,  // one a profile type
  kSymbols = 9,
  kProfiles = 10,
  kLinkFilter = 11,  // datasets where it tells chunks apart
};

// Column ids, frozen: stored. Each section kind numbers its own, below 64.
namespace column {
enum Any : uint8_t { kCounts = 0 };
enum Padding : uint8_t { kPaddingBytes = 1 };
enum Bodies : uint8_t { kOrdinals = 1, kLabelled = 2, kBodyLabels = 3, kBodyValues = 4 };
enum Links : uint8_t { kLinkCodes = 1, kTraceIds = 2, kSpanIds = 3 };
enum Timestamps : uint8_t { kShapes = 1, kTimestampCounts = 2, kTimes = 3, kTimedValues = 4 };
enum Payloads : uint8_t {
  kPayloadSizes = 1,
  kPayloadBytes = 2,
  kUnknownSizes = 3,
  kUnknownBytes = 4
};
enum Addresses : uint8_t {
  kFarAddresses = 1,
  kNearAddresses = 2,
  kFolded = 3,
  kLocationAttributes = 4,
  kLayoutSizes = 5,
  kLayoutMappings = 6,
  kLayoutStarts = 7,
};
enum Labels : uint8_t {
  kLabelKeys = 1,
  kLabelKinds = 2,
  kLabelValues = 3,
  kLabelUnits = 4,
  kLabelSetSizes = 5,
  kLabelSetItems = 6,
};
enum Heads : uint8_t {
  kRunStacks = 1,
  kRunLabels = 2,
  kRunLengths = 3,
  kFirstValues = 4,
  kResiduals = 5,
  kScaledLabels = 6,
  kScaledSizes = 7,
  kScales = 8,
  kScaledExcess = 9,
};
enum Stacks : uint8_t {
  kFirstLeaves = 1,
  kCallLeaves = 2,
  kLeafLeaves = 3,
  kHeights = 4,
  kLaterHeights = 5,
  kOneEdges = 6,
  kFewEdges = 7,
  kManyEdges = 8,
  kSteps = 9,
  kNearEdges = 10,
  kNewEdges = 11,
  kSampledStacks = 12,
};
enum Symbols : uint8_t {
  kStrings = 1,
  kFunctionNames = 2,
  kFunctionSystemNames = 3,
  kFunctionFiles = 4,
  kFunctionStartLines = 5,
  kLineCounts = 6,
  kOuterFunctions = 7,
  kFirstLines = 8,
  kLineSteps = 9,
  kInnerFunctions = 10,
  kInnerLines = 11,
  kLineColumns = 12,
  kLocationMappings = 13,
  kMappingFiles = 14,
  kMappingBuildIds = 15,
  kMappingOffsets = 16,
  kMappingSizes = 17,
  kMappingFlags = 18,
  kMappingAttributes = 19,
  kMappingInstances = 20,
};
enum Profiles : uint8_t {
  kProfileStrings = 1,
  kTypeStrings = 2,
  kTypeValueCounts = 3,
  kSeriesTypes = 4,
  kSeriesLabelCounts = 5,
  kSeriesLabels = 6,
  kSeriesProfiles = 7,
  kHeaders = 8,
  kHeaderCommentCounts = 9,
  kHeaderComments = 10,
  kProfileTimes = 11,
  kProfileDurations = 12,
  kProfileHeaders = 13,
  kProfileLayouts = 14,
  kProfileSamples = 15,
  kProfileChecks = 16,
  kProfileHasId = 17,
  kProfileIds = 18,
  kTotals = 19,
  kTotalCarries = 20,
  kGroupProfiles = 21,
  kGroupRuns = 22,
  kChunkGroups = 23,
};
enum LinkFilter : uint8_t { kFilterSizes = 1, kFilterBits = 2 };
}  // namespace column

// What a person calls them, and how a column is read.
enum class ColumnForm : uint8_t { kIntegers, kSortedStrings, kBytes, kUnknown };
struct ColumnName {
  std::string name;
  ColumnForm form;
};
std::string_view NameOf(SectionKind kind);
ColumnName NameOf(SectionKind kind, uint8_t column);

enum class SectionEncoding : uint8_t {  // frozen: stored
  kPlain = 0,
  kZstd = 1,  // directory and columns as one zstd frame
  // 2 is kept for zstd with a dictionary that the footer names. Readers pass over sections of
  // encodings that they do not know until they need one.
};

struct EncodedSection {
  SectionKind kind;
  SectionEncoding encoding = SectionEncoding::kPlain;
  uint32_t part = 0;  // the chunk or profile type, for kinds that have one each
  uint64_t decoded_bytes = 0;
  std::string bytes;
};

// Collects the columns of one section.
class SectionWriter {
 public:
  SectionWriter(SectionKind kind, const ColumnOptions& options) : kind_(kind), options_(options) {}

  void Integers(uint8_t id, std::span<const uint64_t> values, uint32_t index = 0);
  void Integers(uint8_t id, std::span<const uint32_t> values, uint32_t index = 0);
  void SortedStrings(uint8_t id, std::span<const std::string_view> strings);
  void Bytes(uint8_t id, std::string_view bytes);

  bool empty() const { return columns_ == 0; }
  EncodedSection Finish(uint32_t part = 0) &&;

 private:
  FrameEncoder* zstd() { return options_.zstd != nullptr ? options_.zstd : &own_zstd_; }
  template <class Encode>
  void Column(uint8_t id, uint32_t index, size_t rows, const Encode& encode);

  SectionKind kind_;
  ColumnOptions options_;
  size_t columns_ = 0;
  // Once with zstd a column, and, while small, once without for one zstd over all.
  std::string directory_, payload_;
  std::string plain_directory_, plain_payload_;
  bool plain_ = true;
  FrameEncoder own_zstd_;
};

// Reads the columns of one section in any order. Views the bytes it was opened on.
class SectionReader {
 public:
  struct Entry {
    uint8_t id;
    uint32_t index;
    uint64_t rows;
    std::string_view bytes;
  };

  // `place` begins every error message. `zstd` must outlive the reader, which uses it whenever
  // a column is read, and so must `memory`, from which the reader takes what its directory and its
  // columns need before it makes them (null: not bounded), and `call`, which each read of a column
  // asks first (null: cannot be stopped). DataLoss if the directory is damaged,
  // has more columns than the kind can have, or has one of them twice.
  static absl::StatusOr<SectionReader> Open(SectionKind kind, std::string_view plain,
                                            std::string place, FrameDecoder* zstd,
                                            MemoryLease* memory = nullptr,
                                            const CallContext* call = nullptr);

  // A column that was left out reads as `rows` zeros; one of another length is DataLoss. Takes
  // twice the memory of the column: for it, and for the table that is made of it. The host is asked
  // before the column, after each MiB that zstd makes, and between the steps that make 2^20 values
  // or more.
  absl::Status Integers(uint8_t id, size_t rows, std::vector<uint64_t>* values,
                        uint32_t index = 0) const;
  absl::Status Integers(uint8_t id, size_t rows, std::vector<uint32_t>* values,
                        uint32_t index = 0) const;
  absl::Status SortedStrings(uint8_t id, size_t rows, size_t max_bytes, std::string* bytes,
                             std::vector<size_t>* ends) const;
  // DataLoss if there are more bytes than can be right.
  absl::Status Bytes(uint8_t id, size_t max_bytes, std::string* bytes) const;
  // Any number of bytes; ResourceExhausted if they are over a limit of the reader.
  absl::Status LimitedBytes(uint8_t id, size_t limit, std::string* bytes) const;
  // The kCounts column, which must have at least `rows` values.
  absl::Status Counts(size_t rows, std::vector<uint64_t>* counts) const;

  // Takes memory for `rows` of what a decoder makes of this section beside its columns.
  absl::Status Take(uint64_t rows, size_t row_bytes) const;

  // Rows of a column; 0 if it was left out.
  uint64_t Rows(uint8_t id, uint32_t index = 0) const;
  // In the order in which they stand.
  const std::vector<Entry>& entries() const { return entries_; }
  const std::string& place() const { return place_; }
  const CallContext& call() const;
  absl::Status Damaged(std::string_view what) const;
  // The status of a decoder of this section, with the place before its message; or, if the host has
  // stopped the call, what the host says.
  absl::Status Placed(const absl::Status& decoded) const;

 private:
  absl::Status ReadDirectory(SectionKind kind, std::string_view plain);
  absl::Status SortDirectory(SectionKind kind);
  const Entry* Find(uint8_t id, uint32_t index) const;
  template <class T>
  absl::Status ReadIntegers(uint8_t id, size_t rows, std::vector<T>* values, uint32_t index) const;

  std::string place_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> by_id_;  // rows of entries_, by id and index
  FrameDecoder* zstd_ = nullptr;
  MemoryLease* memory_ = nullptr;
  const CallContext* call_ = nullptr;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_SECTIONS_H_
