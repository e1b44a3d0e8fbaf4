#include "engine/colour_query.h"

#include <array>
#include <cmath>

namespace likeness::engine {
namespace {

constexpr int kSteps = 16;  // bins along each axis
constexpr double kBinWidth = 16;

// 1 at the colour itself, falling to 0 at `radius` levels of 0..255 from it.
double Nearness(uint32_t rgb, int bin, double radius) {
  const std::array<double, 3> wanted = {double(rgb >> 16 & 255), double(rgb >> 8 & 255), double(rgb & 255)};
  const std::array<int, 3> at = {bin / 256, bin / 16 % 16, bin % 16};
  double square = 0;
  for (int i = 0; i < 3; ++i) {
    // To the nearest point of the bin, so that the colour's own bin always has 1.
    double low = at[i] * kBinWidth, high = low + kBinWidth - 1;
    double off = wanted[i] < low ? low - wanted[i] : wanted[i] > high ? wanted[i] - high : 0;
    square += off * off;
  }
  double distance = std::sqrt(square);
  return distance >= radius ? 0 : 1 - distance / radius;
}

feature::ColourHistogram Ball(uint32_t rgb, double radius) {
  std::vector<std::pair<int, double>> weights;
  double sum = 0;
  for (int bin = 0; bin < kSteps * kSteps * kSteps; ++bin) {
    double weight = Nearness(rgb, bin, radius);
    if (weight <= 0) continue;
    weights.push_back({bin, weight});
    sum += weight;
  }
  feature::ColourHistogram histogram;
  double reached = 0;
  uint32_t given = 0;
  for (const auto& [bin, weight] : weights) {
    reached += weight;
    auto until = static_cast<uint32_t>(std::lround(reached / sum * feature::kColourTotal));
    if (until > given) histogram.push_back({static_cast<uint16_t>(bin), static_cast<uint16_t>(until - given)});
    given = until;
  }
  return histogram;
}

constexpr double kShareRadius = 48;

}  // namespace

std::vector<feature::ColourHistogram> ColourQueries(uint32_t rgb) {
  return {Ball(rgb, 1), Ball(rgb, 17), Ball(rgb, kShareRadius)};
}

double ColourShare(uint32_t rgb, const feature::ColourHistogram& histogram) {
  double share = 0;
  for (const feature::ColourBin& bin : histogram) share += Nearness(rgb, bin.bin, kShareRadius) * bin.weight;
  return share / feature::kColourTotal;
}

}  // namespace likeness::engine
