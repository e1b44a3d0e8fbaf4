// Comparisons through Api::Handle: stored images, uploads, files, folders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "codec/encode.h"
#include "feature/test_photos.h"
#include "http/test_library.h"

namespace likeness::http {
namespace {

image::Bitmap Page(int width = 300, int height = 200) {
  image::Bitmap bitmap(width, height, 3);
  std::fill(bitmap.pixels.begin(), bitmap.pixels.end(), 230);
  return bitmap;
}

image::Bitmap Stamped(int value, int width = 300, int height = 200) {
  image::Bitmap bitmap = Page(width, height);
  for (int y = 40; y < 60; ++y)
    for (int x = 100; x < 150; ++x) std::fill_n(bitmap.row(y) + 3 * x, 3, static_cast<uint8_t>(value));
  return bitmap;
}

class CompareTest : public testing::Test {
 protected:
  std::string Save(const std::string& name, const image::Bitmap& bitmap) {
    const std::filesystem::path path = lib.folder() / name;
    std::filesystem::create_directories(path.parent_path());
    const Bytes png = *codec::EncodePng(bitmap);
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(png.data()), std::streamsize(png.size()));
    return path.string();
  }

  Json Local(const std::string& a, const std::string& b, const std::string& difference, bool verdict = false) {
    const std::string body = R"({"a":{"path":")" + a + R"("},"b":{"path":")" + b + R"("},"verdict":)" +
                             (verdict ? "true" : "false") + R"(,"difference":)" + difference + "}";
    return lib.SendJson("POST", "/local/v1/compare", body, kOwner);
  }

