// A section is a directory and columns. The writer keeps two versions while a section is small:
// columns compressed one by one, and plain ones to go into one frame; Finish takes the smaller.
// The reader checks the directory when it opens, counts memory before it makes a table, and
// decodes a column only when it is asked for.
#include "block/sections.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/bytes.h"
#include "base/status.h"
#include "block/format_bounds.h"
#include "encoding/strings.h"

namespace dolerite {

namespace {

// One frame over all columns wins in small sections only.
constexpr size_t kOneFrameBytes = 32 << 10;
constexpr size_t kOneFrameRows = 4096;
constexpr uint32_t kColumnIds = 64;

}  // namespace

// Appends one column. While a frame over all columns may still win, it is kept twice: for the
// directory with compressed columns, and for the one with plain columns.
template <class Encode>
void SectionWriter::Column(uint8_t id, uint32_t index, size_t rows, const Encode& encode) {
  ++columns_;
  // One column past a bound ends the second version for the whole section.
  plain_ = plain_ && options_.zstd_level != 0 && rows <= kOneFrameRows;
  const size_t before = payload_.size(), plain_before = plain_payload_.size();
  encode(&payload_, plain_ ? &plain_payload_ : nullptr);
  const auto enter = [&](size_t bytes, std::string* directory) {
    AppendVarint(directory, id + uint64_t{kColumnIds} * index);
    AppendVarint(directory, rows);
    AppendVarint(directory, bytes);
  };
  enter(payload_.size() - before, &directory_);
  if (!plain_) return;
  enter(plain_payload_.size() - plain_before, &plain_directory_);
  plain_ = plain_payload_.size() <= kOneFrameBytes;
}

// A column of zeros takes no bytes: readers know the rows that they want.
void SectionWriter::Integers(uint8_t id, std::span<const uint64_t> values, uint32_t index) {
  if (std::all_of(values.begin(), values.end(), [](uint64_t v) { return v == 0; })) return;
  Column(id, index, values.size(), [&](std::string* out, std::string* plain) {
    EncodeIntegers(values, options_, out, zstd(), plain);
  });
}

void SectionWriter::Integers(uint8_t id, std::span<const uint32_t> values, uint32_t index) {
  if (std::all_of(values.begin(), values.end(), [](uint32_t v) { return v == 0; })) return;
  Column(id, index, values.size(), [&](std::string* out, std::string* plain) {
    EncodeIntegers(values, options_, out, zstd(), plain);
  });
}

void SectionWriter::SortedStrings(uint8_t id, std::span<const std::string_view> strings) {
  if (strings.empty()) return;
  Column(id, 0, strings.size(), [&](std::string* out, std::string* plain) {
    EncodeSortedStrings(strings, options_, out, zstd(), plain);
  });
}

void SectionWriter::Bytes(uint8_t id, std::string_view bytes) {
  if (bytes.empty()) return;
  Column(id, 0, bytes.size(), [&](std::string* out, std::string* plain) {
    EncodeBytes(bytes, options_, out, zstd(), plain);
  });
}

// Takes the smaller of two versions: columns compressed one by one, and plain columns in one frame.
// The second is an alternative only in small sections: one who needs a single column must decode
// the frame wholly.
EncodedSection SectionWriter::Finish(uint32_t part) && {
  EncodedSection section{kind_, SectionEncoding::kPlain, part, 0, {}};
  AppendVarint(&section.bytes, columns_);
  section.bytes += directory_;
  section.bytes += payload_;
  section.decoded_bytes = section.bytes.size();
  if (!plain_) return section;
  std::string plain, frame;
  AppendVarint(&plain, columns_);
  plain += plain_directory_;
  plain += plain_payload_;
  zstd()->Compress(plain, options_.zstd_level, &frame);
  const bool framed = frame.size() < section.bytes.size();
  if (framed) section.encoding = SectionEncoding::kZstd;
  if (framed) section.decoded_bytes = plain.size();
  if (framed) section.bytes = std::move(frame);
  return section;
}

absl::Status SectionReader::Damaged(std::string_view what) const {
  return DataLoss(place_, ": ", what);
}

namespace {

// How many indexes a column of a kind can have: one for each value column of a chunk, or for each
// value of all types of a dataset.
uint64_t MostIndexes(SectionKind kind) {
  switch (kind) {
    case SectionKind::kBodies:
    case SectionKind::kHeads:
      return kFormatBounds.sample_types;
    case SectionKind::kProfiles:
      return kFormatBounds.profile_rows;
    default:
      return 1;
  }
}

}  // namespace

// `plain` is the section after its frame, if it had one. It must outlive the reader, which keeps
// views of columns.
absl::StatusOr<SectionReader> SectionReader::Open(SectionKind kind, std::string_view plain,
                                                  std::string place, FrameDecoder* zstd,
                                                  MemoryLease* memory, const CallContext* call) {
  SectionReader reader;
  reader.zstd_ = zstd;
  reader.memory_ = memory;
  reader.call_ = call;
  reader.place_ = std::move(place);
  DOLERITE_RETURN_IF_ERROR(reader.ReadDirectory(kind, plain));
  DOLERITE_RETURN_IF_ERROR(reader.SortDirectory(kind));
  return reader;
}

// A hostile directory may name many columns in few bytes, so their number is bounded by the bytes
// that are left, by the kind, and by the memory that may be taken.
absl::Status SectionReader::ReadDirectory(SectionKind kind, std::string_view plain) {
  constexpr size_t kLeastEntryBytes = 3;
  ByteReader in(plain);
  uint64_t columns = 0;
  if (!in.ReadVarint(&columns)) return Damaged("the directory is cut off");
  if (columns > in.remaining() / kLeastEntryBytes) {
    return Damaged(Concat("the directory is cut off: ", columns, " columns do not fit ",
                          in.remaining(), " bytes"));
  }
  if (columns > kColumnIds * MostIndexes(kind)) {
    return Damaged(
        Concat(columns, " columns, where the kind has at most ", kColumnIds * MostIndexes(kind)));
  }
  // Memory for the entries and for the sizes, which are needed until all entries are read: columns
  // begin behind the last entry.
  DOLERITE_RETURN_IF_ERROR(Take(columns, sizeof(Entry) + 2 * sizeof(uint64_t)));
  entries_.reserve(columns);
  std::vector<uint64_t> sizes;
  sizes.reserve(columns);
  for (uint64_t i = 0; i < columns; ++i) {
    uint64_t id = 0, rows = 0, size = 0;
    if (!in.ReadVarint(&id) || !in.ReadVarint(&rows) || !in.ReadVarint(&size)) {
      return Damaged(Concat("the directory is cut off in entry ", i, " of ", columns));
    }
    if (id / kColumnIds >= MostIndexes(kind)) {
      return Damaged(Concat("column ", id % kColumnIds, " has index ", id / kColumnIds,
                            ", where the kind has at most ", MostIndexes(kind)));
    }
    entries_.push_back(
        {static_cast<uint8_t>(id % kColumnIds), static_cast<uint32_t>(id / kColumnIds), rows, {}});
    sizes.push_back(size);
  }
  // Columns follow each other in the order of the directory and fill the section to its end.
  for (uint64_t i = 0; i < columns; ++i) {
    if (!in.ReadBytes(sizes[i], &entries_[i].bytes)) {
      return Damaged(Concat("column ", entries_[i].id, " is cut off: ", sizes[i], " bytes, where ",
                            in.remaining(), " are left"));
    }
  }
  if (in.empty()) return absl::OkStatus();
  return Damaged(Concat(in.remaining(), " bytes behind the last column"));
}

// Columns may come in any order, so they are looked up by binary search over a sorted list of rows.
// Equal neighbours in it are a column that occurs twice.
absl::Status SectionReader::SortDirectory(SectionKind kind) {
  const auto key = [&](uint32_t at) { return std::pair(entries_[at].id, entries_[at].index); };
  by_id_.resize(entries_.size());
  std::iota(by_id_.begin(), by_id_.end(), 0u);
  std::sort(by_id_.begin(), by_id_.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  for (size_t i = 1; i < by_id_.size(); ++i) {
    if (key(by_id_[i - 1]) != key(by_id_[i])) continue;
    const Entry& twice = entries_[by_id_[i]];
    return Damaged(Concat("the directory has column ", twice.id, " (", NameOf(kind, twice.id).name,
                          ") of index ", twice.index, " twice"));
  }
  return absl::OkStatus();
}

const CallContext& SectionReader::call() const {
  static const auto& kNone = *new CallContext;
  return call_ == nullptr ? kNone : *call_;
}

absl::Status SectionReader::Placed(const absl::Status& decoded) const {
  if (decoded.ok()) return decoded;
  DOLERITE_RETURN_IF_ERROR(call().Check());
  return Annotate(decoded, place_);
}

// nullptr for a column that is left out, which means zeros.
const SectionReader::Entry* SectionReader::Find(uint8_t id, uint32_t index) const {
  const std::pair key(id, index);
  const auto at =
      std::lower_bound(by_id_.begin(), by_id_.end(), key, [&](uint32_t row, const auto& k) {
        return std::pair(entries_[row].id, entries_[row].index) < k;
      });
  if (at == by_id_.end() || std::pair(entries_[*at].id, entries_[*at].index) != key) return nullptr;
  return &entries_[*at];
}

// Saturates: a product that overflows is larger than any budget.
absl::Status SectionReader::Take(uint64_t rows, size_t row_bytes) const {
  if (memory_ == nullptr || row_bytes == 0) return absl::OkStatus();
  if (rows > SIZE_MAX / row_bytes) rows = SIZE_MAX / row_bytes;
  return memory_->Take(rows * row_bytes, place_);
}

uint64_t SectionReader::Rows(uint8_t id, uint32_t index) const {
  const Entry* entry = Find(id, index);
  return entry == nullptr ? 0 : entry->rows;
}

// A column of expected length. `rows` comes from the counts of the section or from tables, never
// from the directory, which is only compared with it.
template <class T>
absl::Status SectionReader::ReadIntegers(uint8_t id, size_t rows, std::vector<T>* values,
                                         uint32_t index) const {
  DOLERITE_RETURN_IF_ERROR(call().Check());
  const Entry* entry = Find(id, index);
  if (entry != nullptr && entry->rows != rows) {
    return Damaged(
        Concat("column ", id, " has ", entry->rows, " rows where ", rows, " are expected"));
  }
  DOLERITE_RETURN_IF_ERROR(Take(rows, 2 * sizeof(T)));
  if (entry == nullptr) {
    values->assign(rows, 0);
    return absl::OkStatus();
  }
  ByteReader in(entry->bytes);
  if (absl::Status status = DecodeIntegers(&in, rows, values, zstd_); !status.ok()) {
    return Placed(Annotate(status, Concat("column ", id)));
  }
  return in.empty() ? absl::OkStatus() : Damaged(Concat("column ", id, " has bytes left over"));
}

absl::Status SectionReader::Integers(uint8_t id, size_t rows, std::vector<uint64_t>* values,
                                     uint32_t index) const {
  return ReadIntegers(id, rows, values, index);
}

absl::Status SectionReader::Integers(uint8_t id, size_t rows, std::vector<uint32_t>* values,
                                     uint32_t index) const {
  return ReadIntegers(id, rows, values, index);
}

// The strings of one column, concatenated, and where each one ends. A column of strings is left out
// only if it has no strings.
absl::Status SectionReader::SortedStrings(uint8_t id, size_t rows, size_t max_bytes,
                                          std::string* bytes, std::vector<size_t>* ends) const {
  DOLERITE_RETURN_IF_ERROR(call().Check());
  bytes->clear(), ends->clear();
  const Entry* entry = Find(id, 0);
  if (entry == nullptr && rows == 0) return absl::OkStatus();
  if (entry == nullptr || entry->rows != rows) {
    return Damaged(Concat("string column ", id, " has ", entry == nullptr ? 0 : entry->rows,
                          " rows where ", rows, " are expected"));
  }
  // Two lengths and an end for each string. Then what the strings have in common is repeated, so
  // few bytes make many: they stand in the column and in `bytes`.
  constexpr size_t kCopies = 2;
  DOLERITE_RETURN_IF_ERROR(Take(rows, 3 * sizeof(uint64_t)));
  if (memory_ != nullptr) max_bytes = std::min(max_bytes, memory_->left() / kCopies);
  ByteReader in(entry->bytes);
  DOLERITE_RETURN_IF_ERROR(Placed(DecodeSortedStrings(&in, rows, max_bytes, bytes, ends, zstd_)));
  return Take(bytes->size(), kCopies);
}

// Bytes without structure. The caller knows how many are right; here they are only bounded.
absl::Status SectionReader::Bytes(uint8_t id, size_t max_bytes, std::string* bytes) const {
  DOLERITE_RETURN_IF_ERROR(call().Check());
  bytes->clear();
  const Entry* entry = Find(id, 0);
  if (entry == nullptr) return absl::OkStatus();
  if (entry->rows > max_bytes) {
    return Damaged(Concat("byte column ", id, " has ", entry->rows, " bytes where at most ",
                          max_bytes, " are expected"));
  }
  DOLERITE_RETURN_IF_ERROR(Take(entry->rows, 1));
  ByteReader in(entry->bytes);
  DOLERITE_RETURN_IF_ERROR(Placed(DecodeBytes(&in, entry->rows, bytes, zstd_)));
  if (bytes->size() == entry->rows) return absl::OkStatus();
  return Damaged(Concat("byte column ", id, " holds ", bytes->size(), " bytes where ", entry->rows,
                        " are expected"));
}

absl::Status SectionReader::LimitedBytes(uint8_t id, size_t limit, std::string* bytes) const {
  const uint64_t size = Rows(id, 0);
  if (size > limit) return CheckLimit(Concat(place_, ": bytes of column ", id), size, limit);
  return Bytes(id, size, bytes);
}

// A newer writer may have added counts at the end, so more than `rows` is fine up to a bound. A
// column of zeros is left out: then all `rows` counts are 0.
absl::Status SectionReader::Counts(size_t rows, std::vector<uint64_t>* counts) const {
  const Entry* entry = Find(column::kCounts, 0);
  const size_t stored = entry == nullptr ? rows : entry->rows;
  if (stored < rows || stored > kMostCounts) {
    return Damaged(Concat("column 0 has ", stored, " counts, where ", rows, " to ", kMostCounts,
                          " are expected"));
  }
  return Integers(column::kCounts, stored, counts);
}

std::string_view NameOf(SectionKind kind) {
  static constexpr std::array<std::string_view, 12> kNames = {
      "padding", "bodies", "links",  "timestamps", "payloads", "addresses",
      "labels",  "heads",  "stacks", "symbols",    "profiles", "link filter"};
  const size_t at = static_cast<size_t>(kind);
  return at < kNames.size() ? kNames[at] : "?";
}

namespace {

// By kind and column id. `'` marks sorted strings, `#` bytes; all else is integers.
constexpr size_t kMostNames = 24;
constexpr std::string_view kColumnNames[][kMostNames] = {
    {"counts", "#padding"},
    // Bodies, links, timestamps, payloads.
    {"counts", "ordinals", "labelled", "labels", "values"},
    {"counts", "codes", "#trace ids", "#span ids"},
    {"counts", "shapes", "timestamp counts", "times", "timed values"},
    {"counts", "payload sizes", "#payloads", "unknown field sizes", "#unknown fields"},
    // Addresses, labels.
    {"counts", "far addresses", "near addresses", "folded", "location attributes", "layout sizes",
     "layout mappings", "layout starts"},
    {"counts", "keys", "kinds", "values", "units", "set sizes", "set items"},
    // Heads, stacks, symbols.
    {"counts", "stacks", "labels", "run lengths", "first values", "residuals", "scaled labels",
     "scaled sizes", "scales", "scaled excess"},
    {"counts", "first leaves", "call leaves", "leaf leaves", "heights", "later heights",
     "one edges", "few edges", "many edges", "steps", "near edges", "new edges", "sampled"},
    {"counts",           "'strings",          "function names",  "function system names",
     "function files",   "function starts",   "line counts",     "outer functions",
     "first lines",      "line steps",        "inner functions", "inner lines",
     "line columns",     "location mappings", "mapping files",   "mapping build ids",
     "mapping offsets",  "mapping sizes",     "mapping flags",   "mapping attributes",
     "mapping instances"},
    // Profiles, link filter.
    {"counts",
     "'strings",
     "types",
     "type value counts",
     "series types",
     "series label counts",
     "series labels",
     "series profiles",
     "headers",
     "header comment counts",
     "header comments",
     "times",
     "durations",
     "profile headers",
     "profile layouts",
     "sample counts",
     "content checks",
     "has id",
     "#ids",
     "totals",
     "total carries",
     "group profiles",
     "group runs",
     "chunk groups"},
    {"counts", "filter sizes", "#filters"},
};

// "" if the column is not known.
std::string_view MarkedName(SectionKind kind, uint8_t column) {
  const size_t at = static_cast<size_t>(kind);
  return at < std::size(kColumnNames) && column < kMostNames ? kColumnNames[at][column] : "";
}

}  // namespace

// Columns that a newer writer added have a number for a name.
ColumnName NameOf(SectionKind kind, uint8_t column) {
  std::string_view name = MarkedName(kind, column);
  if (name.empty()) return {Concat("column ", column), ColumnForm::kUnknown};
  ColumnForm form = ColumnForm::kIntegers;
  if (name[0] == '\'') form = ColumnForm::kSortedStrings;
  if (name[0] == '#') form = ColumnForm::kBytes;
  if (form != ColumnForm::kIntegers) name.remove_prefix(1);
  return {std::string(name), form};
}

}  // namespace dolerite
