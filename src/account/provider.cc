#include "account/provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "account/secrets.h"
#include "base/text.h"
#include "net/fetch.h"
#include "net/mail.h"

namespace likeness::account {
namespace {

namespace json = boost::json;

constexpr int64_t kClockSlackS = 60;

std::unexpected<Error> Refused(std::string_view why) {
  return Fail(ErrorCode::kPermissionDenied, fmt::format("the provider's answer does not hold: {}", why));
}

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool IsTrue(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value) return false;
  return value->is_bool() ? value->get_bool() : value->is_string() && value->get_string() == "true";
}

std::string LowerMail(std::string text) {
  if (!net::IsMailAddress(text)) return {};
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

Result<json::value> FetchJson(const std::string& url, const net::FetchOptions& options) {
  LK_ASSIGN(net::FetchAnswer answer, net::Fetch(url, options));
  if (answer.status < 200 || answer.status >= 300)
    return Fail(answer.status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kPermissionDenied,
                fmt::format("{} answers {}", CleanText(url, 200), answer.status));
  boost::system::error_code error;
  json::value value = json::parse(answer.body, error);
  if (error) return Refused("it is no JSON");
  return value;
}

// The claims of a JWT, unsigned as far as we look.
Result<json::object> Claims(std::string_view token) {
  const size_t first = token.find('.'), second = token.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return Refused("no ID token");
  Result<Bytes> payload = FromBase64Url(token.substr(first + 1, second - first - 1));
  if (!payload) return Refused("the ID token is malformed");
  boost::system::error_code error;
  json::value value = json::parse(AsText(*payload), error);
  if (error || !value.is_object()) return Refused("the ID token is malformed");
  return value.as_object();
}

bool IsMeantFor(const json::object& claims, const std::string& client) {
  const json::value* audience = claims.if_contains("aud");
  if (!audience) return false;
  if (audience->is_string()) return audience->get_string() == client;
  if (!audience->is_array()) return false;
  const auto& all = audience->get_array();
  const bool named =
      std::ranges::any_of(all, [&](const json::value& one) { return one.is_string() && one.get_string() == client; });
  return named && (all.size() == 1 || Text(claims, "azp") == client);
}

}  // namespace

Result<Provider::Endpoints> Provider::Discover() {
  if (options_.github)
    return Endpoints{options_.issuer + "/login/oauth/authorize", options_.issuer + "/login/oauth/access_token"};
  {
    std::lock_guard lock(mutex_);
    if (!endpoints_.token.empty()) return endpoints_;
  }
  const std::string base =
      options_.issuer.ends_with('/') ? options_.issuer.substr(0, options_.issuer.size() - 1) : options_.issuer;
  LK_ASSIGN(json::value value, FetchJson(base + "/.well-known/openid-configuration", {}));
  const json::object* object = value.if_object();
  if (!object || Text(*object, "issuer") != options_.issuer) return Refused("another issuer is described");
  Endpoints found{Text(*object, "authorization_endpoint"), Text(*object, "token_endpoint")};
  if (found.authorize.empty() || found.token.empty()) return Refused("no endpoints");
  std::lock_guard lock(mutex_);
  endpoints_ = found;
  return found;
}

Result<std::string> Provider::AuthorizeUrl(const std::string& state, const std::string& nonce,
                                           const std::string& verifier) {
  LK_ASSIGN(Endpoints endpoints, Discover());
  net::NameValues fields{{"response_type", "code"},
                         {"client_id", options_.client_id},
                         {"redirect_uri", options_.redirect_uri},
                         {"scope", options_.github ? "read:user user:email" : "openid email profile"},
                         {"state", state},
                         {"code_challenge", Base64Url(HashSecret(verifier))},
                         {"code_challenge_method", "S256"}};
  if (!options_.github) fields.emplace_back("nonce", nonce);
  return endpoints.authorize + (endpoints.authorize.find('?') == std::string::npos ? "?" : "&") +
         net::EncodeForm(fields);
}

Result<Provider::Identity> Provider::Redeem(const std::string& code, const std::string& nonce,
                                            const std::string& verifier, int64_t now_s) {
  LK_ASSIGN(Endpoints endpoints, Discover());
  net::FetchOptions post;
  post.method = "POST";
  post.headers = {{"Accept", "application/json"}};
  post.content_type = "application/x-www-form-urlencoded";
  post.body = net::EncodeForm({{"grant_type", "authorization_code"},
                               {"code", code},
                               {"redirect_uri", options_.redirect_uri},
                               {"client_id", options_.client_id},
                               {"client_secret", options_.secret},
                               {"code_verifier", verifier}});
  LK_ASSIGN(json::value value, FetchJson(endpoints.token, post));
  const json::object* answer = value.if_object();
  if (!answer) return Refused("no object");
  if (options_.github) return AskGithub(Text(*answer, "access_token"));
  LK_ASSIGN(const json::object claims, Claims(Text(*answer, "id_token")));
  const json::value* expires = claims.if_contains("exp");
  if (Text(claims, "iss") != options_.issuer) return Refused("iss");
  if (!IsMeantFor(claims, options_.client_id)) return Refused("aud");
  if (!expires || !expires->is_number() || expires->to_number<double>() < static_cast<double>(now_s - kClockSlackS))
    return Refused("exp");
  if (!EqualInConstantTime(Text(claims, "nonce"), nonce)) return Refused("nonce");
  Identity identity{.subject = Text(claims, "sub"), .name = Text(claims, "preferred_username"), .email = {}};
  if (identity.subject.empty() || identity.subject.size() > 255) return Refused("sub");
  if (identity.name.empty()) identity.name = Text(claims, "name");
  if (IsTrue(claims, "email_verified")) identity.email = LowerMail(Text(claims, "email"));
  return identity;
}

Result<Provider::Identity> Provider::AskGithub(const std::string& access_token) const {
  if (access_token.empty()) return Refused("no access token");
  net::FetchOptions get;
  get.headers = {{"Accept", "application/vnd.github+json"}, {"Authorization", "Bearer " + access_token}};
  LK_ASSIGN(json::value user, FetchJson(options_.api + "/user", get));
  const json::object* object = user.if_object();
  const json::value* id = object ? object->if_contains("id") : nullptr;
  if (!id || !id->is_int64()) return Refused("no id");
  Identity identity{.subject = std::to_string(id->get_int64()), .name = Text(*object, "login"), .email = {}};
  LK_ASSIGN(json::value emails, FetchJson(options_.api + "/user/emails", get));
  if (!emails.is_array()) return identity;
  for (const json::value& email : emails.get_array()) {
    const json::object* row = email.if_object();
    if (row && IsTrue(*row, "verified") && IsTrue(*row, "primary")) identity.email = LowerMail(Text(*row, "email"));
  }
  return identity;
}

}  // namespace likeness::account
