#include "http/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/checksum.h"
#include "base/log.h"
#include "http/compression.h"
#include "http/head_text.h"
#include "http/identity.h"
#include "http/page_html.h"
#include "http/page_words.h"
#include "http/routes.h"
#include "http/url.h"

namespace likeness::http {
namespace {

constexpr size_t kPackedBytesMin = 1024, kPackedBytesMax = 32 << 20;

const std::vector<Route>& Table() {
  static const std::vector<Route> table = [] {
    std::vector<Route> all;
    for (auto rows :
         {ImageRoutes(), EditRoutes(), FromUrlRoutes(), ByteRoutes(), FindRoutes(), AlbumRoutes(), ShareRoutes(),
          SearchRoutes(), CompareRoutes(), DuplicateRoutes(), HashListRoutes(), ModelRoutes(), SystemRoutes(),
          AccountRoutes(), OwnAccountRoutes(), PeopleRoutes(), LocalRoutes()})
      all.insert(all.end(), rows.begin(), rows.end());
    return all;
  }();
  return table;
}

// Segments are equal, or the pattern's is {name}, which takes any non-empty one.
bool Matches(std::string_view pattern, std::string_view path, std::vector<std::string>* captures) {
  captures->clear();
  while (!pattern.empty() && !path.empty()) {
    std::string_view want = pattern.substr(0, pattern.find('/', 1));
    std::string_view have = path.substr(0, path.find('/', 1));
    pattern.remove_prefix(want.size());
    path.remove_prefix(have.size());
    if (want.starts_with("/{")) {
      if (have.size() < 2) return false;
      captures->emplace_back(have.substr(1));
    } else if (want != have) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

bool IsReserved(std::string_view path) {
  for (std::string_view prefix : {"/api", "/i", "/local", "/healthz", "/readyz", "/metrics"}) {
    if (path == prefix || (path.starts_with(prefix) && path[prefix.size()] == '/')) return true;
  }
  return false;
}

struct Found {
  size_t row = SIZE_MAX;  // SIZE_MAX: none
  std::string allowed;    // methods of the path, when the method was wrong
  std::vector<std::string> captures;
};

Found FindRoute(std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  Found found;
  const std::vector<Route>& table = Table();
  for (size_t i = 0; i < table.size(); ++i) {
    if (!Matches(table[i].pattern, path, &found.captures)) continue;
    if (table[i].method == method) {
      found.row = i;
      found.allowed.clear();
      return found;
    }
    if (!found.allowed.empty()) found.allowed += ", ";
    found.allowed += table[i].method;
    if (std::string_view(table[i].method) == "GET") found.allowed += ", HEAD";
  }
  return found;
}

Error NoSuchRoute() {
  return {ErrorCode::kNotFound, "no such route", "see /api/openapi.yaml for what there is"};
}

const char* CodingFor(const Request& request) {
  const std::string_view accepted = request.header("accept-encoding");
  return Accepts(accepted, "br") ? "br" : Accepts(accepted, "gzip") ? "gzip" : "";
}

void Compress(const Request& request, Response& response) {
  const std::string* type = response.header("Content-Type");
  const std::string_view coding = CodingFor(request);
  if (response.extent.descriptor >= 0 || response.shared_body || response.body.size() < kPackedBytesMin ||
      response.body.size() > kPackedBytesMax || response.header("Content-Encoding") || !type || coding.empty() ||
      !(type->starts_with("application/json") || type->starts_with("text/")))
    return;
  std::string packed = coding == "br" ? Brotli(response.body, 3) : Gzip(response.body, 1);
  if (packed.empty() || packed.size() >= response.body.size()) return;
  response.body = std::move(packed);
  response.headers.emplace_back("Content-Encoding", coding);
}

// A body is asked for again only when it changed. Of the bytes that go out, so that each coding has its own tag.
void Tag(const Request& request, Response& response) {
  const std::string* type = response.header("Content-Type");
  const bool text = type && (type->starts_with("application/json") || type->starts_with("text/"));
  if (request.method != "GET" || response.status != 200 || !text || response.header("ETag") || response.shared_body ||
      response.event_stream || response.body.empty())
    return;
  response.headers.emplace_back("ETag",
                                fmt::format("\"{:08x}-{:x}\"", Crc32c(AsBytes(response.body)), response.body.size()));
  const bool worded = type->starts_with("text/html");
  response.headers.emplace_back("Vary", worded ? "Accept-Encoding, Cookie, Authorization, Accept-Language"
                                               : "Accept-Encoding, Cookie, Authorization");
  if (!response.header("Cache-Control")) response.headers.emplace_back("Cache-Control", "private, no-cache");
}

void LeaveOutUnchanged(const Request& request, Response& response) {
  const std::string* etag = response.header("ETag");
  if (request.method != "GET" || response.status != 200 || !etag || response.extent.descriptor >= 0 ||
      !MatchesEtag(request.header("if-none-match"), *etag))
    return;
  response.status = 304;
  response.body.clear();
  response.shared_body = nullptr;
  std::erase_if(response.headers, [](const auto& header) {
    return header.first == "Content-Encoding" || header.first == "Content-Type";
  });
}

// Whose answer to what. What is drawn by lot is another one each time.
std::string CacheKey(const Request& request, bool page) {
  const Caller& caller = request.caller;
  std::string key =
      fmt::format("{}{}{}|{}|{}|{}|{}", caller.owner(), caller.accounts, caller.visitors_look, caller.user.value,
                  int(caller.role), caller.by_token ? caller.scopes : 0, CodingFor(request));
  if (page)
    key.append("|")
        .append(request.header("host"))
        .append(request.over_tls ? "|tls|" : "||")
        .append(WordsFor(request.header("accept-language")).language);
  key.append("|").append(PercentEncode(request.path));
  for (const auto& [name, value] : request.query) {
    if (value.find("random") != std::string::npos) return {};
    key.append("&").append(PercentEncode(name)).append("=").append(PercentEncode(value));
  }
  return key;
}

std::vector<std::string> RouteNames() {
  std::vector<std::string> names;
  for (const Route& route : Table()) names.push_back(fmt::format("{} {}", route.method, route.pattern));
  names.push_back("page");
  names.push_back("refused");
  return names;
}

}  // namespace

Api::Impl::Impl(Options given) : options(std::move(given)), metrics(RouteNames()) {
  started_at_s =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Api::Api(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {
  if (engine::Library* library = impl_->options.library) {
    auto accounts = account::Service::Open(library->accounts(), impl_->options.accounts);
    if (accounts)
      impl_->accounts = std::move(*accounts);
    else
      Log(LogLevel::kError, "accounts_not_read", {{"error", accounts.error().Text()}});
  }
  if (!impl_->options.page_folder.empty()) {
    if (Status loaded = impl_->page.Load(impl_->options.page_folder); !loaded)
      Log(LogLevel::kWarning, "page_not_loaded", {{"error", loaded.error().Text()}});
  }
  if (engine::Library* library = impl_->options.library) {
    Impl* impl = impl_.get();
    library->OnChange([impl](uint64_t sequence) {
      impl->sequence = sequence;
      ++impl->generation;
      impl->events.Publish("change", fmt::format("{{\"sequence\":{}}}", sequence));
    });
    library->OnModels([impl, library] {
      ++impl->generation;
      if (impl->events.size() == 0) return;
      impl->events.Publish("models", Json().Set("models", ToJson(library->DescribeModels())).Dump());
    });
  }
}

Api::~Api() {
  if (!impl_->options.library) return;
  impl_->options.library->OnChange(nullptr);
  impl_->options.library->OnModels(nullptr);
}

void Api::Identify(Request* request) const {
  IdentifyBy(impl_->accounts.get(), impl_->options.library != nullptr, request);
}

account::Service* Api::accounts() {
  return impl_->accounts.get();
}

EventHub& Api::events() {
  return impl_->events;
}
const Limits& Api::limits() const {
  return impl_->options.analyzer->options().limits;
}

std::vector<RouteInfo> Api::Routes() {
  std::vector<RouteInfo> out;
  for (const Route& route : Table()) out.push_back({route.method, route.pattern, route.action, route.takes_upload});
  return out;
}

std::string Api::Impl::KeyOf(const Request& request) const {
  // What a share link shows is for its holder alone.
  if (request.method != "GET" || grants.AnyIn(request.header("cookie"))) return {};
  const Found found = FindRoute(request.method, request.path);
  const bool is_page = found.row == SIZE_MAX && page.IsPage(request.path) && !IsReserved(request.path);
  if (!is_page && (found.row == SIZE_MAX || !Table()[found.row].cached)) return {};
  return CacheKey(request, is_page);
}

bool Api::IsFast(const Request& request) const {
  Found found = FindRoute(request.method, request.path);
  if (const std::string key = impl_->KeyOf(request); !key.empty())
    return impl_->answers.Find(key, impl_->generation) != nullptr;
  if (found.row == SIZE_MAX) return true;
  // An original without its metadata is a worker's work.
  if (request.path.ends_with("/original") && !SeesPlaces(request.caller)) return false;
  // What a share link shows may take an expression to find out.
  if (ConcernsOnePicture(Table()[found.row].action) && impl_->grants.AnyIn(request.header("cookie"))) return false;
  return Table()[found.row].fast;
}

bool Api::TakesUpload(const Request& request) const {
  Found found = FindRoute(request.method, request.path);
  return found.row != SIZE_MAX && Table()[found.row].takes_upload;
}

Status Api::CheckEarly(const Request& request) const {
  if (request.refused) return std::unexpected(*request.refused);
  Found found = FindRoute(request.method, request.path);
  if (found.row == SIZE_MAX) {
    bool page = !IsReserved(request.path) && (request.method == "GET" || request.method == "HEAD");
    if (page) return {};
    return std::unexpected(NoSuchRoute());
  }
  const Route& route = Table()[found.row];
  // Whoever has opened a share link comes as far as AuthorizeImage, which looks at its pictures.
  if (Status allowed = Authorize(request.caller, route.action); !allowed)
    if (!ConcernsOnePicture(route.action) || !impl_->grants.AnyIn(request.header("cookie"))) return allowed;
  if (route.needs_library && !impl_->options.library) {
    return Fail(ErrorCode::kFailedPrecondition, "this needs a data folder, and none is open",
                "name one with --data DIR");
  }
  return {};
}

Response Api::Refuse(const Error& error, const std::string& request_id) const {
  Response response;
  response.status = Info(error.code).http_status;
  Json json = ToJson(error);
  response.body = json.Set("request_id", request_id).Dump();
  response.headers.emplace_back("Content-Type", "application/json");
  if (error.retry_after_seconds > 0)
    response.headers.emplace_back("Retry-After", std::to_string(error.retry_after_seconds));
  else if (Info(error.code).retry && response.status == 503)
    response.headers.emplace_back("Retry-After", "2");
  AddSecurityHeaders(response);
  return response;
}

Response Api::Handle(const Request& request, const EmitLine& emit, const CancelFlag& cancel) {
  // Whoever has named a caller with accounts has identified it.
  if (!request.identified && !request.caller.owner() && !request.caller.accounts) {
    Request known = request;
    Identify(&known);
    return Handle(known, emit, cancel);
  }
  auto start = std::chrono::steady_clock::now();
  Found found = FindRoute(request.method, request.path);
  size_t metric = found.row != SIZE_MAX ? found.row : Table().size();
  Response response;
  Context context{request, *impl_, emit, cancel, found.captures};
  if (found.row != SIZE_MAX) context.action = Table()[found.row].action;
  Result<Response> result = Fail(ErrorCode::kInternal, "no answer");
  try {
    Status early = CheckEarly(request);
    // A wrong method on an existing path is told apart only for those who may know of the path.
    bool wrong_method = found.row == SIZE_MAX && !found.allowed.empty() &&
                        (request.caller.owner() || !request.path.starts_with("/local"));
    const uint64_t generation = impl_->generation;
    const std::string key = early ? impl_->KeyOf(request) : std::string();
    const std::shared_ptr<const Response> kept = key.empty() ? nullptr : impl_->answers.Find(key, generation);
    if (kept) {
      result = *kept;
    } else if (wrong_method) {
      result = Fail(ErrorCode::kInvalidArgument, fmt::format("{} does not take {}", request.path, request.method),
                    fmt::format("it takes {}", found.allowed));
    } else if (!early) {
      result = std::unexpected(early.error());
    } else if (found.row != SIZE_MAX) {
      result = Table()[found.row].handler(context);
    } else if (impl_->page.IsPage(request.path)) {
      result = ServePage(context);
    } else {
      result = impl_->page.Serve(request);
    }
    if (result) {
      response = std::move(*result);
      if (!kept) {
        Compress(request, response);
        Tag(request, response);
        AddSecurityHeaders(response);
        if (!key.empty() && response.status == 200 && !response.shared_body) {
          response.shared_body = std::make_shared<const std::string>(std::move(response.body));
          response.body.clear();
          impl_->answers.Keep(key, generation, std::make_shared<const Response>(response));
        }
      }
      LeaveOutUnchanged(request, response);
      if (request.method != "GET" && request.method != "HEAD") ++impl_->generation;
    } else {
      response = Refuse(ForCaller(context, result.error()), request.request_id);
      if (wrong_method) {
        response.status = 405;
        response.headers.emplace_back("Allow", found.allowed);
      }
    }
  } catch (const std::exception& exception) {
    Log(LogLevel::kError, "handler_threw",
        {{"path", request.path}, {"what", exception.what()}, {"request_id", request.request_id}});
    result = Fail(ErrorCode::kInternal, "something went wrong inside", "the log has details under the request id");
    response = Refuse(result.error(), request.request_id);
  }
  if (!result && context.emitted && emit) {
    Json line = ToJson(result.error());
    line.Set("request_id", request.request_id);
    emit(Json().Set("error", std::move(line)).Dump());
  }
  if (!result && (result.error().code == ErrorCode::kInternal || result.error().code == ErrorCode::kIo))
    Log(LogLevel::kError, "request_failed",
        {{"path", request.path}, {"message", result.error().message}, {"request_id", request.request_id}});
  std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  impl_->metrics.CountRequest(metric, response.status, spent.count());
  return response;
}

Status AuthorizeImage(const Context& context, Action action, ImageId id) {
  LK_ASSIGN(const catalog::Standing standing, context.library().FindStanding(id));
  Status allowed = Authorize(context.request.caller, action, id, standing);
  const bool by_link = ConcernsOnePicture(action) && ConcernsOnePicture(context.action) && !standing.pending;
  return allowed || !by_link || !ShownByLink(context, id) ? allowed : Status{};
}

Json UserToJson(const Context& context, UserId user) {
  Json out = Json().Set("id", user.value);
  const auto person = context.api.accounts ? context.api.accounts->Find(user) : std::nullopt;
  if (person) out.Set("name", person->name);
  return out;
}

bool MaySee(const Context& context, ImageId id) {
  return AuthorizeImage(context, Action::kSeeImage, id).has_value();
}

Error ForCaller(const Context& context, Error error) {
  const engine::Library* library = context.api.options.library;
  if (context.request.caller.owner() || !library) return error;
  const std::string folder = library->folder().string() + "/";
  for (size_t at = 0; (at = error.message.find(folder, at)) != std::string::npos;)
    error.message.erase(at, folder.size());
  return error;
}

Response JsonResponse(const Json& json) {
  Response response;
  response.headers.emplace_back("Content-Type", "application/json");
  json.DumpTo(&response.body);
  return response;
}

Response NoContent() {
  Response response;
  response.status = 204;
  return response;
}

Result<ImageId> CapturedId(const Context& context, size_t index) {
  return IdFromText(context.captures[index]);
}

Result<ImageId> IdFromText(std::string_view text) {
  uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || value > uint64_t{1} << 59) {
      value = 0;
      break;
    }
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (value == 0) return Fail(ErrorCode::kNotFound, "no such id", "ids are whole numbers from 1");
  return ImageId{value};
}

Result<int64_t> QueryInt(const Request& request, const char* name, int64_t otherwise, int64_t min, int64_t max) {
  auto found = request.query.find(name);
  if (found == request.query.end()) return otherwise;
  const std::string& text = found->second;
  bool digits =
      !text.empty() && text.size() <= 18 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  int64_t value = digits ? std::stoll(text) : -1;
  if (!digits || value < min || value > max)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("?{}: expected a whole number from {} to {}", name, min, max));
  return value;
}

Result<bool> QueryBool(const Request& request, const char* name, bool otherwise) {
  auto found = request.query.find(name);
  if (found == request.query.end()) return otherwise;
  if (found->second == "true" || found->second == "1") return true;
  if (found->second == "false" || found->second == "0") return false;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("?{}: expected true or false", name));
}

Result<Json> JsonBody(const Context& context) {
  if (context.request.body.empty()) return Json::MakeObject();
  LK_ASSIGN(Json body, ParseJson(context.request.body));
  if (!body.is_object()) return Fail(ErrorCode::kInvalidArgument, "/: expected an object");
  return body;
}

std::vector<ImageId> TakeIds(Fields& fields, std::string_view name, size_t count_max) {
  std::vector<ImageId> ids;
  for (int64_t id : fields.Ints(name, 1, count_max)) ids.push_back(ImageId{static_cast<uint64_t>(id)});
  return ids;
}

const Part* FindPart(const Request& request, std::string_view name) {
  for (const Part& part : request.parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

std::string FieldText(const Request& request, std::string_view name) {
  const Part* part = FindPart(request, name);
  return part && !part->is_file ? std::string(AsText(part->bytes)) : std::string();
}

bool MatchesEtag(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  return !etag.empty() && if_none_match.find(etag) != std::string_view::npos;
}

engine::Library::OnProgress EmitProgress(Context& context, std::string event) {
  return [&context, event](const engine::ImportProgress& progress) {
    Json json = ToJson(progress);
    if (!event.empty()) context.api.events.Publish(event, json.Dump());
    context.Emit(Json().Set("progress", std::move(json)));
  };
}

}  // namespace likeness::http
