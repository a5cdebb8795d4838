// A client that sends bytes as a test wants them, and reads what a server answers.
#ifndef DOLERITE_TESTS_HOST_RAW_CLIENT_H_
#define DOLERITE_TESTS_HOST_RAW_CLIENT_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dolerite::testing {

struct RawResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// One connection. Calls give up after 30 seconds, as a server that never answers is a fault.
class RawClient {
 public:
  // `address` as of Host::http_address.
  explicit RawClient(const std::string& address);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False once the server has closed.
  bool Send(std::string_view bytes);
  // The next response with a Content-Length; empty if the connection ends before.
  std::optional<RawResponse> Read();
  // Whether the server closes without another byte.
  bool IsClosed();
  void Close();

 private:
  bool Fill();

  int socket_;
  std::string buffer_;
};

struct RawRequest {
  std::string method = "POST", target = "/", headers = {}, body = {};
};
std::string TextOf(const RawRequest& request);
// On a connection of its own; status 0 if there is no answer.
RawResponse Ask(const std::string& address, const RawRequest& request);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_HOST_RAW_CLIENT_H_
