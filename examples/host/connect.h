// Connect's unary calls: a POST with the message as its body, in protobuf or JSON.
// Source: https://connectrpc.com/docs/protocol
#ifndef DOLERITE_EXAMPLES_HOST_CONNECT_H_
#define DOLERITE_EXAMPLES_HOST_CONNECT_H_

#include <optional>
#include <string>

#include "asked.h"
#include "message.h"
#include "router.h"

namespace dolerite::host {

// Of a question, whose fields take more memory than its bytes.
inline constexpr size_t kMostQuestionBytes = size_t{1} << 20;

// What the content type says; empty if it is neither application/proto nor application/json.
std::optional<Form> FormOf(const Request& request);
// The answer to other content types.
Response UnknownForm();
absl::Status QuestionTooLarge();
// The status as Connect's JSON, whatever the form of the request was.
Response ConnectError(const absl::Status& status);

template <class Message>
Response ConnectAnswer(Form form, const Message& message) {
  return {.content_type = form == Form::kJson ? "application/json" : "application/proto",
          .body = WriteMessage(form, message)};
}

// Answers POST `path` with `StatusOr<Answer> Method(const Question&, const TenantData&)`.
template <class Question, class Method>
void AddUnary(Router* router, const std::string& path, Method method) {
  router->AddAnswerer(
      "POST", path, [method](const Request& request, Tenant& tenant, const CallContext& call) {
        const std::optional<Form> form = FormOf(request);
        if (!form) return UnknownForm();
        if (request.body.size() > kMostQuestionBytes) return ConnectError(QuestionTooLarge());
        const absl::StatusOr<Question> question = ReadMessage<Question>(*form, request.body);
        if (!question.ok()) return ConnectError(question.status());
        const auto answer = method(*question, TenantData{tenant, call});
        return answer.ok() ? ConnectAnswer(*form, *answer) : ConnectError(answer.status());
      });
}

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_CONNECT_H_
