#include "http/account_json.h"

#include <fmt/format.h>
#include <time.h>

namespace likeness::http {
namespace {

constexpr std::pair<catalog::Role, std::string_view> kRoles[] = {{catalog::Role::kUser, "user"},
                                                                 {catalog::Role::kUploader, "uploader"},
                                                                 {catalog::Role::kModerator, "moderator"},
                                                                 {catalog::Role::kAdmin, "admin"}};
constexpr std::pair<uint32_t, std::string_view> kScopes[] = {{kScopeRead, "read"},
                                                             {kScopeAdd, "add"},
                                                             {kScopeEdit, "edit"},
                                                             {kScopeModerate, "moderate"},
                                                             {kScopeManage, "manage"}};
constexpr std::pair<Action, std::string_view> kMay[] = {{Action::kAdd, "add"},           {Action::kCollect, "collect"},
                                                        {Action::kEdit, "edit"},         {Action::kDecide, "decide"},
                                                        {Action::kModerate, "moderate"}, {Action::kManage, "manage"},
                                                        {Action::kAccount, "account"}};

}  // namespace

Result<account::Service*> ServiceOf(const Context& context) {
  if (context.api.accounts) return context.api.accounts.get();
  return Fail(ErrorCode::kFailedPrecondition, "this needs a data folder, and none is open");
}

std::string_view RoleName(catalog::Role role) {
  for (const auto& [value, name] : kRoles) {
    if (value == role) return name;
  }
  return "visitor";
}

Result<catalog::Role> RoleFromName(const std::string& wanted) {
  for (const auto& [value, name] : kRoles) {
    if (name == wanted) return value;
  }
  return Fail(ErrorCode::kInvalidArgument, "/role: expected user, uploader, moderator or admin");
}

Result<uint32_t> ScopesFromNames(const std::vector<std::string>& names) {
  uint32_t scopes = 0;
  for (const std::string& wanted : names) {
    const uint32_t before = scopes;
    for (const auto& [value, name] : kScopes) scopes |= name == wanted ? value : 0;
    if (scopes == before)
      return Fail(ErrorCode::kInvalidArgument,
                  "/scopes: expected some of read, add, edit, moderate and manage, each once");
  }
  if (scopes == 0) return Fail(ErrorCode::kInvalidArgument, "/scopes: expected one at least");
  return scopes;
}

Json ToJson(const catalog::UserRow& row) {
  Json json = Json()
                  .Set("id", row.id.value)
                  .Set("name", row.name)
                  .Set("email", row.email)
                  .Set("role", RoleName(row.role))
                  .Set("disabled", row.disabled)
                  .Set("totp", row.totp_on)
                  .Set("has_password", !row.password_hash.empty())
                  .Set("created_at", IsoTime(row.created_at_ms));
  if (!row.unconfirmed_email.empty()) json.Set("unconfirmed_email", row.unconfirmed_email);
  return json;
}

Json ToJson(const catalog::TokenRow& row) {
  Json scopes = Json::MakeArray();
  for (const auto& [value, name] : kScopes) {
    if (row.scopes & value) scopes.Append(name);
  }
  return Json()
      .Set("id", row.id)
      .Set("name", row.name)
      .Set("scopes", std::move(scopes))
      .Set("created_at", IsoTime(row.created_at_ms))
      .Set("expires_at", IsoTime(row.expires_at_ms));
}

Json ToJson(const account::Settings& settings) {
  return Json()
      .Set("site_name", settings.site_name)
      .Set("visitors", settings.visitors_look ? "look" : "nothing")
      .Set("sign_up", settings.sign_up_open ? "open" : "closed")
      .Set("trash_days", settings.trash_days);
}

Json SiteJson(const Context& context, const account::Service& service, const Caller& caller) {
  const account::Settings settings = service.settings();
  const account::Options& options = service.options();
  Json providers = Json::MakeArray();
  for (const account::Provider::Options& provider : options.providers)
    providers.Append(Json().Set("id", provider.id).Set("name", provider.name));
  const bool mail = options.mail.has_value() && !options.site_url.empty();
  Json json = Json()
                  .Set("name", settings.site_name)
                  .Set("accounts", service.has_accounts())
                  .Set("setup_open", service.setup_open())
                  .Set("visitors", settings.visitors_look ? "look" : "nothing")
                  .Set("sign_up", settings.sign_up_open ? "open" : "closed");
  if (options.captcha)
    json.Set("captcha", Json().Set("kind", options.captcha->kind).Set("site_key", options.captcha->site_key));
  json.Set("providers", std::move(providers)).Set("mail", mail);
  if (const auto person = caller.user ? service.Find(caller.user) : std::nullopt)
    json.Set("user", Json()
                         .Set("id", person->id.value)
                         .Set("name", person->name)
                         .Set("email", person->email)
                         .Set("role", RoleName(person->role))
                         .Set("totp", person->totp));
  Json may = Json::MakeArray();
  for (const auto& [action, name] : kMay) {
    if (Authorize(caller, action)) may.Append(name);
  }
  if (IsTrustedToFetch(context, caller)) may.Append("fetch");
  json.Set("may", std::move(may));
  return json.Set("add_waits", caller.accounts && !caller.owner() && caller.role < catalog::Role::kUploader);
}

}  // namespace likeness::http
