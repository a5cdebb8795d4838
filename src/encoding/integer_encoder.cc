// Writes integer columns; column_layout.h has the picture. Phases:
//
//   1. Encode: no values, one constant or one progression are written at once; other values become
//      codes in one to three modes (values, ascending, differences), each made affine: less their
//      smallest code and divided by their common divisor, where that makes them narrower;
//   2. AddPlain: the exact size of each mode in each kind of payload, without compression;
//   3. FindFrame: the likely ones are compressed by zstd at a low level, the best of these at the
//      level that is asked for;
//   4. FindBits: the mode that seems best for kBits is tried;
//   5. the smallest is written; slower forms must save kWorthwhilePart to be taken.
//
// With `smallest` all modes, kinds and finalists are tried, and any byte saved counts. Without
// `try_encodings` phase 3 compresses just the form that is likely by its plain size: see Likeliest.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>

#include "encoding/codes.h"
#include "encoding/column_layout.h"
#include "encoding/integers.h"

namespace dolerite {
namespace {

// zstd costs time to read back, so it must save one part in this many.
constexpr size_t kWorthwhilePart = 32;
// Payloads below this many bytes are not compressed: that saves nothing.
constexpr size_t kMinZstdBytes = 64;
// kBits is read bit by bit: long columns, which queries scan, stay in bytes.
constexpr size_t kMostBitCodes = 8192;
// Candidates are tried at this level at most, and on this many codes at most unless `smallest`.
constexpr int kTrialLevel = 3;
constexpr size_t kTrialCodes = 8192;
// How many of them are compressed at the full level if `smallest`.
constexpr size_t kFinalists = 3;

// The values of a column as codes in one mode.
struct Codes {
  CodeMode mode;
  uint64_t first = 0;
  uint64_t base = 0;
  uint64_t divisor = 1;
  std::vector<uint64_t> codes;

