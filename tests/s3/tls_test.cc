// Certificates of https are checked, and a broken TLS connection does not end the process.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "s3/s3_support.h"
#include "s3/sigpipe.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

// A server with a certificate of its own making for `name` ("IP:127.0.0.1"), that answers each
// request in the same way.
class TlsServer {
 public:
  explicit TlsServer(const std::string& name) : context_(SSL_CTX_new(TLS_server_method())) {
    MakeCertificate(name);
    REQUIRE(SSL_CTX_use_certificate(context_, certificate_) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_, key_) == 1);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 8) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~TlsServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    SSL_CTX_free(context_);
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::string endpoint() const { return "https://127.0.0.1:" + std::to_string(port_); }
  int requests() const { return requests_; }

  void WriteCertificate(const std::string& path) const {
    BIO* file = BIO_new_file(path.c_str(), "w");
    REQUIRE(PEM_write_bio_X509(file, certificate_) == 1);
    BIO_free(file);
  }

 private:
  void MakeCertificate(const std::string& name) {
    key_ = EVP_EC_gen("P-256");
    certificate_ = X509_new();
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 86400);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* subject = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate_, subject);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str());
    X509_add_ext(certificate_, names, -1);
    X509_EXTENSION_free(names);
    REQUIRE(X509_sign(certificate_, key_, EVP_sha256()) != 0);
  }

  // One connection after the other, one request each: then the socket goes without a word of TLS.
  void Serve() {
    const s3::BlockSigpipe guard;  // of this thread alone: a client may be gone here too
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      SSL* tls = SSL_new(context_);
      SSL_set_fd(tls, fd);
      if (SSL_accept(tls) == 1) Answer(tls);
      SSL_free(tls);
      close(fd);
    }
  }

  void Answer(SSL* tls) {
    std::string head;
    char byte;
    while (head.find("\r\n\r\n") == head.npos) {
      if (SSL_read(tls, &byte, 1) != 1) return;
      head.push_back(byte);
    }
    ++requests_;
    const std::string reply = "HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: 7\r\n\r\n";
    SSL_write(tls, reply.data(), static_cast<int>(reply.size()));
  }

  SSL_CTX* const context_;
  EVP_PKEY* key_ = nullptr;
  X509* certificate_ = nullptr;
  int listener_ = -1, port_ = 0;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

std::unique_ptr<S3Store> StoreOver(const TlsServer& server, const std::string& ca_file) {
  S3Options options;
  options.endpoint = server.endpoint();
  options.bucket = "bucket";
  options.path_style = true;
  options.ca_file = ca_file;
  options.credentials = [] { return S3Credentials{"TESTKEY", "TESTSECRET"}; };
  options.unix_seconds = [] { return int64_t{1'400'000'000}; };
  return Make(options);
}

TEST_CASE("a certificate must be trusted and be of the server") {
  ScratchDirectory scratch;
  const std::string ca = (scratch.path() / "ca.pem").string();
  TlsServer server("IP:127.0.0.1");
  server.WriteCertificate(ca);
  const auto store = StoreOver(server, ca);
  // The connection is made anew each time.
  for (int i = 1; i <= 3; ++i) {
    const auto info = store->Head("k");
    INFO(info.status().ToString());
    REQUIRE(info.ok());
    CHECK(info->size == 7);
  }
  CHECK(server.requests() == 3);
  // One that nobody vouches for.
  CHECK(absl::IsUnauthenticated(StoreOver(server, "")->Head("k").status()));
  // One of another server.
  TlsServer other("IP:127.0.0.2");
  other.WriteCertificate(ca);
  CHECK(absl::IsUnauthenticated(StoreOver(other, ca)->Head("k").status()));
  CHECK(server.requests() + other.requests() == 3);
}

TEST_CASE("a signal of a broken pipe goes no further than its guard") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  {
    const s3::BlockSigpipe guard;
    const s3::BlockSigpipe inner;
    CHECK(write(ends[1], "x", 1) == -1);
  }
  close(ends[1]);
  sigset_t pending;
  REQUIRE(sigpending(&pending) == 0);
  CHECK(sigismember(&pending, SIGPIPE) == 0);
}

TEST_CASE("to write to a TLS connection that has gone does not end the process") {
  ScratchDirectory scratch;
  const std::string ca = (scratch.path() / "ca.pem").string();
  TlsServer server("IP:127.0.0.1");
  server.WriteCertificate(ca);
  const auto store = StoreOver(server, ca);
  // The server goes after the head, while the body is on its way.
  const std::string bytes = Bytes(20'000'000);
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(store->Put("k", bytes).status().code() == absl::StatusCode::kAlreadyExists);
  }
}

}  // namespace
}  // namespace dolerite::testing
