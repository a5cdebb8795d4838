// The protocol of the fake server: requests and replies, the bucket that they are about, and the
// accounts that may sign.
#ifndef DOLERITE_TESTS_S3_FAKE_BUCKET_H_
#define DOLERITE_TESTS_S3_FAKE_BUCKET_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dolerite::testing {

// As strftime writes it, in UTC.
std::string TimeText(const char* format, int64_t unix_seconds);

struct FakeRequest {
  std::string method, path, query;             // as they came
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string key;  // in the bucket; "": the bucket itself
  std::map<std::string, std::string> parameters;

  bool Has(const std::string& parameter) const { return parameters.count(parameter) != 0; }
  std::string Parameter(const std::string& name) const;
  std::string Header(const std::string& name) const;
};

struct FakeReply {
  int status = 200;
  std::map<std::string, std::string> headers = {};
  std::string body = {};

  // What is wrong with the sending.
  bool no_length = false;                // no Content-Length; the end of the connection is the end
  size_t send_only = std::string::npos;  // of head and body; what then happens:
  enum class Then { kClose, kReset, kStall } then = Then::kClose;
  bool by_bytes = false;  // each byte by itself
};

FakeReply ErrorReply(int status, std::string_view code, std::string_view more = "");

// Signature checks as the AWS documents describe them, written apart from the library's.
class FakeAccounts {
 public:
  struct Account {
    std::string secret;
    std::string token = {};
    bool is_expired = false;
  };
  void Set(const std::string& access_key, const Account& account);
  // Nothing if the request is signed well.
  std::optional<FakeReply> Check(const FakeRequest& request) const;

  std::atomic<int64_t> unix_seconds{1'400'000'000};  // the server's clock
  std::atomic<bool> checks{true};
  std::string region = "us-east-1";

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Account> accounts_;
};

class FakeBucket {
 public:
  FakeAccounts& accounts() { return accounts_; }

  FakeReply Apply(const FakeRequest& request);
  size_t objects() const;
  size_t uploads() const;

 private:
  struct Object {
    std::string bytes, tag;
  };
  struct OpenUpload {
    std::string key;
    int64_t started;
    std::map<int, Object> parts;
  };

  std::optional<FakeReply> Refusal(const FakeRequest& request) const;
  FakeReply Put(const FakeRequest& request);
  FakeReply Get(const FakeRequest& request) const;
  FakeReply List(const FakeRequest& request) const;
  FakeReply ListUploads(const FakeRequest& request) const;
  FakeReply StartUpload(const FakeRequest& request);
  FakeReply PutPart(const FakeRequest& request);
  FakeReply Complete(const FakeRequest& request);
  std::string NextTag();

  FakeAccounts accounts_;
  mutable std::mutex mutex_;
  std::map<std::string, Object> objects_;
  std::map<std::string, OpenUpload> uploads_;
  int last_tag_ = 0, last_upload_ = 0;
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_S3_FAKE_BUCKET_H_
