#include "s3/signature.h"

#include <catch2/catch.hpp>

#include "base/text.h"

namespace dolerite::s3 {
namespace {

constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// The part behind the last "Signature=".
std::string SignatureOf(const std::string& authorization) {
  return authorization.substr(authorization.rfind('=') + 1);
}

// The examples of "Authenticating Requests: Using the Authorization Header" in the API reference of
// Amazon S3.
Signer ExampleSigner() {
  return {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3",
          "20130524T000000Z"};
}

std::string ExampleGet(std::string_view path, std::string_view query, const Fields& more) {
  Fields headers = {{"host", "examplebucket.s3.amazonaws.com"}};
  headers.insert(headers.end(), more.begin(), more.end());
  headers.emplace_back("x-amz-content-sha256", kEmptyHash);
  headers.emplace_back("x-amz-date", "20130524T000000Z");
  return ExampleSigner().Authorization({"GET", path, query, headers, kEmptyHash});
}

TEST_CASE("signatures are those of Amazon's examples") {
  const std::string read = ExampleGet("/test.txt", "", {{"range", "bytes=0-9"}});
  CHECK(read ==
        "AWS4-HMAC-SHA256 "
        "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(SignatureOf(ExampleGet("/", CanonicalQuery({{"lifecycle", ""}}), {})) ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  CHECK(SignatureOf(ExampleGet("/", CanonicalQuery({{"prefix", "J"}, {"max-keys", "2"}}), {})) ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");

  const std::string hash = HexText(Sha256("Welcome to Amazon S3."));
  const Fields headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                          {"host", "examplebucket.s3.amazonaws.com"},
                          {"x-amz-content-sha256", hash},
                          {"x-amz-date", "20130524T000000Z"},
                          {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  CHECK(SignatureOf(ExampleSigner().Authorization(
            {"PUT", "/" + PercentEncode("test$file.text"), "", headers, hash})) ==
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

// Cases of the test suite of AWS Signature Version 4.
TEST_CASE("signatures are those of the AWS suite") {
  const auto get = [](const Fields& query) {
    const Signer signer{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1",
                        "service", "20150830T123600Z"};
    const Fields headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}};
    return SignatureOf(
        signer.Authorization({"GET", "/", CanonicalQuery(query), headers, kEmptyHash}));
  };
  // get-vanilla
  CHECK(get({}) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  // get-vanilla-query-order-key-case
  CHECK(get({{"Param2", "value2"}, {"Param1", "value1"}}) ==
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST_CASE("queries are encoded, sorted and have a value for each name") {
  CHECK(CanonicalQuery({}).empty());
  CHECK(CanonicalQuery({{"uploads", ""}}) == "uploads=");
  CHECK(CanonicalQuery({{"b", "/ +~"}, {"a", "%"}, {"a", "\xff&="}}) ==
        "a=%25&a=%FF%26%3D&b=%2F%20%2B~");
}

TEST_CASE("times are written as AWS wants them") {
  CHECK(AmzTime(0) == "19700101T000000Z");
  CHECK(AmzTime(1'369'353'600) == "20130524T000000Z");
  CHECK(AmzTime(951'782'399) == "20000228T235959Z");
  CHECK(AmzTime(951'782'400) == "20000229T000000Z");
  CHECK(AmzTime(-1) == "19691231T235959Z");
  CHECK(AmzTime(INT64_MIN) == "00000101T000000Z");
  CHECK(AmzTime(INT64_MAX) == "99991231T235959Z");
}

}  // namespace
}  // namespace dolerite::s3
