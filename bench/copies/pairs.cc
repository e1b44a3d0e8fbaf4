#include "copies/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <opencv2/imgproc.hpp>

#include "copies/systems.h"
#include "dedupe/verdict.h"

namespace likeness::bench {
namespace {

using cv::Mat;

constexpr double kAlikePercent = 70;

// Smooth blobs with soft rims that cover about 40 % of the frame: 0 is far, 1 is near.
Mat NearLayer(cv::Size size, cv::RNG& random) {
  Mat coarse(8, 12, CV_32F), mask;
  random.fill(coarse, cv::RNG::UNIFORM, -1.2, 0.8);
  cv::resize(coarse, mask, size, 0, 0, cv::INTER_CUBIC);
  mask = mask * 8;
  mask = cv::min(cv::max(mask, -1.0), 1.0) * 0.5 + 0.5;
  return mask;
}

// The photo as a second camera sees it: each layer moved by its own amount.
Mat SecondView(const Mat& photo, double share, cv::RNG& random) {
  Mat near = NearLayer(photo.size(), random), map_x(photo.size(), CV_32F), map_y(photo.size(), CV_32F), out;
  double turn = random.uniform(0.0, 6.28), shift = share * photo.cols;
  double far_x = random.uniform(-0.5, 0.5) * shift, far_y = random.uniform(-0.5, 0.5) * shift;
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      double depth = double(near.at<float>(y, x));
      map_x.at<float>(y, x) = float(x + far_x + depth * shift * std::cos(turn));
      map_y.at<float>(y, x) = float(y + far_y + depth * shift * std::sin(turn));
    }
  }
  cv::remap(photo, out, map_x, map_y, cv::INTER_LINEAR, cv::BORDER_REFLECT);
  return out;
}

// A piece of `share` of the area stands elsewhere.
Mat Moved(const Mat& photo, double share, cv::RNG& random) {
  Mat out = photo.clone();
  if (share == 0) return out;
  cv::Size size(int(photo.cols * std::sqrt(share)), int(photo.rows * std::sqrt(share)));
  auto place = [&] {
    return cv::Rect(random.uniform(0, photo.cols - size.width + 1), random.uniform(0, photo.rows - size.height + 1),
                    size.width, size.height);
  };
  cv::Rect from = place(), to = place();
  photo(from).copyTo(out(to));
  return out;
}

Mat Exposed(const Mat& photo, cv::RNG& random) {
  Mat noise(photo.size(), CV_16SC3), wide, out;
  random.fill(noise, cv::RNG::NORMAL, 0, 4);
  photo.convertTo(wide, CV_16SC3, random.uniform(0.93, 1.07), random.uniform(-5.0, 5.0));
  wide += noise;
  wide.convertTo(out, CV_8UC3);
  return out;
}

}  // namespace

void DistinctPairs(const std::vector<Photo>& photos, unsigned threads) {
  std::vector<Picture> pictures(photos.size());
  Parallel(photos.size(), threads, [&](size_t i) { pictures[i] = Analyse(photos[i].pixels, true); });
  std::mutex mutex;
  std::map<std::string, size_t> kinds;
  std::vector<std::string> named;
  double least_log10 = 0;
  size_t high = 0;
  Parallel(photos.size(), threads, [&](size_t i) {
    for (size_t j = 0; j < photos.size(); ++j) {
      if (i == j) continue;
      dedupe::Verdict verdict =
          dedupe::Decide(compare::Compare(pictures[i].likeness, pictures[j].likeness.features), {});
      double percent = compare::SimilarityPercent(verdict.signals);
      std::scoped_lock lock(mutex);
      ++kinds[std::string(dedupe::Name(verdict.kind))];
      high += percent >= kAlikePercent;
      bool called = verdict.kind != dedupe::VerdictKind::kNone;
      if (!called && verdict.signals.local.inliers > 0)
        least_log10 = std::min(least_log10, verdict.signals.local.log10_false_alarms);
      if (called || percent >= kAlikePercent || verdict.signals.local.log10_false_alarms < -5)
        named.push_back(fmt::format("{} {} {} {:.0f} % {}", photos[i].name, photos[j].name, dedupe::Name(verdict.kind),
                                    percent, Explain(verdict)));
    }
  });
  std::ranges::sort(named);
  for (const std::string& line : named) fmt::print("{}\n", line);
  fmt::print("\n{} ordered pairs of distinct photos:", photos.size() * (photos.size() - 1));
  for (const auto& [kind, count] : kinds) fmt::print(" {} {}", count, kind);
  fmt::print("; {} at {} % similarity and more; best chance agreement of the unrelated: log10 {:.1f}\n", high,
             kAlikePercent, least_log10);
}

void Bursts(const std::vector<Photo>& photos, unsigned threads) {
  struct Scene {
    std::string name;
    Mat (*make)(const Mat&, double, cv::RNG&);
    double share;
  };
  std::vector<Scene> scenes{{"the same frame again", Moved, 0}};
  for (double share : {0.002, 0.005, 0.01, 0.02, 0.04, 0.08})
    scenes.push_back({fmt::format("parallax of {:.1f} % of the width", 100 * share), SecondView, share});
  for (double share : {0.02, 0.05, 0.1, 0.2})
    scenes.push_back({fmt::format("tripod, {:.0f} % moved", 100 * share), Moved, share});
  fmt::print("\n| frames | verdicts | similarity, median |\n|---|---|---|\n");
  for (const Scene& scene : scenes) {
    std::vector<dedupe::Verdict> verdicts(photos.size());
    Parallel(photos.size(), threads, [&](size_t i) {
      cv::RNG random(Seed(photos[i].name + scene.name));
      Mat first = Exposed(photos[i].pixels, random);
      Mat second = Exposed(scene.make(photos[i].pixels, scene.share, random), random);
      verdicts[i] = dedupe::Decide(
          compare::Compare(Analyse(second, true).likeness, Analyse(first, true).likeness.features), {});
    });
    std::map<std::string, size_t> kinds;
    std::vector<double> percents;
    for (size_t i = 0; i < verdicts.size(); ++i) {
      ++kinds[std::string(dedupe::Name(verdicts[i].kind))];
      percents.push_back(compare::SimilarityPercent(verdicts[i].signals));
      fmt::print(stderr, "{}: {} {} {}\n", scene.name, photos[i].name, dedupe::Name(verdicts[i].kind),
                 Explain(verdicts[i]));
    }
    std::ranges::sort(percents);
    fmt::print("| {} |", scene.name);
    for (const auto& [kind, count] : kinds) fmt::print(" {} {}", count, kind);
    fmt::print(" | {:.0f} |\n", percents.empty() ? 0 : percents[percents.size() / 2]);
  }
}

}  // namespace likeness::bench
