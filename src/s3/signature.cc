#include "s3/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/text.h"

namespace dolerite::s3 {
namespace {

std::string Hmac(std::string_view key, std::string_view text) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(),
       reinterpret_cast<uint8_t*>(mac.data()), &size);
  mac.resize(size);
  return mac;
}

}  // namespace

// Of all that is sent, as the signature covers bodies.
std::string Sha256(std::string_view bytes) {
  std::string hash(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<uint8_t*>(hash.data()), &size,
             EVP_sha256(), nullptr);
  hash.resize(size);
  return hash;
}

std::string AmzTime(int64_t unix_seconds) {
  using namespace std::chrono;
  // The years that four digits can tell.
  constexpr int64_t kYear0 = -62'167'219'200, kYear9999 = 253'402'300'799;
  const sys_seconds time{seconds{std::clamp(unix_seconds, kYear0, kYear9999)}};
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  char text[40];
  std::snprintf(text, sizeof(text), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

// Upper case here: what is signed must be what servers compute. A slash is encoded as well, so
// paths do not go through this.
std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back("0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4]);
      encoded.push_back("0123456789ABCDEF"[c & 15]);
    }
  }
  return encoded;
}

// Sorted by the encoded names, as the standard says.
std::string CanonicalQuery(const Fields& query) {
  Fields encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(PercentEncode(name), PercentEncode(value));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    text += Concat(text.empty() ? "" : "&", name, "=", value);
  }
  return text;
}

std::string Signer::Authorization(const Signable& request) const {
  // 1. The request in canonical form, one item a line.
  std::string headers, names;
  for (const auto& [name, value] : request.headers) {
    headers += Concat(name, ":", value, "\n");
    names += Concat(names.empty() ? "" : ";", name);
  }
  const std::string canonical = Concat(request.method, "\n", request.path, "\n", request.query,
                                       "\n", headers, "\n", names, "\n", request.body_hash);
  // 2. Its hash with the time, and where the signature is valid.
  const std::string_view day = time.substr(0, 8);
  const std::string scope = Concat(day, "/", region, "/", service, "/aws4_request");
  const std::string to_sign =
      Concat("AWS4-HMAC-SHA256\n", time, "\n", scope, "\n", HexText(Sha256(canonical)));
  // 3. A key that is good for this scope alone signs it.
  std::string key = Hmac(Concat("AWS4", secret_key), day);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")}) {
    key = Hmac(key, part);
  }
  return Concat("AWS4-HMAC-SHA256 Credential=", access_key, "/", scope, ",SignedHeaders=", names,
                ",Signature=", HexText(Hmac(key, to_sign)));
}

}  // namespace dolerite::s3
