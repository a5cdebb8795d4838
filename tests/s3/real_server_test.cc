// The same laws over a real server, if tests/clients.sh has started one.
#include "s3/real_server.h"
#include "s3/s3_support.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

TEST_CASE("a real server conforms behind the retry store", "[real]") {
  auto options = RealOptions();
  if (!options) return;
  options->prefix = "conforms/";
  const auto store = Make(*options);
  const auto retry = Retrying(store.get());
  CHECK(FailedClauses(retry.get(), {.longest_key = 1000}) == std::vector<std::string>{});
  CHECK(ProbeStore(retry.get(), {.run_parallel = RunOnThreads}).ok());
}

TEST_CASE("a real server takes uploads in parts, and frees those that were left", "[real]") {
  auto options = RealOptions();
  if (!options) return;
  options->prefix = "uploads/";
  const auto store = Make(*options);
  (void)store->Delete("k");
  const std::string bytes = Bytes(2 * kPart + 100);
  {
    auto upload = store->StartUpload("k");
    REQUIRE((*upload)->Append(bytes).ok());
    // Another start with the same key is left behind.
    auto left = store->StartUpload("k");
    REQUIRE((*left)->Append(bytes).ok());
    const auto aborted = store->AbortUploads("", 0);
    REQUIRE(aborted.ok());
    CHECK(*aborted == 0);
    auto version = (*upload)->Finish();
    INFO(version.status().ToString());
    REQUIRE(version.ok());
    CHECK(store->Head("k")->version == *version);
    CHECK(Content(*store, "k") == bytes);
    CHECK(*store->AbortUploads("", INT64_MAX) == 1);
    CHECK_FALSE((*left)->Finish().ok());
  }
  {
    auto again = store->StartUpload("k");
    REQUIRE((*again)->Append(bytes).ok());
    CHECK(absl::IsAlreadyExists((*again)->Finish().status()));
  }
  CHECK(*store->AbortUploads("", INT64_MAX) == 0);
  CHECK(store->Delete("k").ok());
}

TEST_CASE("a real server refuses what is signed wrongly", "[real]") {
  auto options = RealOptions();
  if (!options) return;
  options->credentials = [] { return S3Credentials{"TESTKEY", "WRONG"}; };
  CHECK(absl::IsUnauthenticated(Make(*options)->Put("k", "1").status()));
  options = RealOptions();
  options->unix_seconds = [] { return static_cast<int64_t>(std::time(nullptr)) + 7200; };
  const absl::Status status = Make(*options)->Put("k", "1").status();
  CHECK(absl::IsUnauthenticated(status));
  CHECK_THAT(status.ToString(), Catch::Contains("s ahead"));
  options = RealOptions();
  options->bucket = "no-such-bucket";
  CHECK(Make(*options)->Put("k", "1").status().code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dolerite::testing
