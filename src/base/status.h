// Makes and passes on statuses.
#ifndef DOLERITE_BASE_STATUS_H_
#define DOLERITE_BASE_STATUS_H_

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/text.h"

namespace dolerite {

// The message is the pieces (text and integers) joined.
template <class... Pieces>
absl::Status MakeStatus(absl::StatusCode code, const Pieces&... pieces) {
  return absl::Status(code, ToAbsl(Concat(pieces...)));
}
template <class... Pieces>
absl::Status InvalidArgument(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, pieces...);
}
template <class... Pieces>
absl::Status DataLoss(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kDataLoss, pieces...);
}
template <class... Pieces>
absl::Status ResourceExhausted(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kResourceExhausted, pieces...);
}
template <class... Pieces>
absl::Status OutOfRange(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kOutOfRange, pieces...);
}
template <class... Pieces>
absl::Status NotFound(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kNotFound, pieces...);
}
template <class... Pieces>
absl::Status AlreadyExists(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kAlreadyExists, pieces...);
}
template <class... Pieces>
absl::Status FailedPrecondition(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, pieces...);
}
template <class... Pieces>
absl::Status Unimplemented(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kUnimplemented, pieces...);
}
template <class... Pieces>
absl::Status Aborted(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kAborted, pieces...);
}
template <class... Pieces>
absl::Status Unavailable(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kUnavailable, pieces...);
}
template <class... Pieces>
absl::Status Internal(const Pieces&... pieces) {
  return MakeStatus(absl::StatusCode::kInternal, pieces...);
}

// ResourceExhausted unless value <= cap.
inline absl::Status CheckLimit(std::string_view limit, uint64_t value, uint64_t cap) {
  if (value <= cap) return absl::OkStatus();
  return ResourceExhausted(limit, ": ", value, " is over the limit of ", cap);
}

// The same status with `context: ` before its message.
inline absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  return absl::Status(status.code(), ToAbsl(Concat(context, ": ", ToStd(status.message()))));
}

}  // namespace dolerite

#define DOLERITE_RETURN_IF_ERROR(expr)                                \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

#define DOLERITE_CONCAT_INNER_(a, b) a##b
#define DOLERITE_CONCAT_(a, b) DOLERITE_CONCAT_INNER_(a, b)
#define DOLERITE_ASSIGN_OR_RETURN(lhs, expr) \
  DOLERITE_ASSIGN_OR_RETURN_INNER_(DOLERITE_CONCAT_(status_or_, __LINE__), lhs, expr)
#define DOLERITE_ASSIGN_OR_RETURN_INNER_(var, lhs, expr) \
  auto var = (expr);                                     \
  if (!var.ok()) return var.status();                    \
  lhs = std::move(*var)

#endif  // DOLERITE_BASE_STATUS_H_
