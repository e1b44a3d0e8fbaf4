// In a program of its own, since a process has one runtime: a small one here.
#include <gtest/gtest.h>

#include <thread>

#include "feature/embedding/encoder.h"
#include "feature/embedding/test_models.h"

namespace likeness::feature {
namespace {

constexpr ClipShape kShape{.side = 64,
                           .patch = 8,
                           .image_width = 256,
                           .image_heads = 4,
                           .vocabulary = 100,
                           .context = 16,
                           .text_width = 32,
                           .text_heads = 2,
                           .layers = 4,
                           .dimension = 32};

TEST(RuntimeLimits, RefuseWhatNeedsTooMuchMemoryAndServeTheRest) {
  auto runtime = ModelRuntime::Open({.threads = 2, .memory_bytes_max = 24u << 20});
  ASSERT_TRUE(runtime) << runtime.error().Text();
  TemporaryModels folder;
  ClipShape large = kShape;
  large.layers = 12;
  large.image_width = 512;
  const auto path = folder.Write("large.onnx", MakeClipImageNetwork(large, Precision::kFloat, 1));
  EXPECT_GT(std::filesystem::file_size(path), 24u << 20);
  auto refused = Network::Open(*runtime, path, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded) << refused.error().Text();

  // It opens, but so many pictures at once do not fit.
  ModelSpec spec;
  spec.name = "clip";
  spec.role = ModelRole::kImage;
  spec.folder = folder.path();
  spec.image.file = "small.onnx";
  spec.image.input = "pixel_values";
  spec.image.pixels.width = spec.image.pixels.height = spec.image.pixels.resize_side = 64;
  spec.image.batch_max = 256;
  spec.embedding = {"image_embeds", 32};
  folder.Write("small.onnx", MakeClipImageNetwork(kShape, Precision::kFloat, 1));
  auto encoder = ImageEncoder::Open(*runtime, spec);
  ASSERT_TRUE(encoder) << encoder.error().Text();
  std::vector<image::Bitmap> pictures(256, image::Bitmap(64, 64, 3));
  auto many = (*encoder)->Encode(pictures);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, ErrorCode::kLimitExceeded) << many.error().Text();

  // Afterwards, and from several threads, a few do.
  pictures.resize(2);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int run = 0; run < 5; ++run) good += (*encoder)->Encode(pictures).has_value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 20);
}

}  // namespace
}  // namespace likeness::feature
