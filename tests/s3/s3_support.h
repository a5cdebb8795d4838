// A store over the fake server.
#ifndef DOLERITE_TESTS_S3_S3_SUPPORT_H_
#define DOLERITE_TESTS_S3_S3_SUPPORT_H_

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

#include "dolerite/s3.h"
#include "dolerite/stores.h"
#include "s3/fake_s3.h"

namespace dolerite::testing {

inline constexpr uint64_t kPart = 5 << 20;

inline std::string Bytes(size_t size, int seed = 0) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + (i >> 8) + seed);
  return bytes;
}

inline S3Options OptionsFor(const FakeS3& server) {
  S3Options options;
  options.endpoint = server.endpoint();
  options.bucket = "bucket";
  options.path_style = true;
  options.part_bytes = kPart;
  options.credentials = [] { return S3Credentials{"TESTKEY", "TESTSECRET"}; };
  options.unix_seconds = [] { return int64_t{1'400'000'000}; };
  return options;
}

inline std::unique_ptr<S3Store> Make(const S3Options& options) {
  auto store = MakeS3Store(options);
  INFO(store.status().ToString());
  REQUIRE(store.ok());
  return *std::move(store);
}

// One object, "k", of 100 bytes.
struct Bucket {
  Bucket() : store(Make(OptionsFor(server))) { REQUIRE(store->Put("k", Bytes(100)).ok()); }

  absl::StatusCode Read() { return store->Read("k", ByteRange::At(10, 20)).status().code(); }
  absl::StatusCode End() { return store->Read("k", ByteRange::Last(20)).status().code(); }
  absl::StatusCode Whole() { return store->Read("k", ByteRange::All()).status().code(); }
  absl::StatusCode Head() { return store->Head("k").status().code(); }
  absl::StatusCode Create() { return store->Put("new", "n").status().code(); }
  absl::StatusCode Replace() {
    return store->Put("k", Bytes(100), {.mode = PutMode::kReplace}).status().code();
  }
  absl::StatusCode List() { return store->List("").status().code(); }
  absl::StatusCode Delete() { return store->Delete("gone").code(); }

  FakeS3 server;
  std::unique_ptr<S3Store> store;
};

// The store behind the one that repeats, which does not wait.
inline std::unique_ptr<ObjectStore> Retrying(ObjectStore* store) {
  return MakeRetryStore(store, {.wait = [](uint64_t) { return absl::OkStatus(); }});
}

// A fault of the next request that `wanted` finds, and of no other.
inline FakeS3::After Once(std::function<bool(const FakeRequest&)> wanted,
                          std::function<void(FakeReply*)> change) {
  auto done = std::make_shared<std::atomic<bool>>(false);
  return [=](const FakeRequest& request, FakeReply* reply) {
    if (wanted(request) && !done->exchange(true)) change(reply);
  };
}

inline FakeS3::After Always(std::function<void(FakeReply*)> change) {
  return [=](const FakeRequest&, FakeReply* reply) { change(reply); };
}

// Answers so instead of doing anything.
inline FakeS3::Before Instead(const FakeReply& reply) {
  return [=](FakeRequest*) { return reply; };
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_S3_S3_SUPPORT_H_
