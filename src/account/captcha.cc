#include "account/captcha.h"

#include <boost/json.hpp>

#include "base/log.h"
#include "net/fetch.h"

namespace likeness::account {
namespace {

constexpr double kScoreMin = 0.5;
constexpr size_t kAnswerBytesMax = 8192;

std::unexpected<Error> Refused() {
  return Fail(ErrorCode::kPermissionDenied, "the check that you are a person has failed",
              "reload the page and try again");
}

}  // namespace

Status CheckCaptcha(const Captcha& captcha, const std::string& answer, const std::string& address) {
  if (answer.empty() || answer.size() > kAnswerBytesMax) return Refused();
  net::FetchOptions options;
  options.method = "POST";
  options.body = net::EncodeForm({{"secret", captcha.secret}, {"response", answer}, {"remoteip", address}});
  options.content_type = "application/x-www-form-urlencoded";
  const std::string own = captcha.kind == "turnstile" ? "https://challenges.cloudflare.com/turnstile/v0/siteverify"
                                                      : "https://www.google.com/recaptcha/api/siteverify";
  Result<net::FetchAnswer> said = net::Fetch(captcha.verify_url.empty() ? own : captcha.verify_url, options);
  boost::system::error_code error;
  boost::json::value value;
  if (said) value = boost::json::parse(said->body, error);
  const boost::json::object* object = !said || error ? nullptr : value.if_object();
  if (!object) {
    Log(LogLevel::kWarning, "captcha_unavailable", {{"error", said ? "no JSON" : said.error().Text()}});
    return Fail(ErrorCode::kUnavailable, "the check that you are a person does not answer", "try again in a moment");
  }
  const auto* success = object->if_contains("success");
  if (!success || !success->is_bool() || !success->get_bool()) return Refused();
  if (captcha.kind == "recaptcha") {
    const auto* score = object->if_contains("score");
    if (!score || !score->is_number() || score->to_number<double>() < kScoreMin) return Refused();
  }
  if (!captcha.hostname.empty()) {
    const auto* hostname = object->if_contains("hostname");
    if (!hostname || !hostname->is_string() || std::string_view(hostname->get_string()) != captcha.hostname)
      return Refused();
  }
  return {};
}

}  // namespace likeness::account