  TestLibrary lib;
};

TEST_F(CompareTest, FilesPixelByPixel) {
  const std::string a = Save("a.png", Page()), b = Save("b.png", Stamped(40));
  Json answer = Local(a, b, "{}");
  const Json& difference = answer["difference"];
  EXPECT_FALSE(answer.Has("verdict"));
  EXPECT_TRUE(answer["same_dimensions"].AsBool());
  EXPECT_FALSE(difference["equal"].AsBool());
  EXPECT_EQ(difference["different_pixels"].AsInt(), 1000);
  EXPECT_NEAR(difference["different_percent"].AsDouble(), 100.0 / 60, 1e-5);
  ASSERT_EQ(difference["regions"].items().size(), 1u);
  EXPECT_EQ(difference["regions"][0]["kind"].AsString(), "added");
  EXPECT_EQ(difference["regions"][0]["box"]["x"].AsInt(), 100);
  EXPECT_EQ(difference["sentence"].AsString(), "1.67 % of the pixels differ, in 1 region.");
  EXPECT_TRUE(Local(a, a, "{}")["difference"]["equal"].AsBool());
  EXPECT_EQ(Local(a, b, "{}", true)["verdict"]["kind"].is_string(), true);
}

TEST_F(CompareTest, OptionsDecideWhatCounts) {
  const std::string page = Save("a.png", Page()), pale = Save("b.png", Stamped(220)), dark = Save("c.png", Stamped(40));
  struct Row {
    const std::string& b;
    const char* options;
    int64_t different;
  };
  for (const Row& row : {
           Row{pale, "{}", 1000},
           Row{pale, R"({"ignore":["less"]})", 0},
           Row{pale, R"({"ignore":["less","nothing"]})", 1000},
           Row{pale, R"({"like":"resemble"})", 0},
           Row{pale, R"({"like":"odiff"})", 0},
           Row{pale, R"({"like":"odiff","threshold":0.01})", 1000},
           Row{pale, R"({"threshold":0})", 1000},
           Row{pale, R"({"threshold":1})", 0},
           Row{dark, R"({"like":"pixelmatch"})", 1000},
           Row{dark, R"({"boxes":[{"x":100,"y":40,"width":50,"height":10}]})", 500},
           Row{dark, R"({"boxes":[{"x":-10,"y":-10,"width":5000,"height":5000}]})", 0},
       })
    EXPECT_EQ(Local(page, row.b, row.options)["difference"]["different_pixels"].AsInt(-1), row.different)
        << row.options;
}

TEST_F(CompareTest, RefusesWhatMakesNoSense) {
  const std::string a = Save("a.png", Page());
  for (const char* options :
       {R"({"like":"photoshop"})", R"({"threshold":2})", R"({"threshold":"x"})", R"({"ignore":["sea"]})",
        R"({"like":"resemble","threshold":0.1})", R"({"like":"odiff","ignore":["colours"]})", R"({"boxes":[{"x":1}]})",
        R"({"save":"/tmp/x.png","picture":{"style":"blink"}})", R"({"save":"/tmp/x.gif"})", R"({"boxes":7})",
        R"({"picture":{"style":"cubist"}})", R"({"picture":{"colour":"pink"}})", R"({"tolerance":3})", "[]", "3"}) {
    const std::string body =
        R"({"a":{"path":")" + a + R"("},"b":{"path":")" + a + R"("},"difference":)" + options + "}";
    EXPECT_EQ(lib.Send("POST", "/local/v1/compare", body, kOwner).status, 400) << options;
  }
  // Only the owner names files.
  uint64_t id = lib.Import(1);
  const std::string pair = R"({"a":)" + std::to_string(id) + R"(,"b":)" + std::to_string(id);
  EXPECT_EQ(lib.Send("POST", "/api/v1/compare", pair + R"(,"difference":{"save":"/tmp/x.png"}})").status, 400);
  EXPECT_EQ(lib.Send("POST", "/api/v1/compare", pair + R"(,"difference":{"mask":"/etc/passwd"}})").status, 400);
  EXPECT_EQ(lib.Send("POST", "/api/v1/compare", pair + R"(,"verdict":false})").status, 400);
}

TEST_F(CompareTest, UnequalSizesScaleMaskAndFidelity) {
  const std::string a = Save("a.png", Page(300, 200)), b = Save("b.png", Page(150, 100)),
                    dark = Save("dark.png", Stamped(10));
  Json answer = Local(a, b, "{}");
  EXPECT_FALSE(answer["same_dimensions"].AsBool());
  EXPECT_EQ(answer["difference"]["different_pixels"].AsInt(), 300 * 200 - 150 * 100);
  EXPECT_FALSE(answer["difference"].Has("ssim"));
  answer = Local(a, b, R"({"scale":true,"fidelity":true})");
  EXPECT_TRUE(answer["difference"]["equal"].AsBool());
  EXPECT_NEAR(answer["difference"]["ssim"].AsDouble(), 1, 1e-9);
  image::Bitmap mask(300, 200, 1);
  std::fill(mask.row(40), mask.row(60), 255);
  const std::string mask_path = Save("mask.png", mask);
  answer = Local(a, dark, R"({"mask":")" + mask_path + R"("})");
  EXPECT_TRUE(answer["difference"]["equal"].AsBool());
  EXPECT_EQ(answer["difference"]["ignored_pixels"].AsInt(), 20 * 300);
  const std::string both = R"({"path":")" + b + R"("})";
  EXPECT_EQ(
      lib.Send("POST", "/local/v1/compare",
               R"({"a":)" + both + R"(,"b":)" + both + R"(,"difference":{"mask":")" + mask_path + R"("}})", kOwner)
          .status,
      400);
}

TEST_F(CompareTest, AlignsAPartAndFindsWhatWasPutOnIt) {
  const image::Bitmap whole = feature::TexturedPicture(900, 600, 3, 4);
  image::Bitmap part(500, 400, 3), stamped;
  for (int y = 0; y < part.height; ++y)
    std::copy(whole.row(y + 100) + 200 * 3, whole.row(y + 100) + 700 * 3, part.row(y));
  stamped = part;
  for (int y = 50; y < 90; ++y) std::fill(stamped.row(y) + 300 * 3, stamped.row(y) + 400 * 3, uint8_t{255});
  const std::string a = Save("whole.png", whole), b = Save("part.png", part), c = Save("stamped.png", stamped);
  const Json plain = Local(a, b, R"({"align":true})")["difference"];
  EXPECT_TRUE(plain["equal"].AsBool()) << plain.Dump();
  EXPECT_NEAR(plain["alignment"]["a_shared"].AsDouble(), 500.0 * 400 / (900 * 600), 0.01);
  EXPECT_NEAR(plain["alignment"]["scale"].AsDouble(), 1, 0.002);
  EXPECT_NEAR(plain["alignment"]["b_in_a"][0][0].AsDouble(), 200, 0.3);
  const Json changed = Local(a, c, R"({"align":true})")["difference"];
  EXPECT_FALSE(changed["equal"].AsBool());
  EXPECT_NEAR(changed["bounds"]["x"].AsInt(), 500, 6);
  EXPECT_NEAR(changed["bounds"]["y"].AsInt(), 150, 6);
  EXPECT_NEAR(changed["bounds"]["width"].AsInt(), 100, 12);
  // A stamp that is left out is no difference; boxes are those of the first picture.
  EXPECT_TRUE(
      Local(a, c, R"({"align":true,"boxes":[{"x":490,"y":140,"width":120,"height":60}]})")["difference"]["equal"]
          .AsBool());
  // So is one under a mask of the first picture's size.
  image::Bitmap mask(900, 600, 1);
  for (int y = 140; y < 200; ++y) std::fill(mask.row(y) + 490, mask.row(y) + 610, uint8_t{255});
  const Json masked = Local(a, c, R"({"align":true,"mask":")" + Save("mask.png", mask) + R"("})")["difference"];
  EXPECT_TRUE(masked["equal"].AsBool()) << masked.Dump();
  const Json strangers = Local(a, Save("other.png", feature::TexturedPicture(900, 600, 3, 77)), R"({"align":true})");
  EXPECT_FALSE(strangers["difference"].Has("alignment"));
  EXPECT_EQ(strangers["difference"]["notes"].items().size(), 1u);
}

TEST_F(CompareTest, WritesThePicture) {
  const std::string a = Save("a.png", Page()), b = Save("b.png", Stamped(40)),
                    out = (lib.folder() / "out.png").string();
  const Json answer = Local(a, b, R"({"save":")" + out + R"(","picture":{"style":"only"}})");
  EXPECT_EQ(answer["difference"]["saved"].AsString(), out);
  auto picture = codec::Decode(*ReadFile(out, 1 << 20), {});
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->bitmap.channels, 4);
  EXPECT_EQ(picture->bitmap.row(50)[4 * 120 + 3], 255);
  EXPECT_EQ(picture->bitmap.row(0)[3], 0);
  for (const auto& [name, format] : {std::pair{"out.gif", codec::Format::kGif}, {"OUT.WEBP", codec::Format::kWebp}}) {
    const std::string blink = (lib.folder() / name).string();
    Local(a, b, R"({"save":")" + blink + R"(","picture":{"style":"blink"}})");
    const auto first = codec::Decode(*ReadFile(blink, 1 << 20), {});
    ASSERT_TRUE(first) << name;
    EXPECT_EQ(first->info.format, format);
    EXPECT_EQ(first->info.frames, 2u);
    EXPECT_EQ(first->bitmap.row(50)[first->bitmap.channels * 120], 230) << name;
  }
  const Json blinking = Local(a, b, R"({"picture":{"style":"blink"}})");
  EXPECT_TRUE(blinking["difference"]["picture"].AsString().starts_with("data:image/webp;base64,UklGR"));
  const Json inside = Local(a, b, R"({"picture":{}})");
  EXPECT_TRUE(inside["difference"]["picture"].AsString().starts_with("data:image/png;base64,iVBOR"));
}

