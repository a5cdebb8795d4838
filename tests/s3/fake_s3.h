// A small S3 server in the process of the test, on a port of the loopback interface. It keeps the
// protocol, checks signatures, and goes wrong as its hooks say.
#ifndef DOLERITE_TESTS_S3_FAKE_S3_H_
#define DOLERITE_TESTS_S3_FAKE_S3_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "s3/fake_bucket.h"

namespace dolerite::testing {

class FakeS3 {
 public:
  // Answers a request instead of the server, or changes it first.
  using Before = std::function<std::optional<FakeReply>(FakeRequest*)>;
  // Changes what the server answers, after what was asked has taken place.
  using After = std::function<void(const FakeRequest&, FakeReply*)>;

  FakeS3();
  ~FakeS3();
  FakeS3(const FakeS3&) = delete;
  FakeS3& operator=(const FakeS3&) = delete;

  std::string endpoint() const;  // "http://127.0.0.1:1234"
  int port() const { return port_; }
  FakeBucket& bucket() { return bucket_; }

  // Hooks are called by many threads at once. An empty one ends the fault.
  void SetBefore(Before before);
  void SetAfter(After after);

  // Ends all stalls, also those to come.
  void Release();
  int stalls() const { return stalls_; }  // how many replies have stalled so far

  int connections() const { return connections_; }  // so far
  int requests() const { return requests_; }

 private:
  void Accept();
  void Serve(int fd);
  FakeReply Answer(FakeRequest* request);
  bool Send(int fd, const FakeRequest& request, const FakeReply& reply);
  void Stall();

  FakeBucket bucket_;
  int listener_ = -1, port_ = 0;
  std::atomic<int> connections_{0}, requests_{0}, stalls_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  Before before_;
  After after_;
  bool is_released_ = false, is_over_ = false;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_S3_FAKE_S3_H_
