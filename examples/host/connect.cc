// What Connect says of errors: the status code gives the HTTP status, its name is in the body.
#include "connect.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace dolerite::host {
namespace {

// Connect's names of the codes.
std::string CodeName(absl::StatusCode code) {
  if (code == absl::StatusCode::kCancelled) return "canceled";
  std::string name = absl::StatusCodeToString(code);
  absl::AsciiStrToLower(&name);
  return name;
}

}  // namespace

std::optional<Form> FormOf(const Request& request) {
  const std::string type = request.MediaType();
  if (type == "application/json") return Form::kJson;
  if (type == "application/proto") return Form::kProto;
  return std::nullopt;
}

Response UnknownForm() {
  return {.status = 415,
          .body = "",
          .headers = {{"Accept-Post", "application/proto, application/json"}}};
}

absl::Status QuestionTooLarge() {
  return absl::ResourceExhaustedError(
      absl::StrCat("the question has more than ", kMostQuestionBytes, " bytes"));
}

Response ConnectError(const absl::Status& status) {
  return {.status = HttpStatus(status),
          .content_type = "application/json",
          .body = DumpJson(
              {{"code", CodeName(status.code())}, {"message", std::string(status.message())}})};
}

}  // namespace dolerite::host
