#include "host/host_support.h"

#include <algorithm>

#include "dolerite/archive.h"
#include "dolerite/pprof.h"
#include "dolerite/query.h"
#include "sample_profile.h"

namespace dolerite::testing {

host::HostOptions SmallHost() {
  host::HostOptions options;
  options.http_address = "127.0.0.1:0";
  options.grpc_address = "";
  options.tenant.flush_nanos = int64_t{20} * 1'000'000;
  options.threads = 2;
  return options;
}

std::string SmallPprof(int64_t value, int64_t time_nanos) {
  const Profile profile = examples::MakeProfile({{{"main", "work"}, value}}, time_nanos);
  return *WritePprof(profile);
}

std::string ContentionPprof() {
  Profile profile = examples::MakeProfile({{{"main", "lock"}, 7}}, 1'700'000'000'000'000'000);
  StringTable& strings = profile.symbols.strings;
  profile.sample_types = {{strings.Add("contentions"), strings.Add("count")},
                          {strings.Add("delay"), strings.Add("nanoseconds")}};
  profile.samples.values = {1, 7};
  return *WritePprof(profile);
}

std::string OtlpWithUnsound() {
  const auto profile = [](const std::string& type) {
    return R"({"sampleType":{"typeStrindex":)" + type +
           R"(,"unitStrindex":2},"timeUnixNano":"1700000000000000000",
               "samples":[{"stackIndex":1,"values":["7"]}]})";
  };
  return R"({"resourceProfiles":[{
      "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},
      "scopeProfiles":[{"profiles":[)" +
         profile("1") + "," + profile("9") + R"(]}]}],
    "dictionary":{"mappingTable":[{}],"linkTable":[{}],"attributeTable":[{}],
      "stringTable":["","cpu","nanoseconds","main"],
      "functionTable":[{},{"nameStrindex":3}],
      "locationTable":[{},{"lines":[{"functionIndex":1}]}],
      "stackTable":[{},{"locationIndices":[1]}]}})";
}

std::vector<std::string> Stored(ObjectStore* store, const std::string& tenant) {
  const auto prefix = MakePrefixStore(store, "tenants/" + tenant + "/");
  const auto archive = Archive::OpenForReading(
      prefix->get(), {.random = [] { return 1; }, .now_nanos = [] { return 1; }});
  if (absl::IsNotFound(archive.status())) return {"none"};
  REQUIRE(archive.ok());
  const auto snapshot = archive->TakeSnapshot();
  REQUIRE(snapshot.ok());
  ListQuery query({});
  REQUIRE(snapshot->AddTo(&query).ok());
  auto listed = std::move(query).Finish();
  REQUIRE(listed.ok());
  std::vector<std::string> out;
  for (const ListedProfile& profile : *listed) {
    out.push_back(profile.series.ToString() + " " + std::to_string(profile.totals.back()) + " @" +
                  std::to_string(profile.time_nanos / 1'000'000'000));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string Multipart(const std::vector<std::pair<std::string, std::string>>& parts) {
  std::string out;
  for (const auto& [name, content] : parts) {
    out += "--frontier\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" +
           name + ".bin\"\r\n\r\n" + content + "\r\n";
  }
  return out + "--frontier--\r\n";
}

}  // namespace dolerite::testing
