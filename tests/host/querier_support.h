// Pushes profiles to a host and asks it as Pyroscope's clients do.
#ifndef DOLERITE_TESTS_HOST_QUERIER_SUPPORT_H_
#define DOLERITE_TESTS_HOST_QUERIER_SUPPORT_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dolerite/pprof.h"
#include "host/host_support.h"
#include "querier_messages.h"
#include "sample_profile.h"

namespace dolerite::testing {

// One of the profiles that a test pushes together.
struct PushedSample {
  host::LabelPair label{"pod", "a"};
  Profile profile;
  std::string id = {};  // a UUID
};

inline constexpr char kCpuType[] = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

// A CPU profile with a period, as kCpuType names it.
inline Profile CpuProfile(const std::vector<examples::StackTime>& stacks, int64_t time_nanos) {
  Profile profile = examples::MakeProfile(stacks, time_nanos);
  profile.period_type = profile.sample_types[0];
  profile.period = 10'000'000;
  return profile;
}

// Pushes CPU profiles of the service `checkout` to the tenant `team-a`.
inline void PushAll(const TestHost& host, const std::vector<PushedSample>& samples) {
  host::PushRequest request;
  for (const PushedSample& sample : samples) {
    host::RawProfileSeries series;
    series.labels = {{"__name__", "process_cpu"}, {"service_name", "checkout"}, sample.label};
    series.samples = {{.raw_profile = {*WritePprof(sample.profile)}, .id = sample.id}};
    request.series.push_back(std::move(series));
  }
  const RawResponse answer =
      host.Ask({.target = "/push.v1.PusherService/Push",
                .headers = "Content-Type: application/proto\r\nX-Scope-OrgID: team-a\r\n",
                .body = host::WriteMessage(host::Form::kProto, request)});
  INFO(answer.body);
  REQUIRE(answer.status == 200);
}

inline RawResponse AskQuerier(const TestHost& host, const std::string& method,
                              const std::string& json, const std::string& tenant = "team-a") {
  return host.Ask({.target = "/querier.v1.QuerierService/" + method,
                   .headers = "Content-Type: application/json\r\nX-Scope-OrgID: " + tenant + "\r\n",
                   .body = json});
}

// The answer to a question, as a message. Asked in protobuf.
template <class Answer, class Question>
Answer AskFor(const TestHost& host, const std::string& method, const Question& question) {
  const RawResponse answer =
      host.Ask({.target = "/querier.v1.QuerierService/" + method,
                .headers = "Content-Type: application/proto\r\nX-Scope-OrgID: team-a\r\n",
                .body = host::WriteMessage(host::Form::kProto, question)});
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  const auto message = host::ReadMessage<Answer>(host::Form::kProto, answer.body);
  REQUIRE(message.ok());
  return *message;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_HOST_QUERIER_SUPPORT_H_
