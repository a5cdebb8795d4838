// Bytes that no honest client sends: each gets its error or a closed connection, the host answers
// the next request, and nothing is stored.
#include <chrono>
#include <set>

#include "absl/strings/escaping.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "formats/wire/inflate.h"
#include "host/host_support.h"
#include "tenants.h"

namespace dolerite::testing {
namespace {

const std::string kIngest = "/ingest?name=cart&format=pprof";

host::HostOptions Strict() {
  host::HostOptions options = SmallHost();
  options.http.header_bytes = 4096;
  options.http.body_bytes = size_t{1} << 20;
  options.http.sending_time = std::chrono::milliseconds(300);
  return options;
}

// Status of the answer to raw bytes; 0 if the server just closes.
int StatusOf(const TestHost& host, std::string_view bytes) {
  RawClient client(host.address());
  client.Send(bytes);
  const auto response = client.Read();
  return response ? response->status : 0;
}

void CheckAlive(TestHost* host) {
  CHECK(host->Ask({.method = "GET", .target = "/ready"}).status == 200);
  CHECK(Stored(host->store()) == std::vector<std::string>{"none"});
}

TEST_CASE("requests that are not HTTP, or lie about their length, are refused") {
  TestHost host(Strict());
  const std::string post = "POST " + kIngest + " HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& bytes : {
           std::string("hello\r\n\r\n"),
           std::string("GET / HTTP/9.9\r\n\r\n"),
           std::string(1000, '\0') + "\r\n\r\n",
           post + "Content-Length: -1\r\n\r\n",
           post + "Content-Length: 99999999999999999999\r\n\r\n",
           post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
           post + "Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n",
           post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
           post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nab\r\n",
           post + "Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n",
           post + "Bad Header\r\n\r\n",
       }) {
    INFO(bytes);
    CHECK(StatusOf(host, bytes) / 100 == 4);
  }
  CHECK(StatusOf(host, "GET /%zz HTTP/1.1\r\n\r\n") == 400);
  CheckAlive(&host);
}

TEST_CASE("what is too long is refused before it is held") {
  TestHost host(Strict());
  const std::string post = "POST " + kIngest + " HTTP/1.1\r\nHost: a\r\n";
  CHECK(StatusOf(host, post + "X: " + std::string(5000, 'x') + "\r\n\r\n") == 431);
  CHECK(StatusOf(host, post + "Content-Length: 1048577\r\n\r\n") == 413);
  CHECK(StatusOf(host, post + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" +
                           std::string(0x200000, 'x') + "\r\n0\r\n\r\n") == 413);
  CHECK(StatusOf(host, post + "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n") == 413);
  // A bomb: 100 MB of zeros in 100 KB.
  CHECK(host.Ask({.target = kIngest,
                  .headers = "Content-Encoding: gzip\r\n",
                  .body = *Gzip(std::string(100'000'000, '\0'), 9)})
            .status == 413);
  CHECK(
      host.Ask({.target = kIngest, .headers = "Content-Encoding: gzip\r\n", .body = "no"}).status ==
      400);
  CHECK(host.Ask({.target = kIngest, .headers = "Content-Encoding: br\r\n", .body = "no"}).status ==
        415);
  CheckAlive(&host);
}

TEST_CASE("bodies that are no profiles get the error of their protocol") {
  TestHost host(Strict());
  const std::string json = "Content-Type: application/json\r\n";
  const std::string push = "/push.v1.PusherService/Push";
  CHECK(host.Ask({.target = kIngest, .body = "hello"}).status == 422);
  CHECK(host.Ask({.target = "/ingest?format=pprof", .body = SmallPprof(1)}).status == 422);
  const std::string deep(100'000, '[');
  for (const std::string& body :
       {std::string("{"), std::string("[]"), deep, "{\"series\":" + deep,
        std::string(R"({"series":[{"labels":3}]})"),
        std::string(R"({"series":[{"samples":[{"rawProfile":"%%"}]}]})")}) {
    const RawResponse refused = host.Ask({.target = push, .headers = json, .body = body});
    CHECK(refused.status == 400);
    CHECK(refused.body.find("invalid_argument") != std::string::npos);
  }
  CHECK(host.Ask({.target = push, .headers = "Content-Type: application/proto\r\n", .body = "\xff"})
            .status == 400);
  CHECK(host.Ask({.target = push, .headers = "Content-Type: text/plain\r\n"}).status == 415);
  CHECK(host.Ask({.target = "/v1development/profiles", .headers = json, .body = deep}).status ==
        400);
  const std::string labels = R"({"series":[{"labels":[{"name":"a","value":")" +
                             std::string(700'000, 'v') + R"("}],"samples":[{"rawProfile":")" +
                             absl::Base64Escape(SmallPprof(1)) + R"("}]}]})";
  const RawResponse refused = host.Ask({.target = push, .headers = json, .body = labels});
  CHECK(refused.status == 400);
  CHECK(refused.body.find("labels") != std::string::npos);
  CHECK(host.Ask({.target = "/nothing"}).status == 404);
  CHECK(host.Ask({.method = "GET", .target = "/ingest"}).status == 405);
  for (const std::string& body :
       {std::string(""), std::string("--frontier"), std::string("--frontier\r\n\r\n"),
        std::string("--frontier\r\n\r\n\r\n--frontier"), std::string("--other--\r\n"),
        Multipart({{"profile", "a"}, {"profile", "b"}}),
        Multipart(std::vector<std::pair<std::string, std::string>>(40))}) {
    CHECK(
        host.Ask({.target = "/ingest?name=a", .headers = kMultipartHeader, .body = body}).status ==
        422);
  }
  CheckAlive(&host);
}

