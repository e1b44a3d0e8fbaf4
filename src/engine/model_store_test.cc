#include "engine/model_store.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "base/files.h"
#include "engine/model_set.h"
#include "engine/test_http_server.h"
#include "feature/embedding/test_models.h"
#include "net/download.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;
using feature::ModelRole;
using testing::TestHttpServer;

Bytes Noise(size_t size) {
  Bytes out(size);
  uint32_t state = 1;
  for (uint8_t& byte : out) byte = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  return out;
}

std::string Sum(ByteView bytes) {
  return ToHex(ComputeSha256(bytes));
}

class ModelStoreTest : public ::testing::Test {
 protected:
  ModelStore store() const { return ModelStore(folder.path() / "models"); }
  Result<ModelStore::PullReport> Pull(const ModelStore::PullOptions& options) {
    return store().Pull(options, cancel, {});
  }

  // A manifest of scenes with two files, one of them of `bytes` at the server.
  std::string WriteManifest(const std::string& url, const std::string& sha256) {
    std::string sum = sha256.empty() ? "" : fmt::format(R"(, "sha256": "{}")", sha256);
    std::string text = fmt::format(
        R"({{"manifest": 1, "name": "served", "title": "T", "role": "scenes", "licence": "L",
             "files": [{{"path": "n.onnx", "url": "{}"{}}}],
             "image": {{"file": "n.onnx", "input": "x"}}, "scenes": {{"output": "y", "labels": "n.onnx"}}}})",
        url, sum);
    return folder.Write("served.json", AsBytes(text)).string();
  }

  feature::TemporaryModels folder;
  CancelFlag cancel;
};

TEST_F(ModelStoreTest, PullsFromAMirrorAndOpens) {
  LIKENESS_NEEDS_MODELS();
  for (const char* name : {"text-image-conse", "squeezenet-places365", "yolox-nano-coco"}) {
    auto report = Pull({.model = name, .from = feature::SharedModels(), .sha256 = {}});
    ASSERT_TRUE(report) << report.error().Text();
    EXPECT_FALSE(report->already);
    EXPECT_TRUE(report->in_use);
    EXPECT_TRUE(report->trusted_now.empty());
    EXPECT_TRUE(store().Verify(name, cancel)->empty());
  }
  // The scenes' one of the same role is there, but not used by itself.
  auto second = Pull({.model = "text-image-conse-scenes", .from = feature::SharedModels(), .sha256 = {}});
  ASSERT_TRUE(second) << second.error().Text();
  EXPECT_FALSE(second->in_use);
  EXPECT_TRUE(Pull({.model = "text-image-conse", .from = feature::SharedModels(), .sha256 = {}})->already);
  EXPECT_FALSE(fs::exists(folder.path() / "models/.incoming/text-image-conse"));

  auto set = ModelSet::Open(store(), feature::TestRuntime(), cancel);
  ASSERT_TRUE(set->faults().empty()) << set->faults()[0].error.Text();
  ASSERT_TRUE(set->image_text() && set->text() && set->scenes() && set->objects());
  EXPECT_EQ(set->image(), nullptr);
  EXPECT_EQ(set->Find(ModelRole::kImageText)->model, "text-image-conse");
  EXPECT_TRUE(set->text()->Encode("a dog on the beach"));

  ASSERT_TRUE(store().Use("text-image-conse-scenes"));
  auto other = ModelSet::Open(store(), feature::TestRuntime(), cancel);
  EXPECT_EQ(other->Find(ModelRole::kImageText)->model, "text-image-conse-scenes");
  EXPECT_NE(other->Find(ModelRole::kImageText)->fingerprint, set->Find(ModelRole::kImageText)->fingerprint);

  // Tampered: told, the rest works.
  const fs::path labels = folder.path() / "models/yolox-nano-coco/coco80.txt";
  Bytes bytes = *ReadFile(labels, 1 << 20);
  bytes[0] ^= 1;
  ASSERT_TRUE(WriteFileAtomically(labels, bytes));
  EXPECT_EQ(store().Verify("yolox-nano-coco", cancel)->size(), 1u);
  auto damaged = ModelSet::Open(store(), feature::TestRuntime(), cancel);
  ASSERT_EQ(damaged->faults().size(), 1u);
  EXPECT_EQ(damaged->faults()[0].error.code, ErrorCode::kCorruption);
  EXPECT_EQ(damaged->objects(), nullptr);
  EXPECT_NE(damaged->scenes(), nullptr);
  // Pulled again it is whole.
  ASSERT_TRUE(Pull({.model = "yolox-nano-coco", .from = feature::SharedModels(), .sha256 = {}}));
  EXPECT_TRUE(store().Verify("yolox-nano-coco", cancel)->empty());

  ASSERT_TRUE(store().Remove("text-image-conse-scenes"));
  EXPECT_FALSE(store().InUse()->contains(ModelRole::kImageText));
  EXPECT_FALSE(store().Remove("text-image-conse-scenes"));
  auto entries = store().List();
  ASSERT_TRUE(entries);
  for (const ModelStore::Entry& entry : *entries)
    EXPECT_EQ(entry.in_use, entry.manifest.name == "squeezenet-places365" || entry.manifest.name == "yolox-nano-coco");
}

