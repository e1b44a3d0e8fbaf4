// One's own account: facts, sessions, second factor, API tokens. Never by a token (access.h).
#include "http/account_json.h"
#include "http/identity.h"

namespace likeness::http {
namespace {

// One's own account; the owner of the data folder, who passes every door, has none.
Result<UserId> Own(const Context& context) {
  if (context.request.caller.user) return context.request.caller.user;
  return Fail(ErrorCode::kUnauthenticated, "this is for people who have logged in", "log in first");
}

Result<Json> OwnJson(account::Service& service, const catalog::UserRow& row) {
  LK_ASSIGN(const std::vector<std::string> ids, service.ProvidersOf(row.id));
  Json providers = Json::MakeArray();
  for (const std::string& id : ids) providers.Append(id);
  return ToJson(row).Set("providers", std::move(providers));
}

Result<Response> GetAccount(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const catalog::UserRow row, service->Get(user));
  LK_ASSIGN(const Json json, OwnJson(*service, row));
  return JsonResponse(json);
}

Result<Response> EditAccount(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  account::Service::Edit edit{.name = fields.String("name"),
                              .email = fields.String("email"),
                              .password = fields.String("password"),
                              .current_password = fields.String("current_password").value_or("")};
  LK_TRY(fields.Finish());
  LK_ASSIGN(const catalog::UserRow row, service->EditOwn(user, context.request.session, edit, PeerOf(context.request)));
  LK_ASSIGN(const Json json, OwnJson(*service, row));
  return JsonResponse(json);
}

Result<Response> ListSessions(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const auto rows, service->ListSessions(user));
  Json sessions = Json::MakeArray();
  for (const catalog::SessionRow& row : rows)
    sessions.Append(Json()
                        .Set("id", row.id)
                        .Set("created_at", IsoTime(row.created_at_ms))
                        .Set("seen_at", IsoTime(row.seen_at_ms))
                        .Set("expires_at", IsoTime(row.expires_at_ms))
                        .Set("agent", row.agent)
                        .Set("current", row.id == context.request.session));
  return JsonResponse(Json().Set("sessions", std::move(sessions)));
}

Result<Response> EndSession(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  const account::Peer peer = PeerOf(context.request);
  if (context.captures[0] == "others") {
    LK_TRY(service->EndOtherSessions(user, context.request.session, peer));
    return NoContent();
  }
  LK_ASSIGN(const ImageId id, CapturedId(context));
  LK_TRY(service->EndSession(user, id.value, peer));
  return NoContent();
}

Result<std::string> CurrentPassword(const Context& context) {
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto password = fields.String("current_password");
  LK_TRY(fields.Finish());
  return password.value_or("");
}

Result<Response> BeginTotp(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const std::string password, CurrentPassword(context));
  LK_ASSIGN(const auto totp, service->BeginTotp(user, password, PeerOf(context.request)));
  return JsonResponse(Json().Set("secret", totp.secret).Set("uri", totp.uri));
}

Result<Response> ConfirmTotp(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto code = fields.String("code");
  fields.Require("code");
  LK_TRY(fields.Finish());
  LK_ASSIGN(const auto codes, service->ConfirmTotp(user, *code, PeerOf(context.request)));
  Json list = Json::MakeArray();
  for (const std::string& one : codes) list.Append(one);
  return JsonResponse(Json().Set("recovery_codes", std::move(list)));
}

Result<Response> EndTotp(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const std::string password, CurrentPassword(context));
  LK_TRY(service->EndTotp(user, password, PeerOf(context.request)));
  return NoContent();
}

Result<Response> LeaveProvider(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const std::string password, CurrentPassword(context));
  LK_TRY(service->LeaveProvider(user, context.captures[0], password, PeerOf(context.request)));
  return NoContent();
}

Result<Response> ListTokens(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const auto rows, service->ListTokens(user));
  Json tokens = Json::MakeArray();
  for (const catalog::TokenRow& row : rows) tokens.Append(ToJson(row));
  return JsonResponse(Json().Set("tokens", std::move(tokens)));
}

Result<Response> AddToken(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto name = fields.String("name"), expires = fields.String("expires_at"),
             password = fields.String("current_password");
  const std::vector<std::string> names = fields.Strings("scopes", 8);
  fields.Require("name");
  LK_TRY(fields.Finish());
  LK_ASSIGN(const uint32_t scopes, ScopesFromNames(names));
  int64_t expires_at_ms = 0;
  if (expires) {
    LK_ASSIGN(expires_at_ms, ParseIsoTime(*expires));
  }
  LK_TRY(service->ProvePassword(user, password.value_or(""), PeerOf(context.request)));
  LK_ASSIGN(const auto made, service->AddToken(user, *name, scopes, expires_at_ms, PeerOf(context.request)));
  return JsonResponse(ToJson(made.row).Set("token", made.text));
}

Result<Response> RemoveToken(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const UserId user, Own(context));
  LK_ASSIGN(const ImageId id, CapturedId(context));
  LK_TRY(service->RemoveToken(user, id.value, PeerOf(context.request)));
  return NoContent();
}

}  // namespace

std::vector<Route> OwnAccountRoutes() {
  return {
      {"GET", "/api/v1/account", Action::kAccount, GetAccount},
      {"PATCH", "/api/v1/account", Action::kAccount, EditAccount},
      {"GET", "/api/v1/account/sessions", Action::kAccount, ListSessions},
      {"DELETE", "/api/v1/account/sessions/{id}", Action::kAccount, EndSession},
      {"POST", "/api/v1/account/totp", Action::kAccount, BeginTotp},
      {"POST", "/api/v1/account/totp/confirm", Action::kAccount, ConfirmTotp},
      {"DELETE", "/api/v1/account/totp", Action::kAccount, EndTotp},
      {"DELETE", "/api/v1/account/providers/{provider}", Action::kAccount, LeaveProvider},
      {"GET", "/api/v1/account/tokens", Action::kAccount, ListTokens},
      {"POST", "/api/v1/account/tokens", Action::kAccount, AddToken},
      {"DELETE", "/api/v1/account/tokens/{id}", Action::kAccount, RemoveToken},
  };
}

}  // namespace likeness::http
