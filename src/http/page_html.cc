#include "http/page_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "engine/tag_words.h"
#include "http/identity.h"
#include "http/page_words.h"
#include "http/routes.h"
#include "http/url.h"

namespace likeness::http {
namespace {

constexpr size_t kShownMax = 60;
constexpr size_t kTagsMax = 300;
constexpr size_t kDescriptionBytesMax = 300;

struct Card {
  int status = 200;
  std::string title = {};  // empty: that of the site
  std::string description = {};
  std::string picture = {};   // path; empty: none
  std::string contents = {};  // HTML
  bool indexed = true;        // by search engines
};

std::string NameOf(const catalog::ImageRow& row) {
  return row.title.empty() ? row.name : row.title;
}

std::string SearchLink(const std::string& expression) {
  return "/search?q=" + PercentEncode(expression);
}

const PageWords& WordsOf(const Context& context) {
  return WordsFor(context.request.header("accept-language"));
}

std::string_view Query(const Request& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string_view{} : std::string_view(found->second);
}

std::string Grid(const std::vector<catalog::ImageRow>& rows) {
  std::string out = "<ul class=\"served-grid\">";
  for (const catalog::ImageRow& row : rows)
    fmt::format_to(
        std::back_inserter(out),
        "<li><a href=\"/photo/{0}\"><img src=\"/i/{0}/thumb\" width=\"{1}\" height=\"{2}\" alt=\"{3}\"{4}></a>"
        "</li>",
        row.id.value, row.width, row.height, EscapeHtml(NameOf(row)),
        &row - rows.data() < 12 ? "" : " loading=\"lazy\"");
  return out + "</ul>";
}

Result<Card> DescribeList(const Context& context, const std::string& expression, const std::string& heading) {
  engine::FindOptions options{.expression = expression, .audience = AudienceOf(context.request.caller)};
  options.count = kShownMax;
  const auto found = context.library().Find(options);
  Card card;
  card.title = heading;
  if (!found) {  // the page shows what is wrong with the expression
    card.indexed = false;
    return card;
  }
  card.description = WordsOf(context).photos(found->total);
  if (!found->images.empty()) card.picture = fmt::format("/i/{}/preview", found->images.front().id.value);
  card.contents = fmt::format("<h1>{}</h1><p>{}</p>{}", EscapeHtml(heading), card.description, Grid(found->images));
  return card;
}

Result<Card> DescribeNewest(const Context& context) {
  catalog::ListOptions options;
  options.audience = AudienceOf(context.request.caller);
  options.limit = kShownMax;
  LK_ASSIGN(const std::vector<catalog::ImageRow> rows, context.library().ListImages(options));
  Card card;
  card.description = WordsOf(context).newest;
  if (!rows.empty()) card.picture = fmt::format("/i/{}/preview", rows.front().id.value);
  card.contents = Grid(rows);
  return card;
}

Card Missing(const Context& context) {
  return {.status = 404, .title = std::string(WordsOf(context).not_found), .indexed = false};
}

Result<Card> DescribePhoto(const Context& context, ImageId id) {
  if (!MaySee(context, id)) return Missing(context);
  LK_ASSIGN(const catalog::ImageRow row, context.library().GetImage(id));
  Card card;
  card.title = NameOf(row);
  card.indexed = row.visibility == catalog::Visibility::kPublic;
  const std::string author = engine::AuthorOf(row);
  std::string tags;
  for (const std::string& tag : row.tags) tags += (tags.empty() ? "" : ", ") + tag;
  std::string words = row.description.empty() ? tags : row.description;
  card.description =
      CleanText(words.empty() ? fmt::format("{} × {}", row.width, row.height) : words, kDescriptionBytesMax);
  card.picture = fmt::format("/i/{}/preview", id.value);
  std::string& out = card.contents;
  auto to = std::back_inserter(out);
  fmt::format_to(to,
                 "<h1>{}</h1><figure><a href=\"/i/{}/original\"><img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\">"
                 "</a>",
                 EscapeHtml(card.title), id.value, card.picture, row.width, row.height, EscapeHtml(card.title));
  if (!row.description.empty()) fmt::format_to(to, "<figcaption>{}</figcaption>", EscapeHtml(row.description));
  out += "</figure><ul>";
  if (!author.empty()) fmt::format_to(to, "<li>{}</li>", EscapeHtml(author));
  fmt::format_to(to, "<li>{} × {}</li>", row.width, row.height);
  for (const std::string& tag : row.tags)
    fmt::format_to(to, "<li><a href=\"{}\">{}</a></li>", EscapeHtml(SearchLink(engine::TagExpression(tag))),
                   EscapeHtml(tag));
  out += "</ul>";
  return card;
}

Result<Card> DescribeTags(const Context& context) {
  Card card;
  card.title = WordsOf(context).tags;
  card.contents = fmt::format("<h1>{}</h1><ul>", card.title);
  LK_ASSIGN(const auto tags, context.library().CountTags(kTagsMax, AudienceOf(context.request.caller)));
  for (const catalog::TagCount& tag : tags)
    fmt::format_to(std::back_inserter(card.contents), "<li><a href=\"{}\">{} ({})</a></li>",
                   EscapeHtml(SearchLink(engine::TagExpression(tag.tag))), EscapeHtml(tag.tag), tag.count);
  card.contents += "</ul>";
  return card;
}

Result<Card> DescribeAlbum(const Context& context, AlbumId id) {
  const Result<catalog::AlbumRow> album = AlbumFor(context, id, false);
  if (!album) return Missing(context);
  const auto found =
      context.library().ListAlbumImages(*album, AudienceOf(context.request.caller), std::nullopt, kShownMax);
  Card card;
  card.title = album->name;
  card.description = CleanText(album->description, kDescriptionBytesMax);
  card.indexed = album->visibility == catalog::Visibility::kPublic;
  if (!found) return card;
  if (!found->images.empty()) card.picture = fmt::format("/i/{}/preview", found->images.front().id.value);
  card.contents =
      fmt::format("<h1>{}</h1><p>{}</p>{}", EscapeHtml(card.title), EscapeHtml(card.description), Grid(found->images));
  return card;
}

// What the address shows. Addresses that show nothing of the library have the site's own card.
Result<Card> Describe(const Context& context) {
  const Request& request = context.request;
  if (!context.api.options.library || !Authorize(request.caller, Action::kList)) return Card{.indexed = false};
  const std::string_view path = request.path;
  if (path == "/") {
    const std::string tag(Query(request, "tag"));
    return tag.empty() ? DescribeNewest(context) : DescribeList(context, engine::TagExpression(tag), tag);
  }
  if (path == "/search" && !Query(request, "q").empty()) {
    const std::string expression(Query(request, "q"));
    return DescribeList(context, expression, expression);
  }
  if (path == "/tags") return DescribeTags(context);
  for (const std::string_view kind : {"/photo/", "/albums/"}) {
    if (!path.starts_with(kind)) continue;
    const Result<ImageId> id = IdFromText(path.substr(kind.size()));
    if (!id) return Missing(context);
    return kind == "/albums/" ? DescribeAlbum(context, AlbumId{id->value}) : DescribePhoto(context, *id);
  }
  // What stands behind a share link, and pages of people, are nothing for search engines.
  constexpr std::string_view kOpen[] = {"/help",  "/about",   "/stats",   "/find",
                                        "/lucky", "/compare", "/similar", "/albums"};
  const bool open = std::ranges::any_of(kOpen, [&](std::string_view each) { return path.starts_with(each); });
  return Card{.indexed = open};
}

std::string SiteName(const Context& context) {
  const std::string name = context.api.accounts ? context.api.accounts->settings().site_name : std::string();
  return name.empty() ? "Likeness" : name;
}

// Where this site is for others.
std::string Origin(const Context& context) {
  const std::string site_url = context.api.accounts ? context.api.accounts->options().site_url : std::string();
  return fmt::format("{}://{}", IsSecure(context.request, site_url) ? "https" : "http", context.request.header("host"));
}

std::string Head(const Context& context, const Card& card) {
  const std::string site = SiteName(context);
  const std::string title =
      EscapeHtml(card.title.empty() ? site : fmt::format("{} – {}", CleanText(card.title, 200), site));
  std::string out = fmt::format(
      "<title>{0}</title><meta property=\"og:title\" content=\"{0}\">"
      "<meta property=\"og:site_name\" content=\"{1}\">"
      "<meta property=\"og:type\" content=\"website\">",
      title, EscapeHtml(site));
  auto to = std::back_inserter(out);
  if (!card.description.empty())
    fmt::format_to(to, "<meta name=\"description\" content=\"{0}\"><meta property=\"og:description\" content=\"{0}\">",
                   EscapeHtml(card.description));
  if (!card.picture.empty() && !context.request.header("host").empty())
    fmt::format_to(to,
                   "<meta property=\"og:image\" content=\"{}\"><meta name=\"twitter:card\" "
                   "content=\"summary_large_image\">",
                   EscapeHtml(Origin(context) + card.picture));
  if (!card.indexed) out += "<meta name=\"robots\" content=\"noindex\">";
  return out;
}

// The only other hosts that a page may ask: those of the captcha, where the site has one.
std::string PolicyFor(const Context& context) {
  const account::Service* service = context.api.accounts.get();
  if (!service || !service->options().captcha) return PagePolicy();
  if (service->options().captcha->kind == "recaptcha")
    return PagePolicy("https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
                      "https://www.google.com/recaptcha/");
  return PagePolicy("https://challenges.cloudflare.com", "https://challenges.cloudflare.com");
}

// `page` with everything from `from` to the end of `to` replaced.
void Replace(std::string& page, std::string_view from, std::string_view to, std::string_view with) {
  const size_t begin = page.find(from);
  if (begin == std::string::npos) return;
  const size_t end = page.find(to, begin);
  if (end == std::string::npos) return;
  page.replace(begin, end + to.size() - begin, with);
}

}  // namespace

Result<Response> ServePage(Context& context) {
  LK_ASSIGN(Response response, context.api.page.Serve(context.request));
  LK_ASSIGN(const Card card, Describe(context));
  std::string page(context.api.page.index());
  const PageWords& words = WordsOf(context);
  Replace(page, "<html", ">", fmt::format("<html lang=\"{}\">", words.language));
  Replace(page, "<noscript>", "</noscript>", fmt::format("<noscript>{}</noscript>", words.needs_script));
  Replace(page, "<title>", "</title>", Head(context, card));
  Replace(page, "<div id=\"root\">", "</div>",
          fmt::format("<div id=\"root\"><main class=\"served\">{}</main></div>", card.contents));
  response.status = card.status;
  for (auto& [name, value] : response.headers)
    if (name == "Content-Security-Policy") value = PolicyFor(context);
  response.shared_body = nullptr;
  response.body = std::move(page);
  std::erase_if(response.headers, [](const auto& header) {
    return header.first == "ETag" || header.first == "Content-Encoding" || header.first == "Vary";
  });
  return response;
}

}  // namespace likeness::http