TEST_F(ModelStoreTest, RefusesAMirrorWithOtherFiles) {
  folder.Write("text.txt", AsBytes("x"));
  fs::create_directories(folder.path() / "mirror/yolox-nano-coco");
  EXPECT_EQ(Pull({.model = "yolox-nano-coco", .from = folder.path() / "mirror", .sha256 = {}}).error().code,
            ErrorCode::kNotFound);
  for (const char* name : {"yolox_nano.onnx", "coco80.txt"})
    folder.Write(std::string("mirror/yolox-nano-coco/") + name, AsBytes("not it"));
  auto report = Pull({.model = "yolox-nano-coco", .from = folder.path() / "mirror", .sha256 = {}});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kCorruption) << report.error().Text();
  EXPECT_TRUE(store().InUse()->empty());
  EXPECT_FALSE(store().GetInstalled("yolox-nano-coco"));
}

TEST_F(ModelStoreTest, KnowsTheChecksumOfAMirrorFromThenOn) {
  fs::create_directories(folder.path() / "mirror/served");
  folder.Write("mirror/served/n.onnx", AsBytes("a\nb\n"));
  auto report =
      Pull({.model = WriteManifest("https://example.org/n", ""), .from = folder.path() / "mirror", .sha256 = {}});
  ASSERT_TRUE(report) << report.error().Text();
  EXPECT_EQ(report->trusted_now, std::vector<std::string>{"n.onnx"});
  EXPECT_EQ(store().GetInstalled("served")->files[0].sha256, Sum(AsBytes("a\nb\n")));
  ASSERT_TRUE(WriteFileAtomically(folder.path() / "models/served/n.onnx", AsBytes("a\nc\n")));
  EXPECT_EQ(store().Verify("served", cancel)->size(), 1u);
  // It is no network: an error, not a crash.
  EXPECT_EQ(TryModel(store(), "served", feature::TestRuntime()).error().code, ErrorCode::kCorruption);
}

