// Pictures that this server fetches from other ones. Not for everybody: it lends its place in the network.
#include <fmt/format.h>

#include "base/text.h"
#include "codec/decode.h"
#include "http/identity.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

constexpr int kFetchesMax = 4;

// A place among those that are fetching: each holds a thread for up to some ten seconds.
struct LeavePlace {
  void operator()(std::atomic<int>* count) const { count->fetch_sub(1); }
};
using FetchPlace = std::unique_ptr<std::atomic<int>, LeavePlace>;

Result<FetchPlace> BeginFetch(Context& context, const std::string& captcha) {
  const Caller& caller = context.request.caller;
  account::Service* service = context.api.accounts.get();
  if (!caller.owner() && caller.accounts && service)
    LK_TRY(service->AllowFetch(caller.user, IsTrustedToFetch(context, caller), captcha, PeerOf(context.request)));
  const bool full = context.api.fetches.fetch_add(1) >= kFetchesMax;
  FetchPlace place(&context.api.fetches);
  if (full)
    return Fail(ErrorCode::kUnavailable, "several pictures are being fetched already", "try again in some seconds");
  return place;
}

Result<Response> ImportFromUrl(Context& context) {
  if (!IsTrustedToFetch(context, context.request.caller))
    return Fail(ErrorCode::kPermissionDenied, "your account may not have this server fetch pictures",
                "fetch the file yourself and upload it");
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  engine::ImportOptions options;
  options.audience = AudienceOf(context.request.caller);
  LK_ASSIGN(options.standing, StandingOfUpload(context.request));
  fields.Require("url");
  const auto url = fields.String("url"), source = fields.String("source_url");
  const auto policy = fields.String("on_duplicate"), listed = fields.String("on_listed");
  const std::vector<std::string> tags = fields.Strings("tags", context.limits().tags_max);
  options.dry_run = fields.Bool("dry_run").value_or(false);
  if (source && source->size() > context.limits().url_bytes_max)
    fields.Fault("source_url", fmt::format("more than {} bytes", context.limits().url_bytes_max));
  LK_TRY(fields.Finish());
  options.source_url = CleanText(source.value_or(""), context.limits().url_bytes_max);
  LK_TRY(SetPolicies(context, policy.value_or(""), listed.value_or(""), &options));
  LK_ASSIGN(options.tags, CleanTags(tags, context.limits()));
  LK_ASSIGN(const FetchPlace place, BeginFetch(context, ""));
  Json results = Json::MakeArray();
  results.Append(OutcomeToJson(context, context.library().ImportUrl(*url, options, context.cancel)));
  return AnswerOutcomes(context, std::move(results));
}

// The bytes of a picture elsewhere, for a page that may not ask other servers itself. Only what begins as a picture
// does is passed on.
Result<Response> FetchPicture(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  fields.Require("url");
  const auto url = fields.String("url"), captcha = fields.String("captcha");
  LK_TRY(fields.Finish());
  LK_ASSIGN(const FetchPlace place, BeginFetch(context, captcha.value_or("")));
  LK_ASSIGN(engine::Library::FetchedFile file, context.library().FetchFile(*url, context.cancel));
  const codec::Format format = codec::Sniff(AsBytes(file.bytes));
  if (!context.analyzer().options().formats.Has(format))
    return Fail(ErrorCode::kUnsupported, "there is no picture at that address",
                "give the address of the picture itself");
  Response response;
  response.headers = {{"Content-Type", std::string(codec::MimeType(format))},
                      {"Content-Disposition", Disposition(file.name, true)},
                      {"Cache-Control", "no-store"},
                      {"Content-Security-Policy", "default-src 'none'; sandbox"}};
  response.body = std::move(file.bytes);
  return response;
}

}  // namespace

bool IsTrustedToFetch(const Context& context, const Caller& caller) {
  if (caller.owner() || !caller.accounts) return true;
  return caller.role >= context.api.options.url_import && (!caller.by_token || (caller.scopes & kScopeAdd) != 0);
}

std::vector<Route> FromUrlRoutes() {
  return {{"POST", "/api/v1/images/from-url", Action::kAdd, ImportFromUrl},
          {"POST", "/api/v1/fetch", Action::kSearch, FetchPicture}};
}

}  // namespace likeness::http