  bool affine() const { return base != 0 || divisor != 1; }
  size_t header_bytes() const {
    return 1 + (mode == CodeMode::kValues ? 0 : VarintSize(first)) +
           (affine() ? VarintSize(base) + VarintSize(divisor) : 0);
  }
};

struct Candidate {
  const Codes* codes;
  CodeKind kind;
  size_t bytes;  // without zstd, header and all
};

// Whether the first codes have a 0 and no common divisor: then there is nothing to subtract or to
// divide by, whatever follows. Most columns begin so.
bool BeginsWithZeroAndNoDivisor(std::span<const uint64_t> codes) {
  constexpr size_t kFirst = 1024;
  bool zero = false;
  uint64_t divisor = 0;
  for (uint64_t code : codes.first(std::min(codes.size(), kFirst))) {
    zero |= code == 0;
    if (divisor != 1) divisor = std::gcd(divisor, code);
    if (zero && divisor == 1) return true;
  }
  return false;
}

// Subtracts the smallest code from all and divides them by their common divisor, where that makes
// them narrower.
// A base that is not 0 costs bytes in the header and a sum a value in the reader, so it is taken
// only where codes get narrower.
void MakeAffine(Codes* column) {
  std::vector<uint64_t>& codes = column->codes;
  if (codes.empty() || BeginsWithZeroAndNoDivisor(codes)) return;
  const auto [low, high] = std::minmax_element(codes.begin(), codes.end());
  const uint64_t min = *low, max = *high;
  // The greatest common divisor of all distances from the smallest code.
  uint64_t divisor = 0;
  for (uint64_t code : codes) {
    if (divisor == 0 || (code - min) % divisor != 0) divisor = std::gcd(divisor, code - min);
    if (divisor == 1) break;
  }
  if (divisor == 0) return;  // all alike
  if (divisor == 1 && std::bit_width(max - min) == std::bit_width(max)) return;
  // Where the codes themselves are multiples and stay as narrow, no base is needed.
  const bool multiples = divisor != 1 && min % divisor == 0;
  const uint64_t base =
      multiples && std::bit_width(max / divisor) == std::bit_width((max - min) / divisor) ? 0 : min;
  if (divisor == 1) {
    for (uint64_t& code : codes) code -= base;
  } else {
    for (uint64_t& code : codes) code = (code - base) / divisor;
  }
  column->divisor = divisor;
  column->base = base;
}

// The values themselves.
// Codes are copied to 64 bits in every mode: sizes and kinds work on one type.
template <class T>
Codes AsValues(std::span<const T> values) {
  Codes column{.mode = CodeMode::kValues, .codes = {values.begin(), values.end()}};
  MakeAffine(&column);
  return column;
}

// Differences to the value before, modulo 2^64.
template <class T>
std::vector<uint64_t> StepsOf(std::span<const T> values) {
  std::vector<uint64_t> steps(values.size() - 1);
  const T* value = values.data();
  for (uint64_t& step : steps) {
    step = uint64_t{value[1]} - value[0];
    ++value;
  }
  return steps;
}

// Differences to the value before, less the smallest difference (as a signed number).
// In ascending columns no step is below 0, and MakeAffine finds the base. Columns that do not
// ascend come here as progressions or with `smallest`: their most negative step is subtracted
// first, so that all codes are positive.
template <class T>
Codes AsAscending(std::span<const T> values) {
  Codes column{.mode = CodeMode::kAscending, .first = values[0], .codes = StepsOf(values)};
  int64_t min = 0;
  for (uint64_t code : column.codes) min = std::min(min, static_cast<int64_t>(code));
  for (uint64_t& code : column.codes) code -= static_cast<uint64_t>(min);
  MakeAffine(&column);
  column.base = ZigZag(static_cast<int64_t>(column.base + static_cast<uint64_t>(min)));
  return column;
}

// Differences to the value before as zigzag codes, divided by their common divisor.
// A divisor of 2^63 has no positive form as a signed number and is not used.
template <class T>
Codes AsDifferences(std::span<const T> values) {
  Codes column{.mode = CodeMode::kDifferences, .first = values[0], .codes = StepsOf(values)};
  for (uint64_t& code : column.codes) code = ZigZag(static_cast<int64_t>(code));
  uint64_t divisor = 0;
  for (uint64_t code : column.codes) {
    const uint64_t size = (code >> 1) + (code & 1);  // without the sign
    if (divisor == 0 || size % divisor != 0) divisor = std::gcd(divisor, size);
    if (divisor == 1) break;
  }
  if (divisor <= 1 || divisor >> 63 != 0) return column;
  column.divisor = divisor;
  for (uint64_t& code : column.codes) {
    code = ZigZag(UnZigZag(code) / static_cast<int64_t>(divisor));
  }
  return column;
}

// Appends the descriptor and the numbers between it and the payload.
void AppendHeader(const Codes& column, CodeKind kind, bool zstd, std::string* out) {
  out->push_back(static_cast<char>((zstd ? kZstdBit : 0) | (column.affine() ? kAffineBit : 0) |
                                   static_cast<int>(column.mode) << kModeShift |
                                   static_cast<int>(kind)));
  if (column.mode != CodeMode::kValues) AppendVarint(out, column.first);
  if (!column.affine()) return;
  AppendVarint(out, column.base);
  AppendVarint(out, column.divisor);
}

template <class T>
void Encode(std::span<const T> values, const ColumnOptions& options, bool may_be_bits,
            std::string* out, FrameEncoder* zstd, std::string* plain);

// An estimate of the column's bytes as kBits: the entropy of the widths, and the bits.
size_t BitsEstimate(const Codes& column) {
  std::array<size_t, 65> by_bits{};
  for (uint64_t code : column.codes) ++by_bits.data()[std::bit_width(code)];
  const double count = static_cast<double>(column.codes.size());
  double bits = 0;
  for (size_t width = 0; width < by_bits.size(); ++width) {
    const double n = static_cast<double>(by_bits[width]);
    if (n == 0) continue;
    bits += n * std::log2(count / n);
    bits += n * static_cast<double>(std::max<size_t>(width, 1) - 1);
  }
  return column.header_bytes() + static_cast<size_t>(bits / 8);
}

struct BySize {
  bool operator()(const Candidate& a, const Candidate& b) const { return a.bytes < b.bytes; }
};

// Chooses among the forms of one column and writes the smallest.
class ColumnWriter {
 public:
  ColumnWriter(const ColumnOptions& options, bool may_be_bits, FrameEncoder* zstd)
      : options_(options), may_be_bits_(may_be_bits), zstd_(zstd) {}

