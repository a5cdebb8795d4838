// Every way in stores the same profile, once.
#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>

#include "absl/strings/escaping.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "formats/wire/inflate.h"
#include "host/host_support.h"

namespace dolerite::testing {
namespace {

const std::string kIngestCart =
    "/ingest?name=cart%7Bregion%3Deu%7D&from=1700000000&until=1700000010";
const std::string kCart =
    R"({__name__="process_cpu", region="eu", service_name="cart"} 5 @1700000000)";

std::string LabelProto(const std::string& name, const std::string& value) {
  std::string out;
  protozero::pbf_writer message(out);
  message.add_string(1, name);
  message.add_string(2, value);
  return out;
}

std::string PushProto(const std::string& pprof) {
  std::string sample, series, out;
  protozero::pbf_writer(sample).add_bytes(1, pprof);
  protozero::pbf_writer message(series);
  message.add_message(1, LabelProto("service_name", "cart"));
  message.add_message(1, LabelProto("__name__", "process_cpu"));
  message.add_message(1, LabelProto("__session_id__", "1234"));
  message.add_message(1, LabelProto("region", "eu"));
  message.add_message(2, sample);
  protozero::pbf_writer(out).add_message(1, series);
  return out;
}

std::string PushJson(const std::string& pprof) {
  nlohmann::json labels = {{{"name", "service_name"}, {"value", "cart"}},
                           {{"name", "__name__"}, {"value", "process_cpu"}},
                           {{"name", "region"}, {"value", "eu"}}};
  nlohmann::json samples = {{{"rawProfile", absl::Base64Escape(pprof)}}};
  return nlohmann::json{{"series", {{{"labels", labels}, {"samples", samples}}}}}.dump();
}

std::string OtlpProto(int64_t value, const LabelSet& series = {{"service_name", "cart"}}) {
  SeriesProfile profile{series, *ReadPprof(SmallPprof(value))};
  return *WriteOtlp({&profile, 1});
}

TEST_CASE("every way to push pprof stores the same profile, and sent again nothing") {
  const std::string pprof = SmallPprof(5);
  const std::string proto = "Content-Type: application/proto\r\n";
  const std::vector<RawRequest> requests = {
      {.target = kIngestCart + "&format=pprof", .body = pprof},
      {.target = kIngestCart, .headers = kMultipartHeader, .body = Multipart({{"profile", pprof}})},
      {.target = "/push.v1.PusherService/Push", .headers = proto, .body = PushProto(pprof)},
      {.target = "/push.v1.PusherService/Push",
       .headers = proto + "Content-Encoding: gzip\r\n",
       .body = *Gzip(PushProto(pprof), 6)},
      {.target = "/push.v1.PusherService/Push",
       .headers = "Content-Type: application/json\r\n",
       .body = PushJson(pprof)},
  };
  TestHost host;
  for (int round = 0; round < 2; ++round) {
    for (const RawRequest& request : requests) {
      INFO(request.target);
      CHECK(host.Ask(request).status == 200);
      // Durable when it is answered; equal content from all of them.
      CHECK(Stored(host.store()) == std::vector<std::string>{kCart});
    }
  }
  CHECK(host.Ask(requests[4]).body == "{}");
  CHECK(host.Ask(requests[2]).headers["content-type"] == "application/proto");
}

TEST_CASE("sample_type_config distinguishes Go's mutex and block profiles") {
  TestHost host;
  for (const std::string type : {"mutex", "block"}) {
    const std::string config = R"({"contentions":{"units":"lock_samples","display-name":")" + type +
                               R"(_count"},"delay":{"display-name":")" + type + R"(_duration"}})";
    CHECK(host.Ask({.target = kIngestCart,
                    .headers = kMultipartHeader,
                    .body = Multipart(
                        {{"profile", ContentionPprof()}, {"sample_type_config", config}})})
              .status == 200);
  }
  const std::vector<std::string> stored = Stored(host.store());
  REQUIRE(stored.size() == 2);
  CHECK(stored[0].starts_with(R"({__name__="block")"));
  CHECK(stored[1].starts_with(R"({__name__="mutex")"));
}

TEST_CASE("folded text counts by the sample rate") {
  TestHost host;
  CHECK(host.Ask({.target = kIngestCart + "&format=folded&sampleRate=100", .body = "main;work 3\n"})
            .status == 200);
  CHECK(host.Ask({.target = kIngestCart + "&format=lines&sampleRate=1000",
                  .body = "main;work\nmain\n"})
            .status == 200);
  CHECK(Stored(host.store()) ==
        std::vector<std::string>{
            R"({__name__="process_cpu", region="eu", service_name="cart"} 2000000 @1700000000)",
            R"({__name__="process_cpu", region="eu", service_name="cart"} 30000000 @1700000000)"});
  const RawResponse bad =
      host.Ask({.target = kIngestCart + "&format=folded", .body = "a;b 1\nc;d\n"});
  CHECK(bad.status == 422);
  CHECK(bad.body.find("line 2") != std::string::npos);
}

TEST_CASE("forms that no client of today sends, and JFR, are refused by name") {
  TestHost host;
  for (const char* format : {"trie", "tree", "jfr", "speedscope"}) {
    const RawResponse refused =
        host.Ask({.target = kIngestCart + "&format=" + format, .body = "x"});
    CHECK(refused.status == 415);
    CHECK(refused.body.find(format) != std::string::npos);
  }
  const std::string pprof = SmallPprof(1);
  CHECK(host.Ask({.target = kIngestCart,
                  .headers = kMultipartHeader,
                  .body = Multipart({{"profile", pprof}, {"prev_profile", pprof}})})
            .status == 422);
  CHECK(host.Ask({.target = kIngestCart,
                  .headers = kMultipartHeader,
                  .body = Multipart({{"jfr", "x"}})})
            .status == 415);
  CHECK(Stored(host.store()) == std::vector<std::string>{"none"});
}

