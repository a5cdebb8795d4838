// An address is put together from parts that need no encoding. So what is signed and what is sent
// are the same text.
#include "s3/endpoint.h"

#include <algorithm>

#include "base/status.h"
#include "s3/headers.h"

namespace dolerite::s3 {
namespace {

// Letters, digits and what is named.
bool ConsistsOf(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != others.npos;
  });
}

// "host", "host:port" or "[::1]:port".
absl::Status CheckHost(std::string_view host) {
  const size_t colon = host.rfind(':');
  std::string_view name = host;
  // A colon within brackets is the address's.
  if (colon != host.npos && !host.ends_with(']')) {
    name = host.substr(0, colon);
    const auto port = ParseNumber(host.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return InvalidArgument("endpoint: not a port");
  }
  const bool numeric = name.starts_with('[') && name.ends_with(']');
  if (!name.empty() && ConsistsOf(name, numeric ? "[]:." : ".-")) return absl::OkStatus();
  return InvalidArgument("endpoint: not a host, which may have a port behind a colon");
}

absl::Status CheckNames(const S3Options& options) {
  if (options.region.empty() || !ConsistsOf(options.region, "-_")) {
    return InvalidArgument("region: not a name such as us-east-1");
  }
  // A bucket of dots only would be a path of its own.
  const bool sound = options.bucket.size() <= 255 && ConsistsOf(options.bucket, ".-_") &&
                     options.bucket.find_first_not_of('.') != options.bucket.npos;
  if (!sound) return InvalidArgument("bucket: not a name of letters, digits, dots and dashes");
  if (options.prefix.empty()) return absl::OkStatus();
  if (options.prefix.ends_with('/') &&
      ValidateKey(options.prefix.substr(0, options.prefix.size() - 1)).ok()) {
    return absl::OkStatus();
  }
  return InvalidArgument("prefix: neither empty nor a key and a slash");
}

}  // namespace

absl::StatusOr<Endpoint> MakeEndpoint(const S3Options& options) {
  DOLERITE_RETURN_IF_ERROR(CheckNames(options));
  std::string address = options.endpoint;
  if (address.empty()) address = Concat("https://s3.", options.region, ".amazonaws.com");
  Endpoint endpoint;
  for (const char* scheme : {"http://", "https://"}) {
    if (address.starts_with(scheme)) endpoint.scheme = scheme;
  }
  if (endpoint.scheme.empty()) {
    return InvalidArgument("endpoint: begins with neither http:// nor https://");
  }
  address.erase(0, endpoint.scheme.size());
  // All up to the first slash, so that a name and password before `@` are refused with the host.
  endpoint.host = address.substr(0, address.find('/'));
  DOLERITE_RETURN_IF_ERROR(CheckHost(endpoint.host));
  endpoint.path = address.substr(endpoint.host.size());
  while (endpoint.path.ends_with('/')) endpoint.path.pop_back();
  if (!ConsistsOf(endpoint.path, "/._~-")) {
    return InvalidArgument("endpoint: a path of other characters than A-Z a-z 0-9 . _ ~ - and /");
  }
  // The header Host leaves out the port that the scheme has anyway, and so does what is signed.
  const std::string_view own_port = endpoint.scheme == "http://" ? ":80" : ":443";
  if (endpoint.host.ends_with(own_port)) {
    endpoint.host.erase(endpoint.host.size() - own_port.size());
  }
  // In the path the bucket needs no name and no certificate of its own.
  if (options.path_style) {
    endpoint.path += "/" + options.bucket;
  } else {
    endpoint.host = Concat(options.bucket, ".", endpoint.host);
  }
  return endpoint;
}

}  // namespace dolerite::s3