TEST_F(CompareTest, StoredImages) {
  const uint64_t first = lib.Import(1), second = lib.Import(2);
  const auto request = [](uint64_t a, uint64_t b, const std::string& rest) {
    return R"({"a":)" + std::to_string(a) + R"(,"b":)" + std::to_string(b) + rest + "}";
  };
  Json answer = lib.SendJson("POST", "/api/v1/compare", request(first, second, R"(,"difference":{})"));
  EXPECT_TRUE(answer.Has("verdict"));
  EXPECT_FALSE(answer["difference"]["equal"].AsBool(true));
  answer = lib.SendJson("POST", "/api/v1/compare", request(first, first, R"(,"difference":{},"verdict":false)"));
  EXPECT_TRUE(answer["difference"]["equal"].AsBool());
  EXPECT_FALSE(answer.Has("verdict"));
  EXPECT_EQ(lib.Send("POST", "/api/v1/compare", request(first, 999, R"(,"difference":{})")).status, 404);
}

TEST_F(CompareTest, UploadedFiles) {
  const auto part = [](const char* name, Bytes bytes) {
    Part out;
    out.name = name;
    out.file_name = std::string(name) + ".png";
    out.is_file = true;
    out.bytes = std::move(bytes);
    out.length = out.bytes.size();
    return out;
  };
  const auto field = [](const char* name, const std::string& text) {
    Part out;
    out.name = name;
    out.bytes.assign(text.begin(), text.end());
    return out;
  };
  const auto send = [&](std::vector<Part> parts) {
    Request request;
    request.method = "POST";
    request.path = "/api/v1/compare";
    request.parts = std::move(parts);
    CancelFlag cancel;
    return lib.api().Handle(request, {}, cancel);
  };
  const Bytes a = *codec::EncodePng(Page()), b = *codec::EncodePng(Stamped(40));
  Response response = send({part("a", a), part("b", b), field("options", R"({"verdict":false,"difference":{}})")});
  ASSERT_EQ(response.status, 200) << response.text();
  EXPECT_EQ((*ParseJson(response.text()))["difference"]["different_pixels"].AsInt(), 1000);
  const uint64_t id = lib.Import(1);
  response = send({part("a", MakePicture(1, 400, 300)), field("b", std::to_string(id))});
  EXPECT_EQ((*ParseJson(response.text()))["verdict"]["kind"].AsString(), "exact") << response.text();
  EXPECT_EQ(send({part("a", a)}).status, 400);
  EXPECT_EQ(send({part("a", a), field("b", "x")}).status, 400);
  response = send({part("a", a), part("b", Bytes{1, 2, 3}), field("options", R"({"verdict":false,"difference":{}})")});
  EXPECT_EQ(response.status, 415) << response.text();
  EXPECT_THAT(std::string(response.text()), testing::HasSubstr("b.png"));
}