TEST_CASE("a label set of 10 MB is refused, whichever way it comes") {
  TestHost host;
  const std::string value(10'000'000, 'v');
  const std::string json = "Content-Type: application/json\r\n";
  const RawResponse pushed = host.Ask({.target = "/push.v1.PusherService/Push",
                                       .headers = json,
                                       .body = R"({"series":[{"labels":[{"name":"a","value":")" +
                                               value + R"("}],"samples":[{"rawProfile":")" +
                                               absl::Base64Escape(SmallPprof(1)) + R"("}]}]})"});
  CHECK(pushed.status == 400);
  CHECK(pushed.body.size() < 1000);
  SeriesProfile profile{{{"service_name", value}}, *ReadPprof(SmallPprof(1))};
  const RawResponse exported = host.Ask({.target = "/v1development/profiles",
                                         .headers = "Content-Type: application/x-protobuf\r\n",
                                         .body = *WriteOtlp({&profile, 1})});
  CHECK(exported.status == 400);
  CHECK(exported.body.size() < 1000);
  CHECK(host.Ask({.target = "/ingest?format=pprof&name=a%7Ba=" + value + "%7D",
                  .body = SmallPprof(1)})
            .status == 431);
  CheckAlive(&host);
}

TEST_CASE("a slow sender is cut, and one that leaves too") {
  TestHost host(Strict());
  const auto begin = std::chrono::steady_clock::now();
  RawClient slow(host.address());
  REQUIRE(slow.Send("POST " + kIngest + " HTTP/1.1\r\nContent-Length: 100\r\n\r\nab"));
  CHECK(slow.IsClosed());
  // Not after the idle time, which is ten minutes.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  RawClient leaving(host.address());
  leaving.Send("POST " + kIngest + " HTTP/1.1\r\nContent-Length: 100\r\n\r\nab");
  leaving.Close();
  CheckAlive(&host);
}

TEST_CASE("connections are kept, and requests sent early wait their turn") {
  TestHost host;
  RawClient client(host.address());
  const std::string get = "GET /ready HTTP/1.1\r\n\r\n";
  client.Send(get + get + TextOf({.target = kIngest, .body = SmallPprof(4)}) + get);
  for (int i = 0; i < 4; ++i) {
    const auto response = client.Read();
    REQUIRE(response);
    CHECK(response->status == 200);
  }
  client.Send("POST " + kIngest + " HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK(client.Read()->status == 100);
  client.Send("bad");
  CHECK(client.Read()->status == 422);
}

TEST_CASE("connections past the limit are refused, until others end") {
  host::HostOptions options = SmallHost();
  options.http.connections = 3;
  TestHost host(options);
  const std::string get = "GET /ready HTTP/1.1\r\n\r\n";
  {
    RawClient a(host.address()), b(host.address()), c(host.address());
    for (RawClient* client : {&a, &b, &c}) {
      client->Send(get);
      CHECK(client->Read()->status == 200);
    }
    RawClient d(host.address());
    d.Send(get);
    CHECK_FALSE(d.Read());
  }
  int status = 0;
  while (status != 200) status = host.Ask({.method = "GET", .target = "/ready"}).status;
  CHECK(status == 200);
}

TEST_CASE("tenants are apart, whatever their ids hold") {
  TestHost host;
  const std::vector<std::string> ids = {"a",  "A",   "a/b",  "..",   "a_2fb",   "_61",
                                        "a ", "%61", "\xff", "a\tb", "tenants", "a/../b"};
  std::set<std::string> names;
  for (size_t i = 0; i < ids.size(); ++i) {
    INFO(ids[i]);
    const auto name = host::TenantName(ids[i]);
    REQUIRE(name.ok());
    names.insert(*name);
    CHECK(ValidateKey("tenants/" + *name + "/archive").ok());
  }
  CHECK(names.size() == ids.size());
  CHECK_FALSE(host::TenantName("").ok());
  CHECK(host::TenantName(std::string(240, 'a')).ok());
  CHECK_FALSE(host::TenantName(std::string(241, 'a')).ok());
  for (const std::string id : {"a", "A", "a/b", ".."}) {
    CHECK(host.Ask({.target = kIngest,
                    .headers = "X-Scope-OrgID: " + id + "\r\n",
                    .body = SmallPprof(static_cast<int64_t>(id.size()))})
              .status == 200);
    CHECK(Stored(host.store(), *host::TenantName(id)).size() == 1);
  }
  CHECK(host.Ask({.target = kIngest,
                  .headers = "X-Scope-OrgID: " + std::string(300, 'a') + "\r\n",
                  .body = SmallPprof(1)})
            .status == 400);
  CHECK(host.Ask({.target = kIngest,
                  .headers = "X-Scope-OrgID: a\r\nX-Scope-OrgID: b\r\n",
                  .body = SmallPprof(1)})
            .status == 400);
  CHECK(Stored(host.store()) == std::vector<std::string>{"none"});
}

}  // namespace
}  // namespace dolerite::testing
