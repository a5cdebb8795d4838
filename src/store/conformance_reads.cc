#include <algorithm>
#include <vector>

#include "base/status.h"
#include "store/conformance_probe.h"

namespace dolerite {
namespace {

constexpr auto kOutOfRange = absl::StatusCode::kOutOfRange;
constexpr uint64_t kSize = 10'000;

// Reads `range` of "x" and compares it with the bytes at `offset` of the pattern.
absl::Status ReadsAs(const ConformanceProbe& probe, const ByteRange& range, uint64_t offset,
                     uint64_t length) {
  auto read = probe.store->Read(probe.Key("x"), range);
  const std::string what = Concat(range.from_end ? "the last " : "", range.length, " bytes at ",
                                  range.offset, " of ", kSize);
  DOLERITE_RETURN_IF_ERROR(Annotate(read.status(), what));
  DOLERITE_RETURN_IF_ERROR(Expect(read->object_size == kSize, what + ": wrong object size"));
  return Expect(
      read->offset == offset && read->slice.bytes == PatternBytes(kSize).substr(offset, length),
      what + ": wrong bytes");
}

// The bytes, the offset and the size of the object, for ranges inside it.
absl::Status Ranges(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(probe.Create("x", PatternBytes(kSize)));
  // The borders of the object and of a page.
  const ByteRange ranges[] = {{0, 1},        {0, kSize},   {kSize - 1, 1}, {1, kSize - 1},
                              {4095, 2},     {4096, 4096}, {1, 1},         {kSize / 2, kSize / 2},
                              {0, kSize - 1}};
  for (const ByteRange& range : ranges) {
    DOLERITE_RETURN_IF_ERROR(ReadsAs(probe, range, range.offset, range.length));
  }
  return absl::OkStatus();
}

// An exact range is given whole or not at all.
absl::Status BeyondEnd(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(probe.Create("x", PatternBytes(kSize)));
  DOLERITE_RETURN_IF_ERROR(probe.Create("empty", ""));
  const ByteRange ranges[] = {
      {kSize, 1}, {kSize - 1, 2}, {0, kSize + 1}, {kSize + 1, 1}, {uint64_t{1} << 40, 1}};
  for (const ByteRange& range : ranges) {
    auto read = probe.store->Read(probe.Key("x"), range);
    DOLERITE_RETURN_IF_ERROR(ExpectCode(read.status(), kOutOfRange, "read past the end"));
  }
  auto read = probe.store->Read(probe.Key("empty"), ByteRange::At(0, 1));
  return ExpectCode(read.status(), kOutOfRange, "read of a byte of an empty object");
}

// The last bytes are given as far as there are any, and an empty object has none.
absl::Status Suffixes(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(probe.Create("x", PatternBytes(kSize)));
  DOLERITE_RETURN_IF_ERROR(probe.Create("empty", ""));
  for (uint64_t n : {uint64_t{1}, uint64_t{4096}, kSize - 1, kSize, kSize + 1, UINT64_MAX}) {
    const uint64_t length = std::min(n, kSize);
    DOLERITE_RETURN_IF_ERROR(ReadsAs(probe, ByteRange::Last(n), kSize - length, length));
  }
  return Annotate(probe.Holds("empty", ""), "the end of an empty object");
}

absl::Status Missing(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(probe.Create("a/b", "b"));
  // Keys around one that is there: its directory, a key below it, keys that begin like it.
  for (std::string_view name : {"x", "a", "a/b/c", "a/bb", "a/x"}) {
    auto read = probe.store->Read(probe.Key(name), ByteRange::At(0, 1));
    DOLERITE_RETURN_IF_ERROR(ExpectCode(read.status(), kNotFound, "read of no object"));
    read = probe.store->Read(probe.Key(name), ByteRange::Last(1));
    DOLERITE_RETURN_IF_ERROR(ExpectCode(read.status(), kNotFound, "end of no object"));
    auto head = probe.store->Head(probe.Key(name));
    DOLERITE_RETURN_IF_ERROR(ExpectCode(head.status(), kNotFound, "head of no object"));
  }
  return absl::OkStatus();
}

// A read of a version gives that one or fails: it never mixes two.
absl::Status PinnedRead(const ConformanceProbe& probe) {
  auto first = probe.store->Put(probe.Key("x"), "first");
  DOLERITE_RETURN_IF_ERROR(Annotate(first.status(), "create"));
  const CallOptions pinned{.version = *first};
  for (const ByteRange& range : {ByteRange::At(1, 2), ByteRange::Last(3)}) {
    auto read = probe.store->Read(probe.Key("x"), range, pinned);
    DOLERITE_RETURN_IF_ERROR(Annotate(read.status(), "read of the present version"));
  }
  auto second = probe.store->Put(probe.Key("x"), "2nd: long", {.mode = PutMode::kReplace});
  DOLERITE_RETURN_IF_ERROR(Annotate(second.status(), "replace"));
  for (const ByteRange& range : {ByteRange::At(1, 2), ByteRange::Last(3)}) {
    auto read = probe.store->Read(probe.Key("x"), range, pinned);
    DOLERITE_RETURN_IF_ERROR(
        ExpectCode(read.status(), kFailedPrecondition, "read of a replaced version"));
  }
  return absl::OkStatus();
}

// However requests are joined, each range gets its own bytes.
absl::Status ReadMany(const ConformanceProbe& probe) {
  const std::string bytes = PatternBytes(kSize);
  DOLERITE_RETURN_IF_ERROR(probe.Create("x", bytes));
  // Unordered, near and far, one in another, one twice, one empty.
  const std::vector<ByteRange> ranges = {{9000, 1000}, {0, 10},   {5, 10},  {50, 0},
                                         {4000, 1000}, {5000, 1}, {0, 10},  {4500, 100},
                                         {0, 1},       {9999, 1}, {10, 20}, {100, 7}};
  auto many = probe.store->ReadMany(probe.Key("x"), ranges);
  DOLERITE_RETURN_IF_ERROR(Annotate(many.status(), "read of many ranges"));
  for (size_t i = 0; i < ranges.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(
        Expect(many->slices[i].bytes == bytes.substr(ranges[i].offset, ranges[i].length),
               "one of many ranges has wrong bytes"));
  }
  const std::vector<ByteRange> beyond = {{0, 10}, {kSize - 1, 2}};
  return ExpectCode(probe.store->ReadMany(probe.Key("x"), beyond).status(), kOutOfRange,
                    "read of many ranges past the end");
}

constexpr ConformanceClause kReadClauses[] = {
    {"ranges", Ranges},   {"beyond-end", BeyondEnd},   {"suffixes", Suffixes},
    {"missing", Missing}, {"pinned-read", PinnedRead}, {"read-many", ReadMany},
};

}  // namespace

std::span<const ConformanceClause> ReadClauses() { return kReadClauses; }

}  // namespace dolerite
