// Each source gives credentials, says that it is not there (nullopt), or fails. A source that is
// there and fails ends the search: another account must not be used by mistake.
#include "aws_credentials.h"

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/time/time.h"

namespace dolerite::cli {
namespace {

using Found = absl::StatusOr<std::optional<S3Credentials>>;

constexpr const char* kContainerHost = "http://169.254.170.2";
constexpr const char* kMachineHost = "http://169.254.169.254";

absl::Status Unusable(const std::string& what) {
  return absl::UnauthenticatedError("credentials: " + what);
}

std::string Message(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// A variable that is set, and not to nothing.
std::optional<std::string> Variable(const AwsEnvironment& environment, const std::string& name) {
  std::optional<std::string> value = environment.variable(name);
  return value && !value->empty() ? value : std::nullopt;
}

std::string ProfileName(const AwsEnvironment& environment) {
  return Variable(environment, "AWS_PROFILE").value_or("default");
}

// AWS_SHARED_CREDENTIALS_FILE or AWS_CONFIG_FILE, else the usual place.
std::string FilePath(const AwsEnvironment& environment, const std::string& variable,
                     const std::string& name) {
  if (const auto path = Variable(environment, variable)) return *path;
  return Variable(environment, "HOME").value_or("") + "/.aws/" + name;
}

// The keys of one section of an INI file; nullopt if the section is not there.
std::optional<std::map<std::string, std::string>> Section(const std::string& text,
                                                          const std::string& name) {
  std::optional<std::map<std::string, std::string>> found;
  std::istringstream lines(text);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    // Indented lines belong to a nested value, which we have no use for.
    if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == ' ') continue;
    if (line[0] == '[') {
      inside = Trimmed(line.substr(1, line.find(']') - 1)) == name;
      if (inside && !found) found.emplace();
      continue;
    }
    const size_t equals = line.find('=');
    if (!inside || equals == std::string::npos) continue;
    (*found)[Trimmed(line.substr(0, equals))] = Trimmed(line.substr(equals + 1));
  }
  return found;
}

Found OfVariables(const AwsEnvironment& environment) {
  const auto key = Variable(environment, "AWS_ACCESS_KEY_ID");
  const auto secret = Variable(environment, "AWS_SECRET_ACCESS_KEY");
  if (!key && !secret) return std::nullopt;
  // One of the two is a mistake, not an absence.
  if (!key) return Unusable("AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not");
  if (!secret) return Unusable("AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
  return S3Credentials{*key, *secret, Variable(environment, "AWS_SESSION_TOKEN").value_or("")};
}

Found OfFile(const AwsEnvironment& environment) {
  const std::string path = FilePath(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  const std::string profile = ProfileName(environment);
  // A profile that was named must be there; without a name the file may be missing.
  const bool named = Variable(environment, "AWS_PROFILE").has_value();
  const absl::StatusOr<std::string> text = environment.file(path);
  if (!text.ok() && !absl::IsNotFound(text.status())) return Unusable(Message(text.status()));
  auto section = text.ok() ? Section(*text, profile) : std::nullopt;
  if (!section && !named) return std::nullopt;
  if (!section)
    return Unusable(path + " has no profile '" + profile + "', which AWS_PROFILE names");
  S3Credentials out{(*section)["aws_access_key_id"], (*section)["aws_secret_access_key"],
                    (*section)["aws_session_token"]};
  if (out.access_key.empty() || out.secret_key.empty()) {
    return Unusable(path + ": profile '" + profile +
                    "' lacks aws_access_key_id or aws_secret_access_key");
  }
  return out;
}

// What containers and machines answer: {"AccessKeyId": .., "SecretAccessKey": .., "Token": ..,
// "Expiration": "2026-01-01T00:00:00Z"}.
Found FromJson(const std::string& body, const std::string& url) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const auto text = [&](const char* name) {
    const auto at = json.is_object() ? json.find(name) : json.end();
    return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  S3Credentials out{text("AccessKeyId"), text("SecretAccessKey"), text("Token")};
  if (out.access_key.empty() || out.secret_key.empty()) {
    return Unusable(url + " answers without AccessKeyId or SecretAccessKey");
  }
  const std::string expiration = text("Expiration");
  absl::Time time;
  // Credentials that never expire have no such field.
  if (expiration.empty()) return out;
  if (!absl::ParseTime(absl::RFC3339_full, expiration, &time, nullptr)) {
    return Unusable(url + " answers with an Expiration that is no time: " + expiration);
  }
  out.expires_unix_seconds = absl::ToUnixSeconds(time);
  return out;
}

absl::StatusOr<std::string> Ask(const AwsEnvironment& environment, const SmallRequest& request) {
  absl::StatusOr<SmallAnswer> answer = environment.http(request);
  if (!answer.ok()) return answer.status();
  if (answer->status == 200) return std::move(answer->body);
  return Unusable(request.url + " answers with status " + std::to_string(answer->status));
}

// Whether a URI may be sent the container's token: https to anywhere, or http to this machine and
// to the addresses of ECS and EKS.
bool MaySendTo(const std::string& uri) {
  if (uri.starts_with("https://")) return true;
  constexpr std::string_view kHttp = "http://";
  if (!uri.starts_with(kHttp)) return false;
  std::string host = uri.substr(kHttp.size());
  host = host.substr(0, host.find_first_of("/?#"));
  // A name before the host would hide which one it is.
  if (host.find('@') != std::string::npos) return false;
  const size_t port = host.rfind(':');
  if (port != std::string::npos && host.find(']', port) == std::string::npos) host.resize(port);
  for (const char* known :
       {"127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"}) {
    if (host == known) return true;
  }
  return false;
}

Found OfContainer(const AwsEnvironment& environment) {
  SmallRequest request{"GET", ""};
  if (const auto path = Variable(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    request.url = kContainerHost + *path;
  } else if (const auto uri = Variable(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
    request.url = *uri;
    if (!MaySendTo(*uri)) {
      return Unusable(
          "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to this machine "
          "or a container service, found " +
          *uri);
    }
  } else {
    return std::nullopt;
  }
  // The file is read each time: what it holds changes.
  if (const auto path = Variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    const absl::StatusOr<std::string> token = environment.file(*path);
    if (!token.ok()) return Unusable(Message(token.status()));
    request.headers.emplace_back("Authorization", Trimmed(*token));
  } else if (const auto token = Variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN")) {
    request.headers.emplace_back("Authorization", *token);
  }
  const absl::StatusOr<std::string> body = Ask(environment, request);
  return body.ok() ? FromJson(*body, request.url) : Found(body.status());
}

// IMDSv2: a token first, then the name of the role, then its credentials.
Found OfMachine(const AwsEnvironment& environment) {
  if (Variable(environment, "AWS_EC2_METADATA_DISABLED") == "true") return std::nullopt;
  const std::string host =
      Variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or(kMachineHost);
  const absl::StatusOr<SmallAnswer> token = environment.http(
      {"PUT", host + "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}}});
  // Most machines are not AWS's: there is nobody at that address.
  if (!token.ok() || token->status != 200) return std::nullopt;
  SmallRequest request{"GET",
                       host + "/latest/meta-data/iam/security-credentials/",
                       {{"X-aws-ec2-metadata-token", Trimmed(token->body)}}};
  const absl::StatusOr<std::string> roles = Ask(environment, request);
  if (!roles.ok()) return Unusable("the machine has no role: " + Message(roles.status()));
  const std::string role = Trimmed(roles->substr(0, roles->find('\n')));
  // It becomes a part of the next URL.
  if (role.empty() || role.find_first_of("/?# ") != std::string::npos) {
    return Unusable("the machine gives a role of no valid name: '" + role + "'");
  }
  request.url += role;
  const absl::StatusOr<std::string> body = Ask(environment, request);
  return body.ok() ? FromJson(*body, request.url) : Found(body.status());
}

}  // namespace

absl::StatusOr<S3Credentials> FindAwsCredentials(const AwsEnvironment& environment) {
  for (const auto& source : {OfVariables, OfFile, OfContainer, OfMachine}) {
    Found found = source(environment);
    if (!found.ok()) return found.status();
    if (*found) return **std::move(found);
  }
  return Unusable("AWS_ACCESS_KEY_ID is not set, " +
                  FilePath(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials") +
                  " has no profile 'default', and no service of a container or of this machine "
                  "answers");
}

std::string FindAwsRegion(const AwsEnvironment& environment) {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (const auto region = Variable(environment, name)) return *region;
  }
  const auto text = environment.file(FilePath(environment, "AWS_CONFIG_FILE", "config"));
  if (!text.ok()) return "";
  const std::string profile = ProfileName(environment);
  // In that file only the default profile goes without the word `profile`.
  auto section = Section(*text, profile == "default" ? profile : "profile " + profile);
  return section ? (*section)["region"] : "";
}

}  // namespace dolerite::cli
