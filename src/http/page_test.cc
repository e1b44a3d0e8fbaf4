// The page's HTML as it leaves the server, and answers that are kept until something changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <set>

#include "http/test_library.h"
#include "http/url.h"

namespace likeness::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Page : public ::testing::Test {
 protected:
  Page() {
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ / "index.html") << "<!doctype html><html><head><title>Likeness</title></head>"
                                             "<body><div id=\"root\"></div></body></html>";
    Api::Options options;
    options.analyzer = &lib_.analyzer();
    options.library = &lib_.library();
    options.page_folder = folder_;
    api_ = std::make_unique<Api>(options);
  }

  Response Get(const std::string& target, const Caller& caller = {},
               std::map<std::string, std::string, std::less<>> headers = {}) {
    Request request;
    const Target parsed = ParseTarget(target, 4096).value();
    request.path = parsed.path;
    request.query = parsed.query;
    request.caller = caller;
    request.headers = std::move(headers);
    request.headers["host"] = "photos.example";
    return api_->Handle(request, {}, CancelFlag());
  }
  std::string Text(const std::string& target, const Caller& caller = {}) {
    return std::string(Get(target, caller).text());
  }
  ImageId Add(int seed, const std::string& name, catalog::Visibility visibility = catalog::Visibility::kPublic) {
    engine::ImportOptions options;
    options.standing.visibility = visibility;
    options.standing.owner = UserId{1};
    return lib_.library().ImportBytes(MakePicture(seed, 400, 300), name, "", options).id;
  }

  TestLibrary lib_;
  const std::filesystem::path folder_ = lib_.folder() / "page";
  std::unique_ptr<Api> api_;
};

TEST_F(Page, SpeaksTheLanguageThatIsAskedFor) {
  Add(1, "pier.jpg");
  struct Row {
    const char *accepted, *language;
  };
  for (const Row& row : {Row{"", "en"},
                         {"ru", "ru"},
                         {"ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"},
                         {"en-GB,ru;q=0.5", "en"},
                         {"de, ru;q=0.2, en;q=0.4", "en"},
                         {"fr-CH, *;q=0.5", "en"},
                         {"ru;q=0", "en"},
                         {"rum,RU-ru ; q=0.3", "ru"},
                         {";;,,q=1,ru;q=x", "en"}}) {
    const Response page = Get("/search?q=-nothing", {}, {{"accept-language", row.accepted}});
    EXPECT_THAT(page.text(), HasSubstr(std::string("<html lang=\"") + row.language)) << row.accepted;
    EXPECT_THAT(page.text(), HasSubstr(*row.language == 'r' ? "1 фото" : "1 photo"));
    EXPECT_THAT(*page.header("Vary"), HasSubstr("Accept-Language"));
  }
}

TEST_F(Page, APhotosAddressHasItsTitleCardAndTags) {
  const ImageId id = Add(1, "pier.jpg");
  ASSERT_TRUE(lib_.library().EditImages(
      {id}, {.title = "The <pier>", .description = "\"Winter\" & sea", .tags_add = {"sea side", "a,b"}}, {}));
  const std::string text = Text("/photo/" + std::to_string(id.value));
  EXPECT_THAT(text, HasSubstr("<title>The &lt;pier&gt; – Likeness</title>"));
  EXPECT_THAT(text, HasSubstr("og:image\" content=\"http://photos.example/i/" + std::to_string(id.value) + "/preview"));
  EXPECT_THAT(text, HasSubstr("content=\"&quot;Winter&quot; &amp; sea\""));
  EXPECT_THAT(text, HasSubstr("/search?q=sea%20side"));
  EXPECT_THAT(text, HasSubstr("/search?q=%22a%2Cb%22"));
  EXPECT_THAT(text, Not(HasSubstr("<pier>")));
}

TEST_F(Page, TheFirstPicturesOfAListAreInIt) {
  const ImageId id = Add(1, "pier.jpg");
  EXPECT_THAT(Text("/"), HasSubstr("<a href=\"/photo/" + std::to_string(id.value) + "\">"));
  EXPECT_THAT(Text("/search?q=format%3Ajpeg"), HasSubstr("1 photo<"));
  EXPECT_THAT(Text("/search?q=format%3Ajpeg"), HasSubstr("<title>format:jpeg – Likeness"));
  EXPECT_EQ(Get("/search?q=%28%28").status, 200) << "the page tells what is wrong";
  EXPECT_EQ(Get("/photo/4711").status, 404);
  EXPECT_THAT(Text("/photo/4711"), HasSubstr("noindex"));
}