  // Plain sizes are exact and cost no compression, so they are known for every form; the best of
  // them is what a frame has to beat. `plain` gets that one, if it is not null.
  void Write(std::span<const Codes> columns, std::string* out, std::string* plain) {
    for (const Codes& column : columns) AddPlain(column);
    const Candidate best = *std::min_element(plain_.begin(), plain_.end(), BySize());
    if (options_.zstd_level != 0 && best.bytes >= kMinZstdBytes) {
      size_limit_ = best.bytes - (options_.smallest ? 0 : best.bytes / kWorthwhilePart);
      FindFrame(columns);
      if (may_be_bits_) FindBits(columns, best.bytes);
    }
    for (std::string* to : {out, plain}) {
      if (to == nullptr) continue;
      if (to == out && !best_.empty()) {
        out->append(best_);
        continue;
      }
      AppendHeader(*best.codes, best.kind, false, to);
      AppendCodes(best.kind, best.codes->codes, to);
    }
  }

 private:
  // Phase 2. kVarint decodes slowly, so it is for `smallest` only.
  void AddPlain(const Codes& column) {
    const CodeSizes sizes(column.codes);
    for (CodeKind kind : kPayloadKinds) {
      if (kind == CodeKind::kVarint && !options_.smallest) continue;
      const size_t bytes = sizes.bytes(kind);
      if (bytes == kNoSize) continue;
      plain_.push_back({&column, kind, column.header_bytes() + bytes});
    }
  }

  const Candidate* Plain(const Codes* codes, CodeKind kind) const {
    for (const Candidate& c : plain_) {
      if (c.codes == codes && c.kind == kind) return &c;
    }
    return nullptr;
  }

  // Phase 3: sets best_ if a compressed form is below size_limit_.
  // Trials estimate and full compression decides: a low level ranks the forms nearly as well as a
  // high one.
  void FindFrame(std::span<const Codes> columns) {
    if (!options_.try_encodings) return Compress(Likeliest(columns));
    std::vector<Candidate> tried;
    if (options_.smallest) {
      for (const Candidate& c : plain_) tried.push_back(Try(c));
    } else {
      tried = TryLikely(columns);
    }
    std::stable_sort(tried.begin(), tried.end(), BySize());
    tried.resize(std::min(tried.size(), options_.smallest ? kFinalists : size_t{1}));
    for (const Candidate& c : tried) Compress(c);
  }

  // Without trials: the values as kSplit, unless another mode or narrow groups are much smaller.
  // Values repeat where differences do not, and zstd finds equal bytes best when heads lie apart
  // from tails: forms that are only a little smaller as plain bytes mostly lose once compressed.
  // Choosing the smallest plain form made blocks 4 to 7 % larger than trials do, this 1 to 3 %.
  Candidate Likeliest(std::span<const Codes> columns) const {
    const auto much_smaller = [](size_t a, size_t b) { return a < b / 4 * 3; };
    const Candidate* best = Plain(&columns.back(), CodeKind::kSplit);
    for (const Codes& column : columns.first(columns.size() - 1)) {
      const Candidate* split = Plain(&column, CodeKind::kSplit);
      if (much_smaller(split->bytes, best->bytes)) best = split;
    }
    const Candidate* groups = Plain(best->codes, CodeKind::kNarrowGroups);
    return groups != nullptr && much_smaller(groups->bytes, best->bytes) ? *groups : *best;
  }

