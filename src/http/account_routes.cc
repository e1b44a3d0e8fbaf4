// What the site is, logging in and out, signing up, and log-in elsewhere.
#include "http/account_json.h"
#include "http/identity.h"

namespace likeness::http {
namespace {

// Who is logged in with a browser: a token binds nobody to a log-in elsewhere.
UserId LoggedIn(const Request& request) {
  return request.caller.by_token ? UserId{} : request.caller.user;
}

Result<Response> GetSite(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  return JsonResponse(SiteJson(context, *service, context.request.caller));
}

bool IsSecure(const Context& context, const account::Service& service) {
  return http::IsSecure(context.request, service.options().site_url);
}

void SetSession(const Context& context, const account::Service& service, const std::string& secret,
                Response* response) {
  const bool secure = IsSecure(context, service);
  SetCookie(response, CookieName("session", secure), secret, secret.empty() ? 0 : account::Service::kSessionMs / 1000,
            secure);
}

// The site as who has just logged in sees it, with the cookie.
Response LoggedIn(const Context& context, account::Service& service, const account::Service::LoggedIn& in) {
  Caller caller;
  caller.accounts = true;
  caller.visitors_look = service.settings().visitors_look;
  caller.user = in.user;
  if (const auto person = service.Find(in.user)) caller.role = person->role;
  Response response = JsonResponse(SiteJson(context, service, caller));
  SetSession(context, service, in.secret, &response);
  return response;
}

Response Accepted() {
  Response response;
  response.status = 202;
  return response;
}

Result<Response> SetUp(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto code = fields.String("code"), name = fields.String("name"), email = fields.String("email"),
             password = fields.String("password"), visitors = fields.String("visitors");
  for (const char* each : {"code", "name", "password"}) fields.Require(each);
  if (visitors && *visitors != "look" && *visitors != "nothing") fields.Fault("visitors", "expected look or nothing");
  LK_TRY(fields.Finish());
  LK_ASSIGN(const auto in, service->SetUp(*code, *name, email.value_or(""), *password,
                                          visitors.value_or("look") == "look", PeerOf(context.request)));
  return LoggedIn(context, *service, in);
}

Result<Response> LogIn(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto login = fields.String("login"), password = fields.String("password"), code = fields.String("code"),
             captcha = fields.String("captcha");
  for (const char* each : {"login", "password"}) fields.Require(each);
  LK_TRY(fields.Finish());
  LK_ASSIGN(const auto in,
            service->LogIn(*login, *password, code.value_or(""), captcha.value_or(""), PeerOf(context.request)));
  // A session that this browser had ends with the new one.
  if (context.request.session != 0)
    (void)service->LogOut(context.request.caller.user, context.request.session, PeerOf(context.request));
  return LoggedIn(context, *service, in);
}

Result<Response> LogOut(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  if (context.request.session != 0)
    LK_TRY(service->LogOut(context.request.caller.user, context.request.session, PeerOf(context.request)));
  Response response = NoContent();
  SetSession(context, *service, "", &response);
  response.headers.emplace_back("Clear-Site-Data", "\"cache\"");
  return response;
}

Result<Response> SignUp(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto name = fields.String("name"), email = fields.String("email"), password = fields.String("password"),
             captcha = fields.String("captcha");
  for (const char* each : {"name", "email", "password"}) fields.Require(each);
  LK_TRY(fields.Finish());
  LK_TRY(service->SignUp(*name, *email, *password, captcha.value_or(""), PeerOf(context.request)));
  return Accepted();
}

Result<Response> Confirm(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto token = fields.String("token");
  fields.Require("token");
  LK_TRY(fields.Finish());
  LK_TRY(service->Confirm(*token, PeerOf(context.request)));
  return NoContent();
}

Result<Response> Recover(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto email = fields.String("email"), captcha = fields.String("captcha");
  fields.Require("email");
  LK_TRY(fields.Finish());
  LK_TRY(service->Recover(*email, captcha.value_or(""), PeerOf(context.request)));
  return Accepted();
}

Result<Response> ResetPassword(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const Json body, JsonBody(context));
  Fields fields(body);
  const auto token = fields.String("token"), password = fields.String("password");
  for (const char* each : {"token", "password"}) fields.Require(each);
  LK_TRY(fields.Finish());
  LK_TRY(service->ResetPassword(*token, *password, PeerOf(context.request)));
  return NoContent();
}

Response SendTo(const std::string& url) {
  Response response;
  response.status = 302;
  response.headers.emplace_back("Location", url);
  return response;
}

Result<Response> Leave(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  LK_ASSIGN(const auto departure, service->LeaveFor(context.captures[0], LoggedIn(context.request)));
  Response response = SendTo(departure.url);
  const bool secure = IsSecure(context, *service);
  SetCookie(&response, CookieName("login", secure), departure.binding, 600, secure);
  return response;
}

Result<Response> Return(Context& context) {
  LK_ASSIGN(account::Service * service, ServiceOf(context));
  const Request& request = context.request;
  const auto given = [&](const char* name) {
    auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  const bool secure = IsSecure(context, *service);
  const std::string cookie = CookieName("login", secure);
  const auto in = service->ReturnFrom(context.captures[0], given("error").empty() ? given("code") : "", given("state"),
                                      ReadCookie(request, cookie), LoggedIn(request), PeerOf(request));
  Response response = SendTo(in ? "/" : "/login#" + in.error());
  SetCookie(&response, cookie, "", 0, secure);
  if (in) SetSession(context, *service, in->secret, &response);
  return response;
}

}  // namespace

std::vector<Route> AccountRoutes() {
  return {
      {"GET", "/api/v1/site", Action::kSignIn, GetSite, true, true},
      {"POST", "/api/v1/setup", Action::kSignIn, SetUp},
      {"POST", "/api/v1/session", Action::kSignIn, LogIn},
      {"DELETE", "/api/v1/session", Action::kSignIn, LogOut},
      {"POST", "/api/v1/account", Action::kSignIn, SignUp},
      {"POST", "/api/v1/account/confirm", Action::kSignIn, Confirm},
      {"POST", "/api/v1/account/recovery", Action::kSignIn, Recover},
      {"POST", "/api/v1/account/password", Action::kSignIn, ResetPassword},
      {"GET", "/api/v1/auth/{provider}", Action::kSignIn, Leave},
      {"GET", "/api/v1/auth/{provider}/callback", Action::kSignIn, Return},
  };
}

}  // namespace likeness::http
