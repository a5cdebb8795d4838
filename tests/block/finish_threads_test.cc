// A host may lend threads to a builder that ends. Nothing of them shows in the bytes.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "block/block_support.h"
#include "dolerite/formats.h"
#include "support/executors.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

// A builder of the bundled profiles of all types: large enough for threads. Some have payloads.
BlockBuilder Bundled(const BlockOptions& options) {
  absl::StatusOr<BlockBuilder> builder = BlockBuilder::Make(options);
  REQUIRE(builder.ok());
  PprofReader reader;
  Profile profile;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(SourceDir() + "/examples/data/checkout")) {
    if (entry.path().extension() != ".gz") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    REQUIRE(reader.Read(bytes, &profile).ok());
    const std::string kind = entry.path().stem().stem().extension().string();
    if (kind == ".heap") profile.payload = bytes;
    REQUIRE(builder->Add({{"service_name", "checkout"}, {"kind", kind}}, profile).ok());
  }
  REQUIRE(builder->profiles() > 40);
  return *std::move(builder);
}

TEST_CASE("a block's bytes do not depend on the threads that encode it") {
  const BlockOptions options =
      GENERATE(BlockOptions(), BlockOptions{.samples_per_chunk = 500, .stripe_bytes = 4'096},
               BlockOptions{.profiles_per_group = 1, .zstd_level = 9, .smallest = true});
  const absl::StatusOr<std::string> alone = Bundled(options).Finish();
  REQUIRE(alone.ok());
  Threads one(1), two(2), many(9);
  Backwards backwards;
  for (Executor* executor : std::initializer_list<Executor*>{&one, &two, &many, &backwards}) {
    const absl::StatusOr<std::string> block = Bundled(options).Finish(executor);
    INFO(block.status());
    REQUIRE(block.ok());
    CHECK((*block == *alone));
  }
}

TEST_CASE("an executor that leaves out tasks makes no block") {
  class Lazy : public Executor {
   public:
    size_t width() const override { return 3; }
    void Run(size_t, const std::function<void(size_t)>& task) override { task(1); }
  } lazy;
  BlockBuilder builder = Bundled({});
  CHECK(absl::IsInternal(std::move(builder).Finish(&lazy).status()));
  CHECK(absl::IsFailedPrecondition(builder.Add({{"service_name", "shop"}}, Profile())));
  builder.Reset();
  CHECK(builder.Add({{"service_name", "shop"}}, Profile()).code() !=
        absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace dolerite::testing