TEST_F(ModelStoreTest, RefusesADownloadThatCannotBeChecked) {
  TestHttpServer server;
  server.Put("n", Noise(10));
  const std::string manifest = WriteManifest(server.Url("n"), "");
  EXPECT_EQ(Pull({.model = manifest, .from = {}, .sha256 = {}}).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(server.ranges_asked().empty()) << "nothing was asked for";
  EXPECT_EQ(Pull({.model = manifest, .from = {}, .sha256 = {{"other", Sum(Noise(10))}}}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Pull({.model = manifest, .from = {}, .sha256 = {{"n.onnx", "123"}}}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(Pull({.model = manifest, .from = {}, .sha256 = {{"n.onnx", Sum(Noise(10))}}}));
  EXPECT_EQ(Pull({.model = "text-image-conse", .from = {}, .sha256 = {}}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Pull({.model = "no-such-model", .from = {}, .sha256 = {}}).error().code, ErrorCode::kNotFound);
}

TEST_F(ModelStoreTest, GoesOnWhereADownloadBrokeOff) {
  TestHttpServer server;
  const Bytes bytes = Noise(3'000'000);
  server.Put("n", bytes);
  const ModelStore::PullOptions options{.model = WriteManifest(server.Url("n"), Sum(bytes)), .from = {}, .sha256 = {}};
  server.BreakAfter(1'000'000);
  auto broken = Pull(options);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kUnavailable) << broken.error().Text();
  EXPECT_EQ(fs::file_size(folder.path() / "models/.incoming/served/n.onnx.part"), 1'000'000u);
  ASSERT_TRUE(Pull(options)) << "the second goes on";
  EXPECT_FALSE(fs::exists(folder.path() / "models/.incoming/served"));
  EXPECT_EQ(server.ranges_asked(), (std::vector<std::string>{"", "bytes=1000000-"}));
  EXPECT_EQ(*ReadFile(folder.path() / "models/served/n.onnx", 1 << 23), bytes);
}

TEST_F(ModelStoreTest, BeginsAnewWhereTheServerCannotGoOn) {
  TestHttpServer server;
  const Bytes bytes = Noise(300'000);
  server.Put("n", bytes);
  server.set_ranges(false);
  const ModelStore::PullOptions options{.model = WriteManifest(server.Url("n"), Sum(bytes)), .from = {}, .sha256 = {}};
  server.BreakAfter(100'000);
  ASSERT_FALSE(Pull(options));
  ASSERT_TRUE(Pull(options));
  EXPECT_EQ(*ReadFile(folder.path() / "models/served/n.onnx", 1 << 23), bytes);
}

TEST_F(ModelStoreTest, DropsWhatIsNotTheWantedFile) {
  TestHttpServer server;
  const Bytes bytes = Noise(300'000);
  Bytes other = bytes;
  other[1] ^= 1;
  server.Put("n", other);
  const ModelStore::PullOptions options{.model = WriteManifest(server.Url("n"), Sum(bytes)), .from = {}, .sha256 = {}};
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Pull(options).error().code, ErrorCode::kCorruption);
  EXPECT_FALSE(store().GetInstalled("served"));
  server.Put("n", bytes);
  // A longer rest of something else: the server has no such range.
  fs::create_directories(folder.path() / "models/.incoming/served");
  folder.Write("models/.incoming/served/n.onnx.part", Noise(400'000));
  auto report = Pull(options);
  ASSERT_TRUE(report) << report.error().Text();
}

TEST_F(ModelStoreTest, SaysWhatTheServerSays) {
  TestHttpServer server;
  const std::string sum = Sum(Noise(10));
  EXPECT_EQ(Pull({.model = WriteManifest(server.Url("absent"), sum), .from = {}, .sha256 = {}}).error().code,
            ErrorCode::kNotFound);
  server.set_redirect("http://127.0.0.1:1/x");
  EXPECT_EQ(Pull({.model = WriteManifest(server.Url("n"), sum), .from = {}, .sha256 = {}}).error().code,
            ErrorCode::kUnavailable)
      << "redirects go to https only";
  server.set_redirect("file:///etc/passwd");
  EXPECT_FALSE(Pull({.model = WriteManifest(server.Url("n"), sum), .from = {}, .sha256 = {}}));
  // Nobody listens.
  EXPECT_EQ(Pull({.model = WriteManifest("http://127.0.0.1:1/n", sum), .from = {}, .sha256 = {}}).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(net::Download("ftp://example.org/x", folder.path() / "x", {.bytes_max = 1, .on_progress = {}}, cancel)
                .error()
                .code,
            ErrorCode::kInvalidArgument);
  cancel.Cancel();
  server.set_redirect("");
  server.Put("n", Noise(1'000'000));
  EXPECT_EQ(net::Download(server.Url("n"), folder.path() / "x", {.bytes_max = 2'000'000, .on_progress = {}}, cancel)
                .error()
                .code,
            ErrorCode::kCancelled);
}

TEST_F(ModelStoreTest, RefusesMoreBytesThanTheManifestSays) {
  TestHttpServer server;
  server.Put("n", Noise(300'000));
  auto status = net::Download(server.Url("n"), folder.path() / "x", {.bytes_max = 1000, .on_progress = {}}, cancel);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kLimitExceeded);
}

TEST_F(ModelStoreTest, ToleratesStrangeThingsInItsFolder) {
  fs::create_directories(folder.path() / "models/strange");
  folder.Write("models/strange/model.json", AsBytes("{}"));
  folder.Write("models/active.json", AsBytes(R"({"scenes": "gone", "future": "x", "objects": 7})"));
  auto entries = store().List();
  ASSERT_TRUE(entries) << entries.error().Text();
  EXPECT_TRUE(entries->back().error.has_value());
  EXPECT_EQ(entries->back().manifest.name, "strange");
  EXPECT_FALSE(store().Use("strange"));
  EXPECT_FALSE(store().Use("../models"));
  EXPECT_TRUE(store().Remove("strange"));
  auto set = ModelSet::Open(store(), feature::TestRuntime(), cancel);
  ASSERT_EQ(set->faults().size(), 1u);
  EXPECT_EQ(set->faults()[0].model, "gone");
  folder.Write("models/active.json", AsBytes("nonsense"));
  EXPECT_EQ(store().InUse().error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace likeness::engine