  // Tries each mode as kSplit, unless its plain size is far above the smallest; then as groups
  // where their plain size is smaller (in the best mode: at most half as large again). kPacked is
  // not tried: packed bits hide repetitions from zstd.
  // A trial costs a compression, so only forms that can win are tried.
  std::vector<Candidate> TryLikely(std::span<const Codes> columns) {
    size_t least = kNoSize;
    for (const Codes& c : columns) least = std::min(least, Plain(&c, CodeKind::kSplit)->bytes);
    std::vector<Candidate> tried;
    for (const Codes& column : columns) {
      const Candidate& split = *Plain(&column, CodeKind::kSplit);
      if (split.bytes - least <= least / 4 * 3) tried.push_back(Try(split));
    }
    const Codes* best = std::min_element(tried.begin(), tried.end(), BySize())->codes;
    for (size_t i = 0, splits = tried.size(); i < splits; ++i) {
      const Codes* codes = tried[i].codes;
      const size_t split = Plain(codes, CodeKind::kSplit)->bytes;
      const size_t limit = codes == best ? split + split / 2 : split;
      for (CodeKind kind : {CodeKind::kNarrowGroups, CodeKind::kWideGroups}) {
        const Candidate* groups = Plain(codes, kind);
        if (groups != nullptr && groups->bytes < limit) tried.push_back(Try(*groups));
      }
    }
    return tried;
  }

  // The candidate with an estimate of its compressed size; of long columns a piece of the middle is
  // compressed.
  Candidate Try(Candidate candidate) {
    std::span<const uint64_t> codes = candidate.codes->codes;
    if (!options_.smallest && codes.size() > kTrialCodes) {
      codes = codes.subspan((codes.size() - kTrialCodes) / 2, kTrialCodes);
    }
    const int level = std::min(options_.zstd_level, kTrialLevel);
    CompressCodes(candidate.kind, codes, level);
    candidate.bytes = candidate.codes->header_bytes() + frame_.size();
    const bool whole =
        codes.size() == candidate.codes->codes.size() && level == options_.zstd_level;
    if (whole && (!tried_ || candidate.bytes < tried_->bytes)) {
      tried_ = candidate;
      tried_frame_.swap(frame_);
    }
    return candidate;
  }

  // Compresses the whole column, unless a trial did, and keeps the result if it is the smallest so
  // far.
  void Compress(const Candidate& candidate) {
    if (tried_ && tried_->codes == candidate.codes && tried_->kind == candidate.kind) {
      frame_.swap(tried_frame_);
      tried_.reset();
    } else {
      CompressCodes(candidate.kind, candidate.codes->codes, options_.zstd_level);
    }
    const size_t size = candidate.codes->header_bytes() + VarintSize(frame_.size()) + frame_.size();
    if (size >= size_limit_) return;
    size_limit_ = size;
    best_.clear();
    AppendHeader(*candidate.codes, candidate.kind, true, &best_);
    AppendVarint(&best_, frame_.size());
    best_.append(frame_);
  }

  // Phase 4. Takes the column as kBits if that saves enough to be worth the time to read.
  // The estimate is cheap; the column is written only if the estimate beats what is there.
  void FindBits(std::span<const Codes> columns, size_t plain) {
    if (!options_.smallest && columns[0].codes.size() > kMostBitCodes) return;
    const auto limit = [&](size_t bytes) {
      return bytes - (options_.smallest ? 0 : bytes / kWorthwhilePart);
    };
    const size_t least = limit(best_.empty() ? plain : best_.size());
    const auto smaller = [](const Codes& a, const Codes& b) {
      return BitsEstimate(a) < BitsEstimate(b);
    };
    const Codes& column = *std::min_element(columns.begin(), columns.end(), smaller);
    if (BitsEstimate(column) >= least) return;
    std::vector<uint32_t> widths;
    for (uint64_t code : column.codes) {
      widths.push_back(static_cast<uint32_t>(std::bit_width(code)));
    }
    std::string bytes;
    AppendHeader(column, CodeKind::kBits, false, &bytes);
    Encode(std::span<const uint32_t>(widths), options_, false, &bytes, zstd_, nullptr);
    AppendBits(column.codes, &bytes);
    if (bytes.size() < least) best_ = std::move(bytes);
  }

  void CompressCodes(CodeKind kind, std::span<const uint64_t> codes, int level) {
    payload_.clear();
    frame_.clear();
    AppendCodes(kind, codes, &payload_);
    // A form that was taken untried may leave repetitions to zstd that trials would have found.
    zstd_->Compress(payload_, level, &frame_,
                    options_.try_encodings ? FrameContent::kCodes : FrameContent::kText);
  }

