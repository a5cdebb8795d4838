// Blocks of profiles for tests.
#ifndef DOLERITE_TESTS_BLOCK_BLOCK_SUPPORT_H_
#define DOLERITE_TESTS_BLOCK_BLOCK_SUPPORT_H_

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/pprof.h"
#include "support/corpus.h"
#include "support/generate.h"

namespace dolerite::testing {

constexpr int64_t kSecond = 1'000'000'000;

struct Input {
  LabelSet series;
  Profile profile;
};

inline std::string Build(const std::vector<Input>& inputs, const BlockOptions& options = {}) {
  absl::StatusOr<BlockBuilder> builder = BlockBuilder::Make(options);
  INFO(builder.status());
  REQUIRE(builder.ok());
  for (const Input& input : inputs) {
    const absl::Status status = builder->Add(input.series, input.profile);
    INFO(status);
    REQUIRE(status.ok());
  }
  absl::StatusOr<std::string> block = std::move(*builder).Finish();
  INFO(block.status());
  REQUIRE(block.ok());
  return *std::move(block);
}

inline BlockReader OpenBytes(std::string_view block) {
  absl::StatusOr<BlockReader> reader = BlockReader::FromBytes(block);
  INFO(reader.status());
  REQUIRE(reader.ok());
  return *std::move(reader);
}

// What was put in and what comes out, as texts that can be compared: sorted.
inline std::vector<std::string> Describe(const std::vector<Input>& inputs) {
  std::vector<std::string> out;
  for (const Input& input : inputs) {
    out.push_back(input.series.ToString() + "\n" + DescribeStored(input.profile));
  }
  std::sort(out.begin(), out.end());
  return out;
}

inline std::vector<std::string> Describe(const BlockReader& block) {
  const auto listing = block.ListProfiles();
  INFO(listing.status());
  REQUIRE(listing.ok());
  std::vector<std::string> out;
  for (const ProfileSummary& summary : listing->profiles) {
    const absl::StatusOr<Profile> profile = block.ReadProfile(summary.index);
    INFO(profile.status());
    REQUIRE(profile.ok());
    REQUIRE(profile->Validate().ok());
    CHECK(profile->time_nanos == summary.time_nanos);
    CHECK(profile->samples.size() == summary.samples);
    out.push_back(summary.series->ToString() + "\n" + DescribeStored(*profile));
  }
  std::sort(out.begin(), out.end());
  return out;
}

inline std::vector<Input> Generated(uint64_t seed, size_t count,
                                    const GenerateOptions& options = {}) {
  std::vector<Input> inputs;
  for (uint64_t i = 0; i < count; ++i) {
    inputs.push_back({GenerateSeries(seed + i), GenerateProfile(seed * 1000 + i, options)});
  }
  return inputs;
}

// The corpus' series as their manifest labels them; every nth profile.
inline std::vector<Input> ReadSeries(const std::string& service, size_t step = 1) {
  std::vector<Input> inputs;
  PprofReader reader;
  size_t row = 0;
  for (const std::vector<std::string>& fields : ReadCorpusTsv("series/MANIFEST.tsv")) {
    if (fields[0].compare(0, service.size(), service) != 0 || row++ % step != 0) continue;
    Input& input = inputs.emplace_back();
    input.series = {{"service_name", fields[1]},
                    {"pod", fields[2]},
                    {"version", fields[3]},
                    {"kind", fields[4]}};
    REQUIRE(reader.Read(ReadCorpusFile("series/" + fields[0]), &input.profile).ok());
  }
  return inputs;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_BLOCK_SUPPORT_H_
