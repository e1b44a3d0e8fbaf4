// Other people's accounts and the settings, for administrators; and the owner's own verbs for both.
#include "base/text.h"
#include "http/account_json.h"
#include "http/identity.h"

namespace likeness::http {
namespace {

constexpr size_t kUsersPage = 100;

Result<Response> ListUsers(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  const auto cursor = context.request.query.find("cursor");
  UserId after{};
  if (cursor != context.request.query.end() && !cursor->second.empty()) {
    LK_ASSIGN(const int64_t value, QueryInt(context.request, "cursor", 0, 0, INT64_MAX / 2));
    after.value = static_cast<uint64_t>(value);
  }
  LK_ASSIGN(const auto rows, service->ListUsers(after, kUsersPage));
  Json users = Json::MakeArray();
  for (const catalog::UserRow& row : rows) users.Append(ToJson(row));
  Json json = Json().Set("users", std::move(users));
  if (rows.size() == kUsersPage) json.Set("next_cursor", std::to_string(rows.back().id.value));
  return JsonResponse(json);
}

Result<Response> AddUser(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto name = fields.String("name"), email = fields.String("email"), password = fields.String("password"),
             role_name = fields.String("role");
  for (const char* each : {"name", "password", "role"}) fields.Require(each);
  LK_TRY(fields.Finish());
  LK_ASSIGN(const catalog::Role role, RoleFromName(*role_name));
  LK_ASSIGN(const auto row, service->AddUser(*name, email.value_or(""), *password, role, PeerOf(context.request)));
  return JsonResponse(ToJson(row));
}

Result<Response> EditUser(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const ImageId id, CapturedId(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto role_name = fields.String("role");
  const auto disabled = fields.Bool("disabled");
  LK_TRY(fields.Finish());
  std::optional<catalog::Role> role;
  if (role_name) {
    LK_ASSIGN(role, RoleFromName(*role_name));
  }
  LK_ASSIGN(const auto row, service->ChangeUser(UserId{id.value}, role, disabled, PeerOf(context.request)));
  return JsonResponse(ToJson(row));
}

Result<Response> RemoveUser(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const ImageId id, CapturedId(context));
  LK_TRY(service->RemoveUser(UserId{id.value}, PeerOf(context.request)));
  return NoContent();
}

Result<Response> GetSettings(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  return JsonResponse(ToJson(service->settings()));
}

Result<Response> EditSettings(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto name = fields.String("site_name"), visitors = fields.String("visitors"),
             sign_up = fields.String("sign_up");
  const auto days = fields.Int("trash_days", 0, 3650);
  account::Settings settings = service->settings();
  if (name) settings.site_name = CleanText(*name, 100);
  if (name && settings.site_name.empty()) fields.Fault("site_name", "expected a name");
  if (visitors && *visitors != "look" && *visitors != "nothing") fields.Fault("visitors", "expected look or nothing");
  if (sign_up && *sign_up != "open" && *sign_up != "closed") fields.Fault("sign_up", "expected open or closed");
  LK_TRY(fields.Finish());
  if (visitors) settings.visitors_look = *visitors == "look";
  if (sign_up) settings.sign_up_open = *sign_up == "open";
  if (days) settings.trash_days = *days;
  LK_TRY(service->WriteSettings(settings, PeerOf(context.request)));
  return JsonResponse(ToJson(settings));
}

Result<Response> LocalUsers(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto verb = fields.String("verb"), name = fields.String("name"), email = fields.String("email"),
             password = fields.String("password"), role_name = fields.String("role");
  fields.Require("verb");
  if (verb && *verb != "list" && !name) fields.Require("name");
  LK_TRY(fields.Finish());
  const account::Peer peer = PeerOf(context.request);
  std::optional<catalog::Role> role;
  if (role_name) {
    LK_ASSIGN(role, RoleFromName(*role_name));
  }
  if (*verb == "list") return ListUsers(context);
  catalog::UserRow row;
  if (*verb == "add") {
    LK_ASSIGN(row, service->AddUser(*name, email.value_or(""), password.value_or(""),
                                    role.value_or(catalog::Role::kUser), peer));
  } else {
    LK_ASSIGN(row, service->FindByLogin(*name));
    if (*verb == "role") {
      if (!role) return Fail(ErrorCode::kInvalidArgument, "/role: expected user, uploader, moderator or admin");
      LK_ASSIGN(row, service->ChangeUser(row.id, role, {}, peer));
    } else if (*verb == "disable" || *verb == "enable") {
      LK_ASSIGN(row, service->ChangeUser(row.id, {}, *verb == "disable", peer));
    } else if (*verb == "password") {
      LK_TRY(service->SetPassword(row.id, password.value_or(""), peer));
    } else if (*verb == "delete") {
      LK_TRY(service->RemoveUser(row.id, peer));
    } else {
      return Fail(ErrorCode::kInvalidArgument, "/verb: expected list, add, role, disable, enable, password or delete");
    }
  }
  return JsonResponse(Json().Set("users", Json::MakeArray().Append(ToJson(row))));
}

Result<Response> LocalTokens(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto verb = fields.String("verb"), user = fields.String("user"), name = fields.String("name"),
             expires = fields.String("expires_at");
  const std::vector<std::string> names = fields.Strings("scopes", 8);
  const auto id = fields.Int("id", 1, INT64_MAX / 2);
  for (const char* each : {"verb", "user"}) fields.Require(each);
  LK_TRY(fields.Finish());
  const account::Peer peer = PeerOf(context.request);
  LK_ASSIGN(const catalog::UserRow row, service->FindByLogin(*user));
  Json tokens = Json::MakeArray();
  if (*verb == "add") {
    LK_ASSIGN(const uint32_t scopes, ScopesFromNames(names));
    int64_t expires_at_ms = 0;
    if (expires) {
      LK_ASSIGN(expires_at_ms, ParseIsoTime(*expires));
    }
    LK_ASSIGN(const auto made, service->AddToken(row.id, name.value_or(""), scopes, expires_at_ms, peer));
    tokens.Append(ToJson(made.row).Set("token", made.text));
  } else if (*verb == "remove") {
    LK_TRY(service->RemoveToken(row.id, static_cast<uint64_t>(id.value_or(0)), peer));
  } else if (*verb == "list") {
    LK_ASSIGN(const auto rows, service->ListTokens(row.id));
    for (const catalog::TokenRow& token : rows) tokens.Append(ToJson(token));
  } else {
    return Fail(ErrorCode::kInvalidArgument, "/verb: expected list, add or remove");
  }
  return JsonResponse(Json().Set("tokens", std::move(tokens)));
}

}  // namespace

std::vector<Route> PeopleRoutes() {
  return {
      {"GET", "/api/v1/users", Action::kManage, ListUsers},
      {"POST", "/api/v1/users", Action::kManage, AddUser},
      {"PATCH", "/api/v1/users/{id}", Action::kManage, EditUser},
      {"DELETE", "/api/v1/users/{id}", Action::kManage, RemoveUser},
      {"GET", "/api/v1/settings", Action::kManage, GetSettings},
      {"PATCH", "/api/v1/settings", Action::kManage, EditSettings},
      {"POST", "/local/v1/users", Action::kLocal, LocalUsers},
      {"POST", "/local/v1/tokens", Action::kLocal, LocalTokens},
  };
}

}  // namespace likeness::http
