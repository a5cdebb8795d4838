// What does the S3 store add to the requests that libcurl sends?
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "dolerite/s3.h"
#include "s3/fake_s3.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr int kPuts = 1000, kBatch = 10;
constexpr size_t kBytes = 100'000;

// PUT as any program does it with libcurl, over one connection.
class PlainCurl {
 public:
  // Signed by libcurl itself, or not at all.
  PlainCurl(std::string endpoint, bool is_signed)
      : endpoint_(std::move(endpoint)), curl_(curl_easy_init()) {
    for (const char* header :
         {"Expect:", "Content-Type: application/octet-stream", "If-None-Match: *"}) {
      headers_ = curl_slist_append(headers_, header);
    }
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, "PUT");
    if (!is_signed) return;
    curl_easy_setopt(curl_, CURLOPT_AWS_SIGV4, "aws:amz:us-east-1:s3");
    curl_easy_setopt(curl_, CURLOPT_USERPWD, "TESTKEY:TESTSECRET");
  }
  PlainCurl(const PlainCurl&) = delete;
  PlainCurl& operator=(const PlainCurl&) = delete;
  ~PlainCurl() {
    curl_easy_cleanup(curl_);
    curl_slist_free_all(headers_);
  }

  void Put(const std::string& key, const std::string& bytes) {
    const std::string url = endpoint_ + "/bucket/" + key;
    curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bytes.size()));
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, bytes.data());
    long status = 0;
    const bool sent = curl_easy_perform(curl_) == CURLE_OK;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    Require(sent && status == 200, "libcurl: a put");
  }

 private:
  const std::string endpoint_;
  CURL* const curl_;
  curl_slist* headers_ = nullptr;
};

// Seconds of one put: the least of all batches, since other programs on the machine only ever add.
struct Seconds {
  double wall = 1, cpu = 1;
};

template <class Run>
void Time(const Run& run, Seconds* least) {
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = ThreadSeconds();
  for (int i = 0; i < kBatch; ++i) run(i);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  least->wall = std::min(least->wall, wall.count() / kBatch);
  least->cpu = std::min(least->cpu, (ThreadSeconds() - cpu) / kBatch);
}

void Compare(const std::string& rival, const Seconds& ours, const Seconds& theirs,
             const std::string& goal) {
  Print({"put of 100 KB, beside " + rival, bench::Time(ours.wall), bench::Time(theirs.wall),
         Times(theirs.wall / ours.wall), goal});
  Print({"the same, of this thread", bench::Time(ours.cpu), bench::Time(theirs.cpu),
         Times(theirs.cpu / ours.cpu)});
}

void Puts() {
  testing::FakeS3 server;
  server.bucket().accounts().checks = false;  // the same work for all
  S3Options options;
  options.endpoint = server.endpoint();
  options.bucket = "bucket";
  options.path_style = true;
  options.credentials = [] { return S3Credentials{"TESTKEY", "TESTSECRET"}; };
  options.unix_seconds = [] { return int64_t{1'400'000'000}; };
  const auto store = Must(MakeS3Store(options));
  PlainCurl plain(server.endpoint(), false), signing(server.endpoint(), true);
  const std::string bytes(kBytes, 'x');

  // In turn, so that what else runs on the machine meets all.
  Seconds ours, unsigned_puts, signed_puts;
  for (int batch = 0; batch < kPuts / kBatch; ++batch) {
    const auto key = [&](const char* who, int i) { return Text("%s/%d/%d", who, batch, i); };
    Time([&](int i) { plain.Put(key("plain", i), bytes); }, &unsigned_puts);
    Time([&](int i) { signing.Put(key("signed", i), bytes); }, &signed_puts);
    Time([&](int i) { Must(store->Put(key("ours", i), bytes).status()); }, &ours);
  }
  Require(server.bucket().objects() == 3 * kPuts, "puts are missing");
  Require(server.connections() == 3, "a connection was not kept");
  Compare("libcurl that signs", ours, signed_puts, "0.77x");
  Compare("libcurl unsigned", ours, unsigned_puts, "-");
}

}  // namespace

int main() {
  Title("S3 on the loopback interface, beside plain libcurl on one connection");
  Puts();
  return 0;
}
