// What words find among real photos, against what a person saw on them.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

#include "feature/embedding/encoder.h"
#include "feature/embedding/test_models.h"
#include "feature/test_photos.h"
#include "image/resize.h"

namespace likeness::feature {
namespace {

constexpr size_t kShown = 10;
constexpr int kPreviewSide = 480;

struct Query {
  std::string words;
  std::set<std::string> relevant;
};

std::vector<Query> ReadQueries() {
  std::ifstream in(LIKENESS_SOURCE_DIR "/src/feature/embedding/retrieval_queries.tsv");
  std::vector<Query> queries;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const size_t tab = line.find('\t');
    Query query{line.substr(0, tab), {}};
    std::istringstream names(line.substr(tab + 1));
    for (std::string name; names >> name;) query.relevant.insert(name);
    queries.push_back(std::move(query));
  }
  return queries;
}

std::vector<image::Bitmap> Previews(const std::vector<std::filesystem::path>& paths) {
  std::vector<image::Bitmap> previews;
  for (const std::filesystem::path& path : paths) {
    const image::Bitmap photo = DecodePhoto(path);
    const image::Size size = image::FitLongestSide({photo.width, photo.height}, kPreviewSide);
    previews.push_back(image::ResizeArea(photo, size.width, size.height));
  }
  return previews;
}

// Mean share of relevant ones among the first ten.
double Precision(const ModelSpec& spec, const std::vector<std::string>& names,
                 const std::vector<image::Bitmap>& previews, const std::vector<Query>& queries) {
  auto runtime = TestRuntime();
  const auto pictures = ImageEncoder::Open(runtime, spec).value();
  const auto words = TextEncoder::Open(runtime, spec).value();
  const std::vector<ImageEmbedding> vectors = pictures->Encode(previews).value();
  double sum = 0;
  for (const Query& query : queries) {
    const Embedding wanted = words->Encode(query.words).value();
    std::vector<float> cosine;
    for (const ImageEmbedding& vector : vectors)
      cosine.push_back(std::inner_product(vector.joint.begin(), vector.joint.end(), wanted.begin(), 0.0f));
    std::vector<size_t> order(vectors.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](size_t a, size_t b) { return cosine[a] > cosine[b]; });
    size_t found = 0;
    for (size_t i = 0; i < kShown; ++i) found += query.relevant.contains(names[order[i]]);
    std::printf("%-16s %2zu of %zu, of %zu in all\n", query.words.c_str(), found, kShown, query.relevant.size());
    sum += double(found) / kShown;
  }
  const double precision = sum / double(queries.size());
  std::printf("%s: precision at %zu %.3f\n", spec.image.file.c_str(), kShown, precision);
  return precision;
}

TEST(Retrieval, WordsFindPhotosThatShowThem) {
  LIKENESS_NEEDS_MODELS();
  LIKENESS_NEEDS_PHOTOS();
  const std::vector<std::filesystem::path> paths = PhotosOf("main", 1);
  std::vector<std::string> names;
  for (const std::filesystem::path& path : paths) names.push_back(path.filename().string());
  const std::vector<Query> queries = ReadQueries();
  ASSERT_GE(queries.size(), 15u);
  for (const Query& query : queries)
    for (const std::string& name : query.relevant)
      EXPECT_TRUE(std::ranges::find(names, name) != names.end()) << name << " is no photo";
  const std::vector<image::Bitmap> previews = Previews(paths);
  ModelSpec things = ConseSpec(), places = things;
  places.image.file = "../squeezenet-places365/image_encoder_scenes.onnx";
  // By chance 0.04. The small model of things knows neither places nor people.
  EXPECT_GE(Precision(things, names, previews, queries), 0.35);
  EXPECT_GE(Precision(places, names, previews, queries), 0.44);
}

}  // namespace
}  // namespace likeness::feature
