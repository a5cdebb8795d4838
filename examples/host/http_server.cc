#include "http_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "http_session.h"

namespace dolerite::host {
namespace {

using boost::asio::ip::tcp;

class BeastServer : public HttpServer {
 public:
  BeastServer(tcp::acceptor acceptor, const HttpOptions& options, const HttpParts& parts)
      : acceptor_(std::move(acceptor)), retry_(*parts.io), sessions_(std::make_shared<Sessions>()) {
    sessions_->options = options;
    sessions_->parts = parts;
    Accept();
  }

  std::string address() const override {
    const tcp::endpoint at = acceptor_.local_endpoint();
    return at.address().is_v6() ? absl::StrCat("[", at.address().to_string(), "]:", at.port())
                                : absl::StrCat(at.address().to_string(), ":", at.port());
  }

  void Drain(std::function<void()> done) override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    sessions_->drained = std::move(done);
    // Closing ends their reads; then they go.
    for (Session* session : sessions_->all) {
      if (!session->busy()) session->Close();
    }
    sessions_->CallIfDrained();
  }

  void Close() override {
    for (Session* session : sessions_->all) session->Close();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
      if (error == boost::asio::error::operation_aborted) return;
      // No descriptors left, say: not at once again.
      if (error) return AcceptLater();
      if (sessions_->all.size() < sessions_->options.connections) {
        boost::system::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<Session>(std::move(socket), sessions_)->AwaitRequest();
      } else {
        sessions_->parts.metrics->Add("http_connections_refused_total", "");
      }
      Accept();
    });
  }

  void AcceptLater() {
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](const boost::system::error_code& error) {
      if (!error && acceptor_.is_open()) Accept();
    });
  }

  tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

absl::StatusOr<std::pair<std::string, uint16_t>> ParseAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  bool number = colon != std::string::npos;
  if (number) {
    const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
    number = parsed.ec == std::errc() && parsed.ptr == end;
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  if (!number || error) {
    return absl::InvalidArgumentError(
        absl::StrCat(text, ": expected an IP address and a port, such as 127.0.0.1:4040"));
  }
  return std::make_pair(host, port);
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& address,
                                                              const HttpOptions& options,
                                                              const HttpParts& parts) {
  auto parsed = ParseAddress(address);
  if (!parsed.ok()) return parsed.status();
  const tcp::endpoint at(boost::asio::ip::make_address(parsed->first), parsed->second);
  tcp::acceptor acceptor(*parts.io);
  boost::system::error_code error;
  acceptor.open(at.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(at, error);
  if (!error) acceptor.listen(4096, error);
  if (error) return absl::UnavailableError(absl::StrCat(address, ": ", error.message()));
  return std::make_unique<BeastServer>(std::move(acceptor), options, parts);
}

}  // namespace dolerite::host
