#include "host/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "support/must.h"

namespace dolerite::testing {

RawClient::RawClient(const std::string& address) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  Must(inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) == 1);
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  Must(setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
  Must(setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) Close();
}

RawClient::~RawClient() { Close(); }

void RawClient::Close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool RawClient::Fill() {
  char bytes[65536];
  const ssize_t n = ::recv(socket_, bytes, sizeof(bytes), 0);
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(n));
  return true;
}

bool RawClient::IsClosed() { return buffer_.empty() && !Fill(); }

std::optional<RawResponse> RawClient::Read() {
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  RawResponse response;
  if (buffer_.size() < 12) return std::nullopt;
  response.status = std::atoi(buffer_.c_str() + 9);
  for (size_t at = buffer_.find("\r\n"); at < end;) {
    const size_t next = buffer_.find("\r\n", at + 2);
    const std::string line = buffer_.substr(at + 2, next - at - 2);
    const size_t colon = std::min(line.find(": "), line.size());
    response.headers[absl::AsciiStrToLower(line.substr(0, colon))] =
        colon == line.size() ? "" : line.substr(colon + 2);
    at = next;
  }
  const size_t size = static_cast<size_t>(std::atoll(response.headers["content-length"].c_str()));
  while (buffer_.size() < end + 4 + size) {
    if (!Fill()) return std::nullopt;
  }
  response.body = buffer_.substr(end + 4, size);
  buffer_.erase(0, end + 4 + size);
  return response;
}

std::string TextOf(const RawRequest& request) {
  return request.method + " " + request.target + " HTTP/1.1\r\nHost: test\r\n" + request.headers +
         "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
}

RawResponse Ask(const std::string& address, const RawRequest& request) {
  RawClient client(address);
  client.Send(TextOf(request));
  return client.Read().value_or(RawResponse());
}

}  // namespace dolerite::testing
