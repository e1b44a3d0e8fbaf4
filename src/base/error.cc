#include "base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace likeness {
namespace {

constexpr ErrorInfo kTable[] = {
    {ErrorCode::kInvalidArgument, "invalid_argument", 400, 2, false},
    {ErrorCode::kNotFound, "not_found", 404, 2, false},
    {ErrorCode::kAlreadyExists, "already_exists", 409, 1, false},
    {ErrorCode::kUnauthenticated, "unauthenticated", 401, 2, false},
    {ErrorCode::kSecondFactor, "second_factor", 401, 2, false},
    {ErrorCode::kPermissionDenied, "permission_denied", 403, 2, false},
    {ErrorCode::kFailedPrecondition, "failed_precondition", 409, 2, false},
    {ErrorCode::kLimitExceeded, "limit_exceeded", 413, 2, false},
    {ErrorCode::kUnsupported, "unsupported", 415, 2, false},
    {ErrorCode::kCorruption, "corruption", 422, 2, false},
    {ErrorCode::kIo, "io", 500, 2, false},
    {ErrorCode::kUnavailable, "unavailable", 503, 2, true},
    {ErrorCode::kTooManyRequests, "too_many_requests", 429, 2, true},
    {ErrorCode::kCancelled, "cancelled", 499, 2, true},
    {ErrorCode::kInternal, "internal", 500, 2, false},
};

}  // namespace

const ErrorInfo& Info(ErrorCode code) {
  for (const ErrorInfo& row : kTable) {
    if (row.code == code) return row;
  }
  return kTable[std::size(kTable) - 1];
}

std::string Error::Text() const {
  return hint.empty() ? message : fmt::format("{}; {}", message, hint);
}

Error Error::Within(std::string_view context) const {
  return Error{code, fmt::format("{}: {}", context, message), hint, retry_after_seconds};
}

std::unexpected<Error> FailErrno(std::string_view what, int errno_value) {
  std::string reason = std::generic_category().message(errno_value);
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return Fail(ErrorCode::kNotFound, fmt::format("{}: {}", what, reason));
    case EACCES:
    case EPERM:
      return Fail(ErrorCode::kPermissionDenied, fmt::format("{}: {}", what, reason));
    case ENOSPC:
    case EDQUOT:
      return Fail(ErrorCode::kUnavailable, fmt::format("{}: {}", what, reason), "free some disk space and try again");
    default:
      return Fail(ErrorCode::kIo, fmt::format("{}: {}", what, reason));
  }
}

}  // namespace likeness
