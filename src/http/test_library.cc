#include "http/test_library.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>

#include "codec/encode.h"
#include "http/url.h"
#include "sandbox/pool.h"

namespace likeness::http {

Bytes MakePicture(int seed, int width, int height, int quality) {
  image::Bitmap bitmap(width, height, 3);
  uint32_t state = static_cast<uint32_t>(seed) * 2654435761u + 1;
  auto next = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
  struct Disc {
    double x, y, r;
    int colour[3];
  };
  std::vector<Disc> discs(40);
  for (Disc& disc : discs) {
    disc = {next() % 1000 / 1000.0,
            next() % 1000 / 1000.0,
            0.02 + next() % 120 / 1000.0,
            {int(next() % 256), int(next() % 256), int(next() % 256)}};
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double u = double(x) / width, v = double(y) / height;
      int rgb[3] = {int(128 + 100 * std::sin(u * 5 + seed)), int(128 + 100 * std::sin(v * 7 + seed * 2)),
                    int(128 + 100 * std::cos((u + v) * 4 + seed))};
      for (const Disc& disc : discs) {
        if (std::hypot(u - disc.x, v - disc.y) < disc.r) std::copy(disc.colour, disc.colour + 3, rgb);
      }
      for (int c = 0; c < 3; ++c) bitmap.row(y)[x * 3 + c] = static_cast<uint8_t>(rgb[c]);
    }
  }
  return codec::EncodeJpeg(bitmap, quality).value();
}

TestLibrary::TestLibrary(account::Options accounts, net::AddressJudge judge) {
  char name[] = "/tmp/likeness-http-XXXXXX";
  folder_ = mkdtemp(name);
  engine::Analyzer::Options analyzer;
  analyzer.workers = 2;
  analyzer_ = engine::Analyzer::Open(analyzer).value();
  engine::Library::Options library;
  library.folder = folder_ / "data";
  library.analyzer = analyzer_.get();
  library.address_judge = std::move(judge);
  auto opened = engine::Library::Open(library);
  if (!opened) ADD_FAILURE() << opened.error().Text();
  library_ = std::move(opened).value();
  Api::Options options = Api::OptionsFor(analyzer_.get(), library_.get());
  options.accounts = std::move(accounts);
  api_ = std::make_unique<Api>(std::move(options));
}

TestLibrary::~TestLibrary() {
  api_.reset();
  library_.reset();
  analyzer_.reset();
  std::filesystem::remove_all(folder_);
}

Response TestLibrary::Send(const std::string& method, const std::string& target, const std::string& body,
                           const Caller& caller, std::map<std::string, std::string, std::less<>> headers) {
  Request request;
  request.method = method;
  Target parsed = ParseTarget(target, 1 << 20).value();
  request.path = parsed.path;
  request.query = parsed.query;
  request.body = body;
  request.caller = caller;
  request.headers = std::move(headers);
  request.peer = peer;
  request.request_id = "test";
  CancelFlag cancel;
  std::string lines;
  Response response = api_->Handle(
      request,
      [&](std::string_view line) {
        lines.append(line).append("\n");
        return true;
      },
      cancel);
  if (response.text().empty()) response.body = lines;
  return response;
}

Response TestLibrary::Upload(const Bytes& bytes, const std::string& file_name, const std::string& policy) {
  Request request;
  request.method = "POST";
  request.path = "/api/v1/images";
  request.request_id = "test";
  Part file;
  file.name = "file";
  file.file_name = file_name;
  file.is_file = true;
  file.bytes = bytes;
  file.length = bytes.size();
  Part field;
  field.name = "on_duplicate";
  field.bytes.assign(policy.begin(), policy.end());
  request.parts = {field, file};
  CancelFlag cancel;
  return api_->Handle(request, {}, cancel);
}

Json TestLibrary::SendJson(const std::string& method, const std::string& target, const std::string& body,
                           const Caller& caller) {
  Response response = Send(method, target, body, caller);
  EXPECT_EQ(response.status, 200) << target << ": " << response.text();
  return ParseJson(response.text()).value_or(Json());
}

uint64_t TestLibrary::Import(int seed, int width, int height) {
  Response response = Upload(MakePicture(seed, width, height), "picture" + std::to_string(seed) + ".jpg");
  Json json = ParseJson(response.text()).value_or(Json());
  EXPECT_EQ(json["results"][0]["status"].AsString(), "imported") << response.text();
  return static_cast<uint64_t>(json["results"][0]["id"].AsInt());
}

}  // namespace likeness::http

// Workers are this program again.
int main(int argc, char** argv) {
  int status = 0;
  if (likeness::sandbox::RunWorkerIfAsked(argc, argv, &status)) return status;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
