// Each place of credentials, their order, and what is refused.
#include "aws_credentials.h"

#include <catch2/catch.hpp>
#include <map>

namespace dolerite::cli {
namespace {

// A made-up system: variables, files and services by name.
struct System {
  std::map<std::string, std::string> variables = {{"HOME", "/me"}}, files;
  std::map<std::string, SmallAnswer> services;  // by "METHOD url"
  std::vector<SmallRequest> asked;

  AwsEnvironment Environment() {
    AwsEnvironment out;
    out.variable = [this](const std::string& name) {
      const auto at = variables.find(name);
      return at == variables.end() ? std::nullopt : std::optional<std::string>(at->second);
    };
    out.file = [this](const std::string& path) -> absl::StatusOr<std::string> {
      const auto at = files.find(path);
      if (at == files.end()) return absl::NotFoundError(path);
      return at->second;
    };
    out.http = [this](const SmallRequest& request) -> absl::StatusOr<SmallAnswer> {
      asked.push_back(request);
      const auto at = services.find(request.method + " " + request.url);
      if (at == services.end()) return absl::UnavailableError("nobody there");
      return at->second;
    };
    return out;
  }

  // `access secret token expiry`, or the error.
  std::string Find() {
    const auto found = FindAwsCredentials(Environment());
    if (!found.ok()) {
      CHECK(absl::IsUnauthenticated(found.status()));
      return std::string(found.status().message());
    }
    return found->access_key + " " + found->secret_key + " " + found->session_token + " " +
           std::to_string(found->expires_unix_seconds);
  }
};

constexpr const char* kFile =
    "# mine\n[default]\naws_access_key_id = A\naws_secret_access_key=S\n\n"
    "[ work ]\naws_access_key_id=WA\r\naws_secret_access_key=W=S==\naws_session_token = T\n"
    "nested =\n  aws_access_key_id = no\n[broken]\naws_access_key_id=B\n";
constexpr const char* kAnswer =
    R"({"Code":"Success","AccessKeyId":"CA","SecretAccessKey":"CS","Token":"CT",)"
    R"("Expiration":"2026-01-01T00:00:10Z"})";
const std::string kRoles = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";

System Machine() {
  System system;
  system.services = {{"PUT http://169.254.169.254/latest/api/token", {200, "TOKEN"}},
                     {"GET " + kRoles, {200, "role-1\n"}},
                     {"GET " + kRoles + "role-1", {200, kAnswer}}};
  return system;
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("credentials of variables come first, whole or not at all") {
  System system = Machine();
  system.files["/me/.aws/credentials"] = kFile;
  system.variables["AWS_ACCESS_KEY_ID"] = "EA";
  CHECK(Has(system.Find(), "AWS_SECRET_ACCESS_KEY is not"));
  system.variables["AWS_SECRET_ACCESS_KEY"] = "ES";
  CHECK(system.Find() == "EA ES  0");
  system.variables["AWS_SESSION_TOKEN"] = "ET";
  CHECK(system.Find() == "EA ES ET 0");
  system.variables["AWS_ACCESS_KEY_ID"] = "";
  CHECK(Has(system.Find(), "AWS_ACCESS_KEY_ID is not"));
  CHECK(system.asked.empty());
}

TEST_CASE("credentials of the shared file, by profile") {
  System system;
  system.files["/me/.aws/credentials"] = kFile;
  CHECK(system.Find() == "A S  0");
  system.variables["AWS_PROFILE"] = "work";
  CHECK(system.Find() == "WA W=S== T 0");
  system.variables["AWS_PROFILE"] = "broken";
  CHECK(Has(system.Find(), "lacks aws_access_key_id or aws_secret_access_key"));
  system.variables["AWS_PROFILE"] = "other";
  CHECK(Has(system.Find(), "/me/.aws/credentials has no profile 'other'"));
  system.variables["AWS_SHARED_CREDENTIALS_FILE"] = "/there";
  system.files["/there"] = "[other]\naws_access_key_id=O\naws_secret_access_key=P\n";
  CHECK(system.Find() == "O P  0");
}

TEST_CASE("credentials of a container, with its token") {
  System system = Machine();
  const std::string url = "http://169.254.170.2/v2/credentials/1";
  system.services["GET " + url] = {200, kAnswer};
  system.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1";
  CHECK(system.Find() == "CA CS CT 1767225610");
  CHECK(system.asked.back().headers.empty());
  system.variables.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  system.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1";
  system.services["GET http://169.254.170.23/v1"] = {200, kAnswer};
  system.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  system.files["/token"] = "first\n";
  CHECK(system.Find() == "CA CS CT 1767225610");
  // The file is read each time.
  system.files["/token"] = "second";
  system.Find();
  CHECK(system.asked.back().headers ==
        std::vector<std::pair<std::string, std::string>>{{"Authorization", "second"}});
  // A service that is named and fails is not passed over for the machine's.
  system.services["GET http://169.254.170.23/v1"] = {403, ""};
  CHECK(Has(system.Find(), "status 403"));
  for (const char* body : {"", "[]", "{", "{}", R"({"AccessKeyId":1,"SecretAccessKey":2})",
                           R"({"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"})"}) {
    INFO(body);
    system.services["GET http://169.254.170.23/v1"] = {200, body};
    CHECK(Has(system.Find(), "http://169.254.170.23/v1 answers with"));
  }
}

TEST_CASE("the token of a container goes to known hosts alone") {
  for (const char* uri :
       {"http://example.com/x", "http://127.0.0.1@example.com/", "ftp://127.0.0.1/",
        "http://127.0.0.1.example.com", "http://169.254.170.2:80@example.com/"}) {
    System system;
    system.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    CHECK(Has(system.Find(), "must be https"));
    CHECK(system.asked.empty());
  }
  for (const char* uri : {"https://example.com/x", "http://localhost:1234/x", "http://[::1]:80/x",
                          "http://[fd00:ec2::23]/v1", "http://127.0.0.1?x"}) {
    System system;
    system.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    system.services[std::string("GET ") + uri] = {200, kAnswer};
    CHECK(system.Find() == "CA CS CT 1767225610");
  }
}

TEST_CASE("credentials of a machine, with a session token") {
  System system = Machine();
  CHECK(system.Find() == "CA CS CT 1767225610");
  REQUIRE(system.asked.size() == 3);
  CHECK(system.asked[2].headers ==
        std::vector<std::pair<std::string, std::string>>{{"X-aws-ec2-metadata-token", "TOKEN"}});
  system.services["GET " + kRoles] = {200, "a/../b"};
  CHECK(Has(system.Find(), "'a/../b'"));
  system.services["GET " + kRoles] = {404, ""};
  CHECK(Has(system.Find(), "the machine has no role"));
  system.variables["AWS_EC2_METADATA_DISABLED"] = "true";
  system.asked.clear();
  CHECK(Has(system.Find(), "AWS_ACCESS_KEY_ID is not set"));
  CHECK(system.asked.empty());
}

TEST_CASE("a region is a variable's, or the profile's") {
  System system;
  CHECK(FindAwsRegion(system.Environment()).empty());
  system.files["/me/.aws/config"] = "[default]\nregion = r0\n[profile work]\nregion=r1\n";
  CHECK(FindAwsRegion(system.Environment()) == "r0");
  system.variables["AWS_PROFILE"] = "work";
  CHECK(FindAwsRegion(system.Environment()) == "r1");
  system.variables["AWS_DEFAULT_REGION"] = "r2";
  CHECK(FindAwsRegion(system.Environment()) == "r2");
  system.variables["AWS_REGION"] = "r3";
  CHECK(FindAwsRegion(system.Environment()) == "r3");
}

}  // namespace
}  // namespace dolerite::cli
