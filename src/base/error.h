// What the world can make fail, as a value. Everything that can fail for a reason outside the program (input, disk,
// network, limits) returns Result<T>; nothing is thrown across a module border.
//
// An Error has a closed code, a text that says what failed on what, a hint that names the way out, and optionally the
// text of its cause. ErrorInfo is the one table that maps a code to its stable name, HTTP status, exit status and
// whether trying again can help.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace likeness {

enum class ErrorCode {
  kInvalidArgument,     // the caller's words are wrong
  kNotFound,            // no such image, file, route
  kAlreadyExists,       // the thing is there already
  kUnauthenticated,     // who are you?
  kSecondFactor,        // the password is right, the second factor is missing or wrong
  kPermissionDenied,    // you may not
  kFailedPrecondition,  // not in this state: another process owns the folder, the feature is off
  kLimitExceeded,       // over a limit of limits.h
  kUnsupported,         // a format or option this build does not take
  kCorruption,          // bytes that should be well-formed are not
  kIo,                  // the operating system refused
  kUnavailable,         // busy or gone for now
  kTooManyRequests,     // slowed down: Error::retry_after_seconds
  kCancelled,           // the caller stopped it
  kInternal,            // a defect of ours
};

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;  // stable, as in JSON: "invalid_argument"
  int http_status;
  int exit_status;
  bool retry;
};

const ErrorInfo& Info(ErrorCode code);

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string hint;
  int retry_after_seconds = 0;  // 0: not said

  // One line for a person: message, then the hint.
  std::string Text() const;

  // The same error with `context` put before the message: "cannot import a.jpg: <message>".
  Error Within(std::string_view context) const;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> Fail(ErrorCode code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(hint)});
}

// An Io (or LimitExceeded for a full disk) error from errno, with `what` as the failed action and its object.
std::unexpected<Error> FailErrno(std::string_view what, int errno_value);

}  // namespace likeness

#define LK_CONCAT_INNER(a, b) a##b
#define LK_CONCAT(a, b) LK_CONCAT_INNER(a, b)

// LK_TRY(expr): return the error of a Status/Result expression, else go on.
#define LK_TRY(...)                                                                                                   \
  do {                                                                                                                \
    if (auto lk_status = (__VA_ARGS__); !lk_status.has_value()) return std::unexpected(std::move(lk_status).error()); \
  } while (false)

// LK_ASSIGN(auto x, expr): declare or assign x from a Result, or return its error.
#define LK_ASSIGN(lhs, ...) LK_ASSIGN_IMPL(LK_CONCAT(lk_result_, __COUNTER__), lhs, __VA_ARGS__)
#define LK_ASSIGN_IMPL(tmp, lhs, ...)                                   \
  auto tmp = (__VA_ARGS__);                                             \
  if (!tmp.has_value()) return std::unexpected(std::move(tmp).error()); \
  lhs = std::move(tmp).value()
