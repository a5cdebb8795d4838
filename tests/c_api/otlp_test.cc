// OTLP through the C interface: what a message has is in the block, as if it was read profile by
// profile.
#include <catch2/catch.hpp>
#include <cstring>

#include "dolerite/block_builder.h"
#include "dolerite/dolerite.h"
#include "dolerite/otlp.h"
#include "support/generate.h"

namespace dolerite::testing {
namespace {

std::string Message(size_t profiles) {
  std::vector<SeriesProfile> series(profiles);
  for (size_t i = 0; i < profiles; ++i) {
    series[i].series = {{"service_name", i % 2 == 0 ? "cart" : "shop"}};
    series[i].profile = GenerateProfile(i, {.everything = false});
    series[i].profile.time_nanos = static_cast<int64_t>(i + 1) * 1'000'000'000;
  }
  absl::StatusOr<std::string> message = WriteOtlp(series);
  REQUIRE(message.ok());
  return *std::move(message);
}

std::string BlockOf(const std::string& message, const char* labels, size_t* added) {
  dolerite_builder* builder = nullptr;
  dolerite_bytes* block = nullptr;
  REQUIRE(dolerite_builder_new(&builder, nullptr) == DOLERITE_OK);
  REQUIRE(dolerite_builder_add(builder, message.data(), message.size(), labels, added, nullptr) ==
          DOLERITE_OK);
  // A message that is cut off adds nothing.
  CHECK(dolerite_builder_add(builder, message.data(), message.size() - 1, labels, nullptr,
                             nullptr) != DOLERITE_OK);
  REQUIRE(dolerite_builder_finish(builder, nullptr, &block, nullptr) == DOLERITE_OK);
  std::string bytes(dolerite_bytes_data(block), dolerite_bytes_size(block));
  dolerite_bytes_free(block);
  dolerite_builder_free(builder);
  return bytes;
}

TEST_CASE("a block of an OTLP message is that of its profiles") {
  for (const size_t profiles : {1u, 7u}) {
    const std::string message = Message(profiles);
    const auto read = ReadOtlp(message);
    REQUIRE(read.ok());
    auto builder = BlockBuilder::Make();
    REQUIRE(builder.ok());
    for (const SeriesProfile& profile : *read) {
      LabelSet labels = profile.series;
      labels.Set("pod", "p");
      REQUIRE(builder->Add(labels, profile.profile).ok());
    }
    size_t added = 0;
    const std::string block = BlockOf(message, "{\"pod\":\"p\"}", &added);
    CHECK(added == read->size());
    const bool same = block == *std::move(*builder).Finish();
    CHECK(same);
  }
}

}  // namespace
}  // namespace dolerite::testing