  const ColumnOptions& options_;
  const bool may_be_bits_;
  FrameEncoder* zstd_;
  std::vector<Candidate> plain_;
  size_t size_limit_ = 0;
  std::string payload_, frame_, best_;
  // The smallest trial that was of a whole column at the full level, and its frame.
  std::optional<Candidate> tried_;
  std::string tried_frame_;
};

template <class T>
void AppendConstant(T value, std::string* out) {
  if (value < kSmallConstantBit) {
    out->push_back(static_cast<char>(kSmallConstantBit | value));
    return;
  }
  out->push_back(static_cast<char>(CodeKind::kConstant));
  AppendVarint(out, value);
}

// One step for all values: then the column is a first value and a constant, whatever the order of
// the values.
template <class T>
bool IsProgression(std::span<const T> values) {
  const T step = values[1] - values[0];
  for (size_t i = 2; i < values.size(); ++i) {
    if (static_cast<T>(values[i] - values[i - 1]) != step) return false;
  }
  return true;
}

struct Likely {
  bool values = true, differences = true;
};

// Which of the two modes is worth a try, by the bits of a quarter of the values: a mode that takes
// more than one and a half times the bits of the other is not tried.
// Short columns are cheap to try, so nothing is ruled out there.
template <class T>
Likely LikelyModes(std::span<const T> values) {
  constexpr size_t kStretch = 64;
  if (values.size() < 16 * kStretch) return {};
  T min = values[0];
  for (T value : values) min = std::min(min, value);
  size_t plain = 0, steps = 0;
  for (size_t begin = 1; begin + kStretch <= values.size(); begin += 4 * kStretch) {
    for (size_t i = begin; i < begin + kStretch; ++i) {
      plain += std::bit_width(values[i] - min);
      steps += std::bit_width(ZigZag(static_cast<int64_t>(uint64_t{values[i]} - values[i - 1])));
    }
  }
  return {.values = plain <= steps + steps / 2, .differences = steps <= plain + plain / 2};
}

// The column of a constant or of a progression. False if it is neither.
template <class T>
bool EncodeRegular(std::span<const T> values, std::string* out) {
  if (std::all_of(values.begin(), values.end(), [&](T v) { return v == values[0]; })) {
    AppendConstant(values[0], out);
    return true;
  }
  if (!IsProgression(values)) return false;
  const Codes steps = AsAscending(values);
  if (std::any_of(steps.codes.begin(), steps.codes.end(),
                  [&](uint64_t step) { return step != steps.codes[0]; })) {
    return false;  // it wraps around
  }
  AppendHeader(steps, CodeKind::kConstant, false, out);
  AppendVarint(out, steps.codes[0]);
  return true;
}

// Called for values and, for kBits, once more for the column of widths.
template <class T>
void Encode(std::span<const T> values, const ColumnOptions& options, bool may_be_bits,
            std::string* out, FrameEncoder* zstd, std::string* plain) {
  if (values.empty()) return;
  const size_t before = out->size();
  if (EncodeRegular(values, out)) {
    if (plain != nullptr) plain->append(*out, before);
    return;
  }
  // Phase 1. Ascending values (times, offsets) are also tried as they ascend.
  std::vector<Codes> columns;
  const bool ascends = std::is_sorted(values.begin(), values.end());
  if (ascends || options.smallest || IsProgression(values)) columns.push_back(AsAscending(values));
  const Likely likely = options.smallest ? Likely{} : LikelyModes(values);
  if (options.smallest || (!ascends && likely.differences)) {
    columns.push_back(AsDifferences(values));
  }
  // The values come last: Likeliest prefers them.
  if (likely.values) columns.push_back(AsValues(values));
  FrameEncoder own;
  ColumnWriter(options, may_be_bits, zstd != nullptr ? zstd : &own).Write(columns, out, plain);
}

}  // namespace

void EncodeIntegers(std::span<const uint64_t> values, const ColumnOptions& options,
                    std::string* out, FrameEncoder* zstd, std::string* plain) {
  Encode(values, options, true, out, zstd, plain);
}
void EncodeIntegers(std::span<const uint32_t> values, const ColumnOptions& options,
                    std::string* out, FrameEncoder* zstd, std::string* plain) {
  Encode(values, options, true, out, zstd, plain);
}

}  // namespace dolerite