TEST_F(CompareTest, Folders) {
  Save("one/same.png", Page());
  Save("two/same.png", Page());
  Save("one/deep/changed.png", Page());
  Save("two/deep/changed.png", Stamped(40));
  Save("one/gone.png", Page());
  Save("two/new.png", Page());
  Save("one/broken.png", Page());
  std::ofstream(lib.folder() / "two/broken.png") << "no picture";
  std::map<std::string, std::string> statuses;
  Json summary;
  Request request;
  request.method = "POST";
  request.path = "/local/v1/compare/folders";
  request.caller = kOwner;
  const std::string report = (lib.folder() / "report.html").string();
  request.body = R"({"a":")" + (lib.folder() / "one").string() + R"(","b":")" + (lib.folder() / "two").string() +
                 R"(","report":")" + report + R"("})";
  CancelFlag cancel;
  const Response response = lib.api().Handle(
      request,
      [&](std::string_view line) {
        const Json json = *ParseJson(line);
        if (json.Has("summary")) summary = json["summary"];
        if (json.Has("pair")) statuses[json["pair"]["name"].AsString()] = json["pair"]["status"].AsString();
        return true;
      },
      cancel);
  EXPECT_EQ(response.status, 200) << response.text();
  EXPECT_EQ(statuses, (std::map<std::string, std::string>{{"same.png", "equal"},
                                                          {"deep/changed.png", "different"},
                                                          {"gone.png", "only_a"},
                                                          {"new.png", "only_b"},
                                                          {"broken.png", "failed"}}));
  EXPECT_EQ(summary["pairs"].AsInt(), 3);
  const Bytes html = *ReadFile(report, 64 << 20);
  EXPECT_THAT(std::string(AsText(html)), testing::HasSubstr("deep/changed.png"));
  EXPECT_THAT(std::string(AsText(html)), testing::Not(testing::HasSubstr("http://")));
}

}  // namespace
}  // namespace likeness::http
