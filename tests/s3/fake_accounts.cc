#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "s3/fake_bucket.h"

namespace dolerite::testing {
namespace {

std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const unsigned char byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", byte);
    hex += digits;
  }
  return hex;
}

std::string Hash(const std::string& bytes) {
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash);
  return Hex(std::string(reinterpret_cast<char*>(hash), sizeof(hash)));
}

std::string Mac(const std::string& key, const std::string& text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return std::string(reinterpret_cast<char*>(mac), size);
}

// The text between `begin` and the next comma.
std::string PartOf(const std::string& text, const std::string& begin) {
  const size_t at = text.find(begin);
  if (at == text.npos) return "";
  const size_t from = at + begin.size();
  return text.substr(from, text.find(',', from) - from);
}

std::string SortedQuery(const std::string& query) {
  std::vector<std::string> parts;
  std::istringstream in(query);
  for (std::string part; std::getline(in, part, '&');) parts.push_back(part);
  std::sort(parts.begin(), parts.end());
  std::string sorted;
  for (const std::string& part : parts) sorted += (sorted.empty() ? "" : "&") + part;
  return sorted;
}

int64_t TimeOf(const std::string& amz_date) {
  tm parts{};
  if (strptime(amz_date.c_str(), "%Y%m%dT%H%M%SZ", &parts) == nullptr) return 0;
  return timegm(&parts);
}

}  // namespace

void FakeAccounts::Set(const std::string& access_key, const Account& account) {
  std::lock_guard<std::mutex> lock(mutex_);
  accounts_[access_key] = account;
}

std::optional<FakeReply> FakeAccounts::Check(const FakeRequest& request) const {
  if (!checks) return std::nullopt;
  const std::string authorization = request.Header("authorization");
  const std::string date = request.Header("x-amz-date");
  std::istringstream credential(PartOf(authorization, "Credential="));
  std::string access_key, day, of_region, service;
  std::getline(credential, access_key, '/');
  std::getline(credential, day, '/');
  std::getline(credential, of_region, '/');
  std::getline(credential, service, '/');
  Account account;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto it = accounts_.find(access_key);
    if (it == accounts_.end()) return ErrorReply(403, "InvalidAccessKeyId");
    account = it->second;
  }
  if (account.is_expired) return ErrorReply(400, "ExpiredToken");
  if (request.Header("x-amz-security-token") != account.token)
    return ErrorReply(400, "InvalidToken");
  if (std::llabs(TimeOf(date) - unix_seconds) > 15 * 60) {
    return ErrorReply(403, "RequestTimeTooSkewed");
  }
  if (of_region != region) {
    return ErrorReply(400, "AuthorizationHeaderMalformed", "<Region>" + region + "</Region>");
  }
  // Host and all headers of AWS must be signed, and here the conditions and ranges too.
  const std::string names = PartOf(authorization, "SignedHeaders=");
  std::string headers;
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, ';');) {
    headers += name + ":" + request.Header(name) + "\n";
  }
  for (const auto& [name, value] : request.headers) {
    const bool must = name == "host" || name == "range" || name.rfind("if-", 0) == 0 ||
                      name.rfind("x-amz-", 0) == 0;
    if (must && (";" + names + ";").find(";" + name + ";") == names.npos) {
      return ErrorReply(403, "AccessDenied");
    }
  }
  const std::string body_hash = request.Header("x-amz-content-sha256");
  if (body_hash != Hash(request.body)) return ErrorReply(400, "XAmzContentSHA256Mismatch");
  const std::string canonical = request.method + "\n" + request.path + "\n" +
                                SortedQuery(request.query) + "\n" + headers + "\n" + names + "\n" +
                                body_hash;
  const std::string scope = day + "/" + of_region + "/s3/aws4_request";
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + Hash(canonical);
  const std::string key =
      Mac(Mac(Mac(Mac("AWS4" + account.secret, day), of_region), "s3"), "aws4_request");
  const bool good = day == date.substr(0, 8) && service == "s3" &&
                    PartOf(authorization, "Signature=") == Hex(Mac(key, to_sign));
  if (!good) return ErrorReply(403, "SignatureDoesNotMatch");
  return std::nullopt;
}

}  // namespace dolerite::testing