TEST_F(Page, WhatIsKeptFromTheVisitorIsInNoPage) {
  const ImageId shown = Add(1, "shown.jpg"), kept = Add(2, "kept.jpg", catalog::Visibility::kPrivate);
  Caller visitor;
  visitor.accounts = true;
  EXPECT_THAT(Text("/", visitor), HasSubstr("shown.jpg"));
  EXPECT_THAT(Text("/", visitor), Not(HasSubstr("kept.jpg")));
  EXPECT_EQ(Get("/photo/" + std::to_string(kept.value), visitor).status, 404);
  EXPECT_THAT(Text("/photo/" + std::to_string(kept.value), visitor), Not(HasSubstr("kept.jpg")));
  visitor.visitors_look = false;
  EXPECT_THAT(Text("/", visitor), Not(HasSubstr("shown.jpg")));
  EXPECT_THAT(Text("/photo/" + std::to_string(shown.value), visitor), Not(HasSubstr("shown.jpg")));
}

TEST_F(Page, OnlyACaptchasHostsAreAskedBesideOurOwn) {
  EXPECT_THAT(*Get("/").header("Content-Security-Policy"), Not(HasSubstr("https:")));
  for (const auto& [kind, host] : {std::pair{"recaptcha", "https://www.google.com/recaptcha/"},
                                   {"turnstile", "https://challenges.cloudflare.com"}}) {
    api_.reset();
    Api::Options options = Api::OptionsFor(&lib_.analyzer(), &lib_.library());
    options.page_folder = folder_;
    options.accounts.captcha =
        account::Captcha{.kind = kind, .site_key = "k", .secret = "s", .hostname = {}, .verify_url = {}};
    api_ = std::make_unique<Api>(options);
    const std::string policy = *Get("/login").header("Content-Security-Policy");
    EXPECT_THAT(policy, HasSubstr(std::string("'wasm-unsafe-eval' ") + host));
    EXPECT_THAT(policy, HasSubstr(std::string("frame-src ") + host));
  }
}

TEST_F(Page, AnAnswerIsKeptUntilSomethingChanges) {
  Add(1, "one.jpg");
  const Response first = Get("/api/v1/images"), second = Get("/api/v1/images");
  EXPECT_EQ(first.text(), second.text());
  EXPECT_EQ(first.shared_body, second.shared_body) << "not made again";
  const std::string etag = *first.header("ETag");
  EXPECT_EQ(Get("/api/v1/images", {}, {{"if-none-match", etag}}).status, 304);
  Caller other;
  other.accounts = true;
  EXPECT_NE(Get("/api/v1/images", other).shared_body, first.shared_body) << "nobody is given another's answer";
  Add(2, "two.jpg");
  EXPECT_THAT(Text("/api/v1/images"), HasSubstr("two.jpg"));
  EXPECT_EQ(Get("/api/v1/images", {}, {{"if-none-match", etag}}).status, 200);
}

TEST_F(Page, CountsAreAnsweredAtOnceAndMadeAnewBehind) {
  const auto images = [&] { return (*ParseJson(Text("/api/v1/stats")))["gallery"]["images"].AsInt(); };
  Add(1, "one.jpg");
  EXPECT_EQ(images(), 1);
  Add(2, "two.jpg");
  EXPECT_EQ(images(), 1) << "what was counted before, not waited for";
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (images() != 2 && std::chrono::steady_clock::now() < until) continue;
  EXPECT_EQ(images(), 2);
}

TEST_F(Page, TextsAreCompressedAsTheClientTakesThem) {
  for (int i = 1; i <= 6; ++i) Add(i, "a-picture-with-a-name-" + std::to_string(i) + ".jpg");
  const auto coding = [&](const std::string& accepted) {
    const Response response = Get("/api/v1/images", {}, {{"accept-encoding", accepted}});
    const std::string* header = response.header("Content-Encoding");
    return header ? *header : std::string();
  };
  EXPECT_EQ(coding("gzip, deflate, br"), "br");
  EXPECT_EQ(coding("gzip"), "gzip");
  EXPECT_EQ(coding("br;q=0, gzip"), "gzip");
  EXPECT_EQ(coding("identity"), "");
  std::set<std::string> tags;
  for (const char* accepted : {"br", "gzip", "identity"})
    tags.insert(*Get("/api/v1/images", {}, {{"accept-encoding", accepted}}).header("ETag"));
  EXPECT_EQ(tags.size(), 3u) << "other bytes have another tag";
}

}  // namespace
}  // namespace likeness::http
