// What each encoding of integers costs and gives, beside two limits: a copy of the same
// values in memory, and zstd over them as they are.
//
//   codes/...    one CodeKind, by its number, without zstd: decoding rate, bytes a value
//   column/...   what the encoder chooses, by options: both rates, bytes a value
//   limit/...    memcpy; zstd -3 over raw 32-bit values
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "encoding/codes.h"
#include "encoding/integers.h"
#include "encoding/zstd_frame.h"

namespace {

using namespace dolerite;

constexpr size_t kCount = 1 << 16;

class Random {
 public:
  uint64_t Below(uint64_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % bound;
  }
  // Mostly small, seldom large.
  uint64_t Skewed(int bits) { return Below(uint64_t{1} << (1 + Below(bits))); }

 private:
  uint64_t state_ = 88172645463325252;
};

struct Data {
  const char* name;
  std::vector<uint32_t> values;
};

std::vector<uint32_t> Fill(const std::function<uint64_t(size_t)>& next) {
  std::vector<uint32_t> values(kCount);
  for (size_t i = 0; i < kCount; ++i) values[i] = static_cast<uint32_t>(next(i));
  return values;
}

// Columns shaped like those of a block.
const std::vector<Data>& AllData() {
  static const auto* data = [] {
    auto* random = new Random;
    std::vector<uint32_t> cycle;
    for (int i = 0; i < 700; ++i) cycle.push_back(static_cast<uint32_t>(random->Skewed(22)));
    return new std::vector<Data>{
        // Differences of sorted stack ids: new ones in each profile.
        {"cpu_id_steps", Fill([&](size_t) { return 1 + random->Skewed(10); })},
        // Multiples of the sampling period.
        {"cpu_values", Fill([&](size_t) { return 10'000'000 * (1 + random->Skewed(4) / 3); })},
        // The same stacks in each profile, few values changed.
        {"heap_values", Fill([&](size_t i) {
           if (random->Below(20) == 0) cycle[i % 700] += random->Below(5000);
           return cycle[i % 700];
         })},
        {"node_pops", Fill([&](size_t) { return random->Below(3) ? 0 : random->Skewed(4); })},
        {"node_locations", Fill([&](size_t i) { return i / 8 + random->Skewed(13); })},
        {"sorted_ids", Fill([&](size_t i) { return 3 * i + random->Below(3); })},
    };
  }();
  return *data;
}

void Report(benchmark::State& state, size_t bytes) {
  state.SetItemsProcessed(state.iterations() * kCount);
  state.counters["bytes/value"] = static_cast<double>(bytes) / kCount;
}

void Require(bool law, const char* what) {
  if (law) return;
  std::fprintf(stderr, "columns_bench: %s\n", what);
  std::exit(1);
}

void DecodeCodes(benchmark::State& state, const std::vector<uint32_t>& values, CodeKind kind) {
  std::string bytes;
  AppendCodes(kind, std::vector<uint64_t>(values.begin(), values.end()), &bytes);
  std::vector<uint32_t> decoded(kCount);
  for (auto _ : state) {
    ByteReader in(bytes);
    benchmark::DoNotOptimize(ReadCodes(kind, &in, kCount, decoded.data()));
    benchmark::ClobberMemory();
  }
  Require(decoded == values, "codes came back as others");
  Report(state, bytes.size());
}

void EncodeColumn(benchmark::State& state, const std::vector<uint32_t>& values,
                  const ColumnOptions& options) {
  FrameEncoder zstd;
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    EncodeIntegers(std::span<const uint32_t>(values), options, &bytes, &zstd);
  }
  Report(state, bytes.size());
}

void DecodeColumn(benchmark::State& state, const std::vector<uint32_t>& values,
                  const ColumnOptions& options) {
  FrameDecoder zstd;
  std::string bytes;
  EncodeIntegers(std::span<const uint32_t>(values), options, &bytes);
  std::vector<uint32_t> decoded;
  for (auto _ : state) {
    ByteReader in(bytes);
    Require(DecodeIntegers(&in, kCount, &decoded, &zstd).ok(), "column refused");
  }
  Require(decoded == values, "column came back as another");
  Report(state, bytes.size());
}

// What one column of a small block costs: a new context for it, or one kept.
void DecodeShort(benchmark::State& state, bool keep) {
  const std::vector<uint32_t> values(AllData()[3].values.begin(),
                                     AllData()[3].values.begin() + 1000);
  std::string bytes;
  EncodeIntegers(std::span<const uint32_t>(values), {}, &bytes);
  FrameDecoder zstd;
  std::vector<uint32_t> decoded;
  for (auto _ : state) {
    ByteReader in(bytes);
    Require(DecodeIntegers(&in, values.size(), &decoded, keep ? &zstd : nullptr).ok(), "refused");
  }
  state.SetItemsProcessed(state.iterations() * values.size());
}

void Copy(benchmark::State& state, const std::vector<uint32_t>& values) {
  std::vector<uint32_t> copy(kCount);
  for (auto _ : state) {
    std::memcpy(copy.data(), values.data(), sizeof(uint32_t) * kCount);
    benchmark::ClobberMemory();
  }
  Report(state, sizeof(uint32_t) * kCount);
}

void RawZstd(benchmark::State& state, const std::vector<uint32_t>& values) {
  const std::string_view raw(reinterpret_cast<const char*>(values.data()), 4 * kCount);
  std::string frame;
  CompressFrame(raw, 3, &frame);
  FrameDecoder zstd;
  std::vector<uint32_t> decoded(kCount);
  for (auto _ : state) {
    Require(zstd.Decompress(frame, raw.size(), reinterpret_cast<char*>(decoded.data())).ok(),
            "frame refused");
  }
  Require(decoded == values, "frame came back as another");
  Report(state, frame.size());
}

void RegisterData(const Data& data) {
  const auto& values = data.values;
  const std::string name = std::string("/") + data.name;
  benchmark::RegisterBenchmark(("limit/memcpy" + name).c_str(), Copy, values);
  benchmark::RegisterBenchmark(("limit/zstd_raw" + name).c_str(), RawZstd, values);
  for (CodeKind kind : kPayloadKinds) {
    const std::string number = std::to_string(static_cast<int>(kind));
    benchmark::RegisterBenchmark(("codes/" + number + name).c_str(), DecodeCodes, values, kind);
  }
  for (const auto& [label, options] :
       {std::pair<const char*, ColumnOptions>{"plain", {.zstd_level = 0}},
        {"zstd3", {.zstd_level = 3}},
        {"smallest3", {.zstd_level = 3, .smallest = true}},
        {"smallest19", {.zstd_level = 19, .smallest = true}}}) {
    const std::string column = std::string("column/") + label;
    benchmark::RegisterBenchmark((column + "/encode" + name).c_str(), EncodeColumn, values,
                                 options);
    benchmark::RegisterBenchmark((column + "/decode" + name).c_str(), DecodeColumn, values,
                                 options);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const Data& data : AllData()) RegisterData(data);
  benchmark::RegisterBenchmark("short/new_context", DecodeShort, false);
  benchmark::RegisterBenchmark("short/kept_context", DecodeShort, true);
  benchmark::RunSpecifiedBenchmarks();
}