TEST_CASE("times in 1970 are microseconds, or the time of the request") {
  TestHost host;
  CHECK(host.Ask({.target = kIngestCart + "&format=pprof",
                  .body = SmallPprof(1, 1'600'000'000'000'000)})
            .status == 200);
  CHECK(host.Ask({.target = kIngestCart + "&format=pprof", .body = SmallPprof(2, 0)}).status ==
        200);
  CHECK(host.Ask({.target = kIngestCart + "&format=pprof", .body = SmallPprof(3, 77)}).status ==
        200);
  const std::vector<std::string> stored = Stored(host.store());
  REQUIRE(stored.size() == 3);
  CHECK(stored[0].ends_with(" 1 @1600000000"));
  CHECK(stored[1].ends_with(" 2 @1700000000"));
  CHECK(stored[2].ends_with(" 3 @1700000000"));
}

TEST_CASE("OTLP by HTTP answers in the request's form") {
  TestHost host;
  const std::string type = "Content-Type: application/x-protobuf\r\n";
  const RawRequest request{
      .target = "/v1development/profiles", .headers = type, .body = OtlpProto(9)};
  RawResponse response = host.Ask(request);
  CHECK(response.status == 200);
  CHECK(response.headers["content-type"] == "application/x-protobuf");
  CHECK(response.body.empty());
  RawRequest versioned = request;
  versioned.headers += "OTLP-Profiles-Development-Version: 1\r\nContent-Encoding: gzip\r\n";
  versioned.body = *Gzip(request.body, 6);
  CHECK(host.Ask(versioned).status == 200);
  CHECK(Stored(host.store()) ==
        std::vector<std::string>{R"({__name__="process_cpu", service_name="cart"} 9 @1700000000)"});
  for (const char* version : {"2", "x", "1\r\nOTLP-Profiles-Development-Version: 1"}) {
    RawRequest other = request;
    other.headers += std::string("OTLP-Profiles-Development-Version: ") + version + "\r\n";
    response = host.Ask(other);
    CHECK(response.status == 400);
    CHECK(response.body.find("version 1") != std::string::npos);
  }
  response = host.Ask({.target = "/v1development/profiles",
                       .headers = "Content-Type: application/json\r\n",
                       .body = R"({"resourceProfiles": 3})"});
  CHECK(response.status == 400);
  CHECK(nlohmann::json::parse(response.body)["code"] == 3);
  CHECK(host.Ask({.target = "/v1development/profiles",
                  .headers = "Content-Type: application/json\r\n",
                  .body = "{}"})
            .body == "{}");
  CHECK(host.Ask({.target = "/v1development/profiles", .body = "x"}).status == 415);
}

TEST_CASE("OTLP stores what is sound of a message, and says what was refused") {
  TestHost host;
  const RawResponse answer = host.Ask({.target = "/v1development/profiles",
                                       .headers = "Content-Type: application/json\r\n",
                                       .body = OtlpWithUnsound()});
  CHECK(answer.status == 200);
  INFO(answer.body);
  const auto partial = nlohmann::json::parse(answer.body)["partialSuccess"];
  CHECK(partial["rejectedProfiles"] == "1");
  CHECK(std::string(partial["errorMessage"]).find("type_strindex") != std::string::npos);
  CHECK(Stored(host.store()) ==
        std::vector<std::string>{R"({__name__="process_cpu", service_name="cart"} 7 @1700000000)"});
}

TEST_CASE("OTLP counts refused profiles: one that is stored without a sample is none") {
  TestHost host;
  const auto partial = [&](const std::string& body) {
    const RawResponse answer = host.Ask({.target = "/v1development/profiles",
                                         .headers = "Content-Type: application/json\r\n",
                                         .body = body});
    CHECK(answer.status == 200);
    return nlohmann::json::parse(answer.body)["partialSuccess"];
  };
  // The first profile gets a sample of no stack; the second one is not valid.
  std::string body = OtlpWithUnsound();
  const std::string samples = R"("samples":[{)";
  body.insert(body.find(samples) + samples.size(), R"("stackIndex":7,"values":["1"]},{)");
  CHECK(partial(body)["rejectedProfiles"] == "1");
  // Without the second one it is a warning.
  const size_t second = body.find(R"(,{"sampleType":{"typeStrindex":9)");
  body.erase(second, body.find("]}]}],", second) - second);
  const auto warning = partial(body);
  CHECK(warning["rejectedProfiles"] == "0");
  CHECK(std::string(warning["errorMessage"]).find("samples[0].stack_index") != std::string::npos);
  CHECK(Stored(host.store()).size() == 1);
}

TEST_CASE("OTLP: names of a target and of its job are labels of the series, others are not") {
  TestHost host;
  const LabelSet series{
      {"service_name", "cart"}, {"job", "shop"}, {"instance", "a:80"}, {"colour", "red"}};
  CHECK(host.Ask({.target = "/v1development/profiles",
                  .headers = "Content-Type: application/x-protobuf\r\n",
                  .body = OtlpProto(9, series)})
            .status == 200);
  const char* stored =
      R"({__name__="process_cpu", instance="a:80", job="shop", service_name="cart"} 9 @1700000000)";
  CHECK(Stored(host.store()) == std::vector<std::string>{stored});
}

}  // namespace
}  // namespace dolerite::testing
