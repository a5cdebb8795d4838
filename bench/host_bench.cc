// What does a host add to the library, and what do pushes, questions and idle connections cost it?
//   host_bench            the table
//   host_bench - hour     instead: memory while 100,000 pushes come that differ
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "dolerite/archive.h"
#include "dolerite/ingester.h"
#include "dolerite/otlp.h"
#include "dolerite/pyroscope.h"
#include "dolerite/questions.h"
#include "dolerite/stores.h"
#include "formats/wire/inflate.h"
#include "host/raw_client.h"
#include "support/host_process.h"
#include "support/push_load.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;
using testing::RawClient;

using Clock = std::chrono::steady_clock;

constexpr int64_t kNow = int64_t{1'700'000'000} * 1'000'000'000;
constexpr int kIdle = 10'000;
constexpr size_t kMaxNodes = 8192;
constexpr size_t kReaderBytes = size_t{128} << 20;  // the host's default

template <class Run>
double MedianWallSeconds(const Run& run) {
  std::vector<double> seconds;
  for (int i = 0; i < 60; ++i) {
    const auto begin = Clock::now();
    run();
    // The first runs open blocks, which both sides keep.
    if (i >= 10) seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return Median(std::move(seconds));
}

ArchiveHost LibraryHost() {
  static uint64_t random = 0;
  return {.random = [] { return ++random; },
          .now_nanos = [] { return kNow; },
          .executor = nullptr,
          .reading = {},
          .reader_bytes = kReaderBytes};
}

// A CPU profile at the time of a number, of one of eight services, as an agent sends it.
std::string MessageOf(const Profile& profile, int number) {
  SeriesProfile one{{{"service_name", "load-" + std::to_string(number % 8)}}, profile};
  one.profile.time_nanos = kNow + number * int64_t{1'000'000'000};
  return Must(Gzip(Must(WriteOtlp({&one, 1})), 1));
}

// The profile whose message is nearest to 16 KB.
Profile ProfileToPush(const Series& series) {
  const std::vector<Profile> profiles = ReadProfiles(series.sources);
  const auto distance = [](const Profile& profile) {
    return std::abs(static_cast<int64_t>(MessageOf(profile, 0).size()) - 16'000);
  };
  return *std::min_element(
      profiles.begin(), profiles.end(),
      [&](const Profile& a, const Profile& b) { return distance(a) < distance(b); });
}

// Pushes a second that the library decodes, batches and stores in memory, on one thread.
double LibraryRate(const std::vector<std::string>& messages) {
  const auto store = MakeMemoryStore();
  Must(Archive::Create(store.get(), LibraryHost()));
  Archive archive = Must(Archive::Open(store.get(), LibraryHost()));
  IngesterOptions options;
  options.blocks.try_encodings = false;
  const auto ingester = Must(Ingester::Make(&archive, options));
  const auto begin = Clock::now();
  for (const std::string& message : messages) {
    for (const SeriesProfile& p : Must(ReadOtlp(message))) {
      Must(ingester->Add(p.series, p.profile, kNow).status());
    }
    Must(ingester->Tick(kNow));
  }
  Must(ingester->Flush(kNow));
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  return static_cast<double>(messages.size()) / seconds.count();
}

void Pushes(const Profile& profile) {
  const Load load;
  std::vector<std::string> messages;
  for (int i = 0; i < load.pushes; ++i) messages.push_back(MessageOf(profile, i));
  const double alone = LibraryRate({messages.begin(), messages.begin() + 1000});
  const HostProcess host;
  const LoadResult result =
      PushTo(host.grpc(), load, [&](int i) { return messages[static_cast<size_t>(i)]; });
  Require(result.failed == 0, "pushes failed");
  const std::string what = Text("%d pushes/s of %zu bytes", load.rate, messages[0].size());
  Print({what + ", p99 of answers", Time(result.p99), "flush + 100 ms: " + Time(0.6),
         Times(0.6 / result.p99), ">= 1x"});
  Print({what + ", median", Time(result.median), "flush: " + Time(0.5)});
  Print({what + ", answered", Text("%.0f/s", result.rate),
         Text("the library in process, 1 thread: %.0f/s", alone)});
  Print({what + ", resident memory, most", Bytes(static_cast<double>(host.PeakBytes()))});
}

// All profiles at once, so that they are one segment.
void PushSeries(const HostProcess& host, const Series& series) {
  std::vector<std::unique_ptr<RawClient>> clients;
  for (const Source& source : series.sources) {
    clients.push_back(std::make_unique<RawClient>(host.http()));
    clients.back()->Send(testing::TextOf(
        {.target = "/ingest?name=checkout&format=pprof", .headers = "", .body = source.gz}));
  }
  for (const auto& client : clients) {
    const auto answer = client->Read();
    Require(answer && answer->status == 200, "a push failed");
  }
}

// The same question by both ways: the JSON that Grafana asks, and the library in this process on
// the host's store.
constexpr char kQuestion[] =
    R"({"profileTypeID":"process_cpu:cpu:nanoseconds:cpu:nanoseconds","labelSelector":"{}",)"
    R"("start":"0","end":"4000000000000","maxNodes":"8192"})";

std::string AskHost(RawClient* client) {
  client->Send(testing::TextOf({.target = "/querier.v1.QuerierService/SelectMergeStacktraces",
                                .headers = "Content-Type: application/json\r\n",
                                .body = kQuestion}));
  auto answer = client->Read();
  Require(answer && answer->status == 200, "a question failed");
  return std::move(answer->body);
}

FlamebearerLevels AskLibrary(const Snapshot& snapshot) {
  TreeQuery query({.selection = {.sample_type = {.type = "cpu"}}, .kinds = {}});
  Must(snapshot.AddTo(&query));
  return Must(ToFlamebearerLevels(Must(std::move(query).Finish({.max_nodes = kMaxNodes}))));
}

double LibrarySeconds(const HostProcess& host, const std::string& answer) {
  const auto all = Must(OpenLocalStore(host.directory()));
  const auto store = Must(MakePrefixStore(all.get(), "tenants/anonymous/"));
  const Archive archive = Must(Archive::Open(store.get(), LibraryHost()));
  const Snapshot snapshot = Must(archive.TakeSnapshot());
  const std::string total = "\"total\":\"" + std::to_string(AskLibrary(snapshot).total) + '"';
  Require(answer.find(total) != std::string::npos, "the host's total is another one");
  return MedianWallSeconds([&] { Use(AskLibrary(snapshot)); });
}

void QuestionsAndIdle(const Series& series) {
  const HostProcess host;
  PushSeries(host, series);
  RawClient client(host.http());
  const std::string answer = AskHost(&client);
  const double library = LibrarySeconds(host, answer);
  const double limit = 1.5 * library + 0.002;
  const double busy = MedianWallSeconds([&] { AskHost(&client); });
  Print({"flame graph of " + series.name + " as JSON, on the wall", Time(busy),
         "1.5 x the library's " + Time(library) + " + 2 ms: " + Time(limit), Times(limit / busy),
         ">= 1x"});
  const size_t before = host.ResidentBytes();
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < kIdle; ++i) idle.push_back(std::make_unique<RawClient>(host.http()));
  // An answer on the last one says that the host has taken them all.
  AskHost(idle.back().get());
  const auto bytes = static_cast<double>(host.ResidentBytes() - before);
  Print({Text("%d idle connections, memory", kIdle), Bytes(bytes),
         Text("%.0f B each", bytes / kIdle)});
  const double beside = MedianWallSeconds([&] { AskHost(&client); });
  Print({"the flame graph beside them", Time(beside), "without: " + Time(busy),
         Times(busy / beside)});
}

// As many pushes as 28 agents send in an hour, if each pushes once a second.
void Hour(const Profile& profile) {
  const HostProcess host;
  constexpr int kParts = 20, kPart = 5000;
  for (int part = 0; part < kParts; ++part) {
    const Load load{.rate = 400, .pushes = kPart, .connections = 8};
    const LoadResult result =
        PushTo(host.grpc(), load, [&](int i) { return MessageOf(profile, part * kPart + i); });
    Require(result.failed == 0, "pushes failed");
    Print({Text("after %d pushes that differ, resident memory", (part + 1) * kPart),
           Bytes(static_cast<double>(host.ResidentBytes())),
           "most: " + Bytes(static_cast<double>(host.PeakBytes()))});
  }
}

}  // namespace

int main(int argc, char** argv) {
  Title("A host over the loopback interface");
  const Series* series = FindSeries("checkout-cpu");
  if (series == nullptr) series = FindSeries("bundled-cpu");
  Require(series != nullptr, "no profiles");
  const Profile profile = ProfileToPush(*series);
  if (argc > 2 && std::string(argv[2]) == "hour") {
    Hour(profile);
    return 0;
  }
  Pushes(profile);
  QuestionsAndIdle(*series);
  return 0;
}
