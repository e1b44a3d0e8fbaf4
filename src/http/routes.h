// What the files of routes share: the context of one request, and small readers of its words. Internal to http.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "account/service.h"
#include "http/api.h"
#include "http/gallery_counts.h"
#include "http/json.h"
#include "http/response_cache.h"
#include "http/share_grants.h"
#include "http/static_files.h"

namespace likeness::http {

struct Api::Impl {
  static constexpr size_t kCachedBytesMax = 64 << 20;

  Options options;
  EventHub events;
  Metrics metrics;
  StaticFiles page;
  std::unique_ptr<account::Service> accounts;  // null without a library
  std::atomic<uint64_t> sequence{0};           // of the library's last change, as told by OnChange
  // Grows with whatever may make an answer another one.
  std::atomic<uint64_t> generation{1};
  mutable ResponseCache answers{kCachedBytesMax};
  GalleryCounts counts;
  int64_t started_at_s = 0;
  ShareGrants grants;
  std::atomic<int> fetches{0};          // from other servers, that somebody waits for
  std::atomic<int> duplicate_lists{0};  // requests that wait for the groups of duplicates

  explicit Impl(Options given);
  // Under what its answer is kept; empty: it is not.
  std::string KeyOf(const Request& request) const;
};

struct Context {
  const Request& request;
  Api::Impl& api;
  const EmitLine& emit;
  const CancelFlag& cancel;
  std::vector<std::string> captures;  // of {..} in the pattern, in order
  Action action = Action::kLocal;     // the route's
  bool emitted = false;

  engine::Analyzer& analyzer() const { return *api.options.analyzer; }
  // REQUIRES: the route's needs_library.
  engine::Library& library() const { return *api.options.library; }
  const Limits& limits() const { return api.options.analyzer->options().limits; }
  bool Emit(const Json& line) {
    emitted = true;
    return emit && emit(line.Dump());
  }
};

using Handler = Result<Response> (*)(Context&);

struct Route {
  const char* method;
  const char* pattern;
  Action action;
  Handler handler;
  bool needs_library = true;
  bool fast = false;
  bool takes_upload = false;
  bool cached = false;  // depends on the request's words, its caller and the state of the gallery alone
};

// The rows of each file.
std::vector<Route> ImageRoutes();
std::vector<Route> EditRoutes();
std::vector<Route> ByteRoutes();
std::vector<Route> FromUrlRoutes();
std::vector<Route> FindRoutes();
std::vector<Route> AlbumRoutes();
std::vector<Route> ShareRoutes();
std::vector<Route> SearchRoutes();
std::vector<Route> CompareRoutes();
std::vector<Route> DuplicateRoutes();
std::vector<Route> HashListRoutes();
std::vector<Route> ModelRoutes();
std::vector<Route> SystemRoutes();
std::vector<Route> AccountRoutes();
std::vector<Route> OwnAccountRoutes();
std::vector<Route> PeopleRoutes();
std::vector<Route> LocalRoutes();

// find_routes.cc: lists that an expression chooses; its faults are answers, with their position.
Result<Response> FindImages(Context& context, const std::string& expression);
Result<Response> CountTagsAmong(Context& context, const std::string& expression);

// images_routes.cc: one picture, as GET /api/v1/images/{id} shows it.
Result<Response> ShowImage(Context& context, ImageId id);
// A picture in full, without what is not for everybody: paths of this machine, and places for those not logged in.
Json DetailToJson(const Context& context, const catalog::ImageRow& row);
// {"id","name"}; id 0 is the owner of the data folder.
Json UserToJson(const Context& context, UserId user);
// An Error that says where in the expression it is.
Response FaultResponse(const Context& context, const engine::ExpressionFault& fault);
// An ImagePage: those of `images` that may show up, or all of them where a link shows them.
Json PageToJson(const Context& context, const engine::FindResult& found, bool by_link = false);

// bytes_routes.cc: Content-Disposition of a file of that name, by RFC 6266 and 8187.
std::string Disposition(const std::string& name, bool download);
// from_url_routes.cc: whether the caller's role lets this server fetch pictures for him. Others may answer a captcha.
bool IsTrustedToFetch(const Context& context, const Caller& caller);

// What somebody adds becomes: what ordinary users add waits for a moderator.
Result<catalog::Standing> StandingOfUpload(const Request& request);
// images_routes.cc: outcomes of uploads, and the answer that has them.
// What becomes of copies and of listed pictures, by name; empty: as it is. What the server was started with is
// stricter.
Status SetPolicies(const Context& context, const std::string& on_duplicate, const std::string& on_listed,
                   engine::ImportOptions* options);
Json OutcomeToJson(Context& context, engine::ImportOutcome outcome);
Response AnswerOutcomes(const Context& context, Json results);

// albums_routes.cc
Json ToJson(const Context& context, const engine::AlbumView& view);
// The page that ?cursor and ?limit name of an album.
Result<Response> ListAlbum(Context& context, const catalog::AlbumRow& album, const catalog::Audience& audience,
                           bool by_link = false);
// The album of the route, if the caller may change it. NotFound for one that he may not see.
Result<catalog::AlbumRow> CapturedAlbum(Context& context, bool to_change);
Result<catalog::AlbumRow> AlbumFor(const Context& context, AlbumId id, bool to_change);
// ?cursor and ?limit.
Result<engine::FindOptions> PageFromQuery(const Context& context);
// share_routes.cc: whether a share link that this browser has opened shows the picture.
bool ShownByLink(const Context& context, ImageId id);

// Authorize for one stored picture, and whether it may show up in an answer. On the routes that are about one picture
// a share link counts as well: this is where its grants act.
Status AuthorizeImage(const Context& context, Action action, ImageId id);
bool MaySee(const Context& context, ImageId id);
// The error as the caller may read it: only the owner learns where the data folder lies.
Error ForCaller(const Context& context, Error error);
Response JsonResponse(const Json& json);
Response NoContent();
Result<ImageId> CapturedId(const Context& context, size_t index = 0);
Result<ImageId> IdFromText(std::string_view text);  // NotFound: no whole number from 1
// InvalidArgument naming the parameter.
Result<int64_t> QueryInt(const Request& request, const char* name, int64_t otherwise, int64_t min, int64_t max);
Result<bool> QueryBool(const Request& request, const char* name, bool otherwise);
// The array of ids `name`, as given.
std::vector<ImageId> TakeIds(Fields& fields, std::string_view name, size_t count_max);
// The body as JSON; an empty body is {}.
Result<Json> JsonBody(const Context& context);
const Part* FindPart(const Request& request, std::string_view name);
// What a search by anything is asked with: text, by, k, expand. Finishes `fields`: read all others before.
Result<engine::SearchOptions> TakeSearchOptions(Fields& fields, const Limits& limits);
// A form field's text; empty when absent.
std::string FieldText(const Request& request, std::string_view name);
bool MatchesEtag(std::string_view if_none_match, std::string_view etag);
// Emits each progress as a line {"progress": ...} and tells it to the event listeners as `event` (empty: does not).
engine::Library::OnProgress EmitProgress(Context& context, std::string event = {});

}  // namespace likeness::http
