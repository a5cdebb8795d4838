#include "s3/fake_s3.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>

namespace dolerite::testing {
namespace {

std::string Decode(const std::string& text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      decoded.push_back(static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

void ParseTarget(const std::string& target, FakeRequest* request) {
  const size_t mark = target.find('?');
  request->path = target.substr(0, mark);
  if (mark != target.npos) request->query = target.substr(mark + 1);
  for (size_t at = 0; at < request->query.size();) {
    const size_t end = std::min(request->query.find('&', at), request->query.size());
    const std::string pair = request->query.substr(at, end - at);
    const size_t equal = std::min(pair.find('='), pair.size());
    request->parameters[Decode(pair.substr(0, equal))] =
        equal < pair.size() ? Decode(pair.substr(equal + 1)) : "";
    at = end + 1;
  }
}

// The bucket is in the host's name or is the first part of the path.
void FindKey(FakeRequest* request) {
  const bool by_host = request->Header("host").rfind("bucket.", 0) == 0;
  const std::string top = by_host ? "/" : "/bucket/";
  if (request->path.rfind(top, 0) == 0) request->key = request->path.substr(top.size());
}

// One request, of which `buffer` may have the beginning; it keeps what follows. False at the end.
bool Receive(int fd, std::string* buffer, FakeRequest* request) {
  const auto more = [&] {
    char bytes[1 << 16];
    const ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
    if (n > 0) buffer->append(bytes, static_cast<size_t>(n));
    return n > 0;
  };
  size_t end;
  while ((end = buffer->find("\r\n\r\n")) == buffer->npos) {
    if (!more()) return false;
  }
  size_t at = buffer->find("\r\n");
  const std::string first = buffer->substr(0, at);
  const size_t blank = first.find(' '), second = first.find(' ', blank + 1);
  request->method = first.substr(0, blank);
  ParseTarget(first.substr(blank + 1, second - blank - 1), request);
  while (at < end) {
    at += 2;
    const size_t line_end = buffer->find("\r\n", at);
    const std::string line = buffer->substr(at, line_end - at);
    const size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    request->headers[name] = line.substr(colon + 2);
    at = line_end;
  }
  FindKey(request);
  buffer->erase(0, end + 4);
  const size_t length = std::strtoul(request->Header("content-length").c_str(), nullptr, 10);
  while (buffer->size() < length) {
    if (!more()) return false;
  }
  request->body = buffer->substr(0, length);
  buffer->erase(0, length);
  return true;
}

bool SendAll(int fd, std::string_view bytes, size_t step) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), std::min(step, bytes.size()), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

FakeS3::FakeS3() {
  bucket_.accounts().Set("TESTKEY", {"TESTSECRET"});
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

FakeS3::~FakeS3() {
  Release();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    is_over_ = true;
    for (const int fd : sockets_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  for (const int fd : sockets_) close(fd);
  close(listener_);
}

std::string FakeS3::endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

void FakeS3::SetBefore(Before before) {
  std::lock_guard<std::mutex> lock(mutex_);
  before_ = std::move(before);
}

void FakeS3::SetAfter(After after) {
  std::lock_guard<std::mutex> lock(mutex_);
  after_ = std::move(after);
}

void FakeS3::Release() {
  std::lock_guard<std::mutex> lock(mutex_);
  is_released_ = true;
  changed_.notify_all();
}

void FakeS3::Stall() {
  std::unique_lock<std::mutex> lock(mutex_);
  ++stalls_;
  changed_.wait(lock, [&] { return is_released_; });
}

void FakeS3::Accept() {
  for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    ++connections_;
    std::lock_guard<std::mutex> lock(mutex_);
    sockets_.push_back(fd);  // closed at the end, so that no number is used twice
    if (is_over_) return;
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void FakeS3::Serve(int fd) {
  std::string buffer;
  for (FakeRequest request; Receive(fd, &buffer, &request); request = {}) {
    ++requests_;
    const FakeReply reply = Answer(&request);
    if (!Send(fd, request, reply)) break;
  }
  shutdown(fd, SHUT_RDWR);
}

FakeReply FakeS3::Answer(FakeRequest* request) {
  Before before;
  After after;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    before = before_, after = after_;
  }
  std::optional<FakeReply> reply = bucket_.accounts().Check(*request);
  if (!reply && before) reply = before(request);
  if (!reply) reply = bucket_.Apply(*request);
  if (after) after(*request, &*reply);
  return *std::move(reply);
}

bool FakeS3::Send(int fd, const FakeRequest& request, const FakeReply& reply) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " as it is\r\n";
  text +=
      "Date: " + TimeText("%a, %d %b %Y %H:%M:%S GMT", bucket_.accounts().unix_seconds) + "\r\n";
  for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
  const bool has_length =
      reply.headers.count("content-length") + reply.headers.count("transfer-encoding") != 0;
  if (!has_length && !reply.no_length && reply.status != 204) {
    text += "content-length: " + std::to_string(reply.body.size()) + "\r\n";
  }
  text += "\r\n";
  if (request.method != "HEAD") text += reply.body;
  const bool whole = reply.send_only >= text.size();
  if (!SendAll(fd, std::string_view(text).substr(0, reply.send_only),
               reply.by_bytes ? 1 : 1 << 20)) {
    return false;
  }
  if (whole) return !reply.no_length;
  if (reply.then == FakeReply::Then::kStall) Stall();
  if (reply.then == FakeReply::Then::kReset) {
    // Closing with this set sends a reset. The number stays taken: the end shuts it down again.
    const linger reset{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    const int null = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    dup2(null, fd);
    close(null);
  }
  return false;
}

}  // namespace dolerite::testing
