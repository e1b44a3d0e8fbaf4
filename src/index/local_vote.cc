#include "index/local_vote.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace likeness::index {
namespace {

constexpr int kAngleBins = 16, kScaleBins = 16;
constexpr size_t kHypotheses = 24;
constexpr float kPi = 3.14159265f;

// match = a * query + t as complex numbers: a turns and scales, t moves.
struct Similarity {
  float a = 1, b = 0, tx = 0, ty = 0;
};

struct Pair {
  float qx, qy, mx, my, turn, log_scale, weight;
};

float Share(uint32_t value) {
  return static_cast<float>(value) / kPositionMax;
}

uint32_t Turn(const PointPair& pair) {
  return (pair.match.angle - pair.query.angle) & (kAngleSteps - 1);
}

int ScaleSteps(const PointPair& pair) {
  return static_cast<int>(pair.match.log_size) - static_cast<int>(pair.query.log_size);
}

Pair Unpack(const PointPair& pair) {
  return {Share(pair.query.x),
          Share(pair.query.y),
          Share(pair.match.x),
          Share(pair.match.y),
          static_cast<float>(Turn(pair)) * (2 * kPi / kAngleSteps),
          static_cast<float>(ScaleSteps(pair)) / kStepsPerOctave,
          pair.weight};
}

Similarity FromOne(const Pair& pair) {
  float scale = std::exp2(pair.log_scale);
  Similarity s;
  s.a = scale * std::cos(pair.turn);
  s.b = scale * std::sin(pair.turn);
  s.tx = pair.mx - (s.a * pair.qx - s.b * pair.qy);
  s.ty = pair.my - (s.b * pair.qx + s.a * pair.qy);
  return s;
}

// Pairs whose predicted position is near (in the match's units, with the scale taken out) and whose keypoints turn and
// scale alike. `spread` lets the tolerance grow with the distance from the hypothesis' own point.
void Agreeing(std::span<const Pair> pairs, const Similarity& s, const Pair* origin, float tolerance, float spread,
              std::vector<uint32_t>& out) {
  out.clear();
  float scale = std::sqrt(s.a * s.a + s.b * s.b), log_scale = std::log2(scale), turn = std::atan2(s.b, s.a);
  for (uint32_t i = 0; i < pairs.size(); ++i) {
    const Pair& pair = pairs[i];
    float dx = s.a * pair.qx - s.b * pair.qy + s.tx - pair.mx, dy = s.b * pair.qx + s.a * pair.qy + s.ty - pair.my;
    float allowed = tolerance;
    if (origin != nullptr) {
      float x = pair.qx - origin->qx, y = pair.qy - origin->qy;
      allowed += spread * std::sqrt(x * x + y * y);
    }
    allowed *= scale;
    if (dx * dx + dy * dy > allowed * allowed) continue;
    if (std::abs(pair.log_scale - log_scale) > 0.75f) continue;
    float apart = std::abs(pair.turn - turn);  // below 3 pi
    if (apart > kPi) apart = std::abs(apart - 2 * kPi);
    if (apart > 0.6f) continue;
    out.push_back(i);
  }
}

// Weighted least squares; false when the points coincide.
bool Fit(std::span<const Pair> pairs, std::span<const uint32_t> chosen, Similarity& s) {
  float total = 0, qx = 0, qy = 0, mx = 0, my = 0;
  for (uint32_t i : chosen) {
    const Pair& p = pairs[i];
    total += p.weight, qx += p.weight * p.qx, qy += p.weight * p.qy, mx += p.weight * p.mx, my += p.weight * p.my;
  }
  if (total <= 0) return false;
  qx /= total, qy /= total, mx /= total, my /= total;
  float square = 0, along = 0, across = 0;
  for (uint32_t i : chosen) {
    const Pair& p = pairs[i];
    float x = p.qx - qx, y = p.qy - qy, u = p.mx - mx, v = p.my - my;
    square += p.weight * (x * x + y * y);
    along += p.weight * (x * u + y * v);
    across += p.weight * (x * v - y * u);
  }
  if (square < 1e-7f) return false;
  s.a = along / square;
  s.b = across / square;
  s.tx = mx - (s.a * qx - s.b * qy);
  s.ty = my - (s.b * qx + s.a * qy);
  return s.a * s.a + s.b * s.b > 1e-6f;
}

}  // namespace

float CoarseAgreement(std::span<const PointPair> pairs) {
  // Bins are half as wide as what is accepted, so that 2x2 of them hold what agrees.
  std::array<float, kAngleBins * kScaleBins> bins{};
  for (const PointPair& pair : pairs) {
    size_t turn = Turn(pair) / (kAngleSteps / kAngleBins);
    int scale = std::clamp((ScaleSteps(pair) + 32) / 4, 0, kScaleBins - 1);
    bins[static_cast<size_t>(scale) * kAngleBins + turn] += pair.weight;
  }
  float best = 0;
  for (int scale = 0; scale < kScaleBins; ++scale)
    for (int turn = 0; turn < kAngleBins; ++turn) {
      float sum = 0;
      for (int s = scale; s <= std::min(scale + 1, kScaleBins - 1); ++s)
        for (int t = 0; t < 2; ++t) sum += bins[static_cast<size_t>(s * kAngleBins + (turn + t) % kAngleBins)];
      best = std::max(best, sum);
    }
  return best;
}

float VerifyAgreement(std::span<const PointPair> packed, int* agreeing) {
  std::vector<Pair> pairs;
  pairs.reserve(packed.size());
  for (const PointPair& pair : packed) pairs.push_back(Unpack(pair));
  std::vector<uint32_t> order(pairs.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return pairs[a].weight > pairs[b].weight; });
  order.resize(std::min(order.size(), kHypotheses));

  auto weight_of = [&](std::span<const uint32_t> chosen) {
    float weight = 0;
    for (uint32_t i : chosen) weight += pairs[i].weight;
    return weight;
  };
  float best = 0;
  *agreeing = 0;
  std::vector<uint32_t> chosen;
  for (uint32_t start : order) {
    Similarity s = FromOne(pairs[start]);
    Agreeing(pairs, s, &pairs[start], 0.02f, 0.25f, chosen);
    if (chosen.size() < 2 || weight_of(chosen) <= best) continue;
    for (float tolerance : {0.04f, 0.02f, 0.015f}) {
      if (chosen.size() < 2 || !Fit(pairs, chosen, s)) {
        chosen.clear();
        break;
      }
      Agreeing(pairs, s, nullptr, tolerance, 0, chosen);
    }
    if (float weight = weight_of(chosen); weight > best) {
      best = weight;
      *agreeing = static_cast<int>(chosen.size());
    }
  }
  return best;
}

}  // namespace likeness::index
