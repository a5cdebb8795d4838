// The program with S3: what it sees of the system, and requests to credential services.
#include <curl/curl.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "aws_credentials.h"
#include "cli.h"
#include "dolerite/s3.h"
#include "inputs.h"
#include "places.h"

namespace dolerite::cli {
namespace {

// Files and answers of credential services are small.
constexpr size_t kMostBytes = size_t{1} << 20;

// The library reads no environment: that is the host's part.
std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

absl::StatusOr<std::string> SmallFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return absl::NotFoundError(path + ": is not there");
  return ReadFile(path, kMostBytes);
}

size_t Take(char* bytes, size_t size, size_t count, void* body) {
  std::string& out = *static_cast<std::string*>(body);
  // Less than was given ends the request with an error.
  if (out.size() + size * count > kMostBytes) return 0;
  out.append(bytes, size * count);
  return size * count;
}

// Once or a few times an hour, so a connection of its own each time.
absl::StatusOr<SmallAnswer> Ask(const SmallRequest& request) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return absl::ResourceExhaustedError("libcurl can't make a handle");
  curl_slist* list = nullptr;
  for (const auto& [name, value] : request.headers) {
    list = curl_slist_append(list, (name + ": " + value).c_str());
  }
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, curl_slist_free_all);
  SmallAnswer answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // the service is near
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, 1000L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 2000L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    return absl::UnavailableError(request.url + ": " + curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

// Requests are signed with the time.
int64_t UnixSeconds() {
  return std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1);
}

// The first variable of these that is set.
std::string FirstOf(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto value = Variable(name); value && !value->empty()) return *value;
  }
  return "";
}

}  // namespace

// Flags win over variables, and these over files.
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenS3(const S3Place& place) {
  const AwsEnvironment environment{Variable, SmallFile, Ask};
  S3Options options;
  options.endpoint = place.endpoint;
  if (options.endpoint.empty()) {
    options.endpoint = FirstOf({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  }
  const std::string region = place.region.empty() ? FindAwsRegion(environment) : place.region;
  if (!region.empty()) options.region = region;
  options.bucket = place.bucket;
  options.prefix = place.prefix;
  options.path_style = place.path_style;
  options.ca_file = FirstOf({"AWS_CA_BUNDLE"});
  options.credentials = [environment] { return FindAwsCredentials(environment); };
  options.unix_seconds = UnixSeconds;
  return MakeS3Store(options);
}

absl::StatusOr<uint64_t> AbortS3Uploads(ObjectStore* service, int64_t started_before_seconds) {
  return static_cast<S3Store*>(service)->AbortUploads("", started_before_seconds);
}

std::optional<int> HandOverToS3(int, char**) { return std::nullopt; }

}  // namespace dolerite::cli
