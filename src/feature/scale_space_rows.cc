#include "feature/scale_space_rows.h"

#include <algorithm>

// One source, several instruction sets, chosen when the program starts. The sanitizers' run-time is not ready then.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(LIKENESS_SANITIZED)
#define LIKENESS_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define LIKENESS_CLONES
#endif

namespace likeness::feature::rows {
namespace {

constexpr float kScharrMiddle = 10.0f / 3.0f;

}  // namespace

void Pad(float* row, int width) {
  std::fill(row - kMargin, row, row[0]);
  std::fill(row + width, row + width + kMargin, row[width - 1]);
}

LIKENESS_CLONES
void Combine(const float* const* rows, const float* weights, int radius, float* __restrict out, int width) {
  const float* __restrict middle = rows[radius];
  const float weight = weights[0];
  for (int x = 0; x < width; ++x) out[x] = weight * middle[x];
  for (int i = 1; i <= radius; ++i) {
    const float* __restrict above = rows[radius - i];
    const float* __restrict below = rows[radius + i];
    const float side = weights[i];
    for (int x = 0; x < width; ++x) out[x] += side * (above[x] + below[x]);
  }
}

LIKENESS_CLONES
void BlurAcross(const float* __restrict in, const float* weights, int radius, float* __restrict out, int width) {
  const float weight = weights[0];
  for (int x = 0; x < width; ++x) out[x] = weight * in[x];
  for (int i = 1; i <= radius; ++i) {
    const float side = weights[i];
    for (int x = 0; x < width; ++x) out[x] += side * (in[x - i] + in[x + i]);
  }
}

LIKENESS_CLONES
void GradientSquared(const float* __restrict above, const float* __restrict in, const float* __restrict below,
                     float* __restrict out, int width) {
  for (int x = 0; x < width; ++x) {
    float dx = 3 * (above[x + 1] - above[x - 1]) + 10 * (in[x + 1] - in[x - 1]) + 3 * (below[x + 1] - below[x - 1]);
    float dy = 3 * (below[x - 1] - above[x - 1]) + 10 * (below[x] - above[x]) + 3 * (below[x + 1] - above[x + 1]);
    out[x] = dx * dx + dy * dy;
  }
}

LIKENESS_CLONES
void Conductivity(float* __restrict gradient, float inverse_contrast_squared, int width) {
  for (int x = 0; x < width; ++x) gradient[x] = 1.0f / (1.0f + gradient[x] * inverse_contrast_squared);
}

LIKENESS_CLONES
void DiffusionStep(const DiffusionRows& rows, float step, float* __restrict out, int width) {
  const float* __restrict above = rows.above;
  const float* __restrict in = rows.in;
  const float* __restrict below = rows.below;
  const float* __restrict c_above = rows.c_above;
  const float* __restrict c = rows.c;
  const float* __restrict c_below = rows.c_below;
  const float half = 0.5f * step;
  for (int x = 0; x < width; ++x) {
    float across = (c[x] + c[x + 1]) * (in[x + 1] - in[x]) - (c[x - 1] + c[x]) * (in[x] - in[x - 1]);
    float along = (c[x] + c_below[x]) * (below[x] - in[x]) - (c_above[x] + c[x]) * (in[x] - above[x]);
    out[x] = in[x] + half * (across + along);
  }
}

LIKENESS_CLONES
void Derivatives(const float* __restrict above, const float* __restrict in, const float* __restrict below, int reach,
                 float* __restrict dx, float* __restrict dy, int width) {
  const float norm = 1.0f / (2.0f * static_cast<float>(reach) * (kScharrMiddle + 2.0f));
  for (int x = 0; x < width; ++x) {
    const int left = x - reach, right = x + reach;
    dx[x] =
        norm * ((above[right] - above[left]) + (below[right] - below[left]) + kScharrMiddle * (in[right] - in[left]));
    dy[x] =
        norm * ((below[left] - above[left]) + (below[right] - above[right]) + kScharrMiddle * (below[x] - above[x]));
  }
}

LIKENESS_CLONES
void Hessian(const HessianRows& rows, int reach, float* __restrict out, int width) {
  const float* __restrict xa = rows.dx_above;
  const float* __restrict x0 = rows.dx;
  const float* __restrict xb = rows.dx_below;
  const float* __restrict ya = rows.dy_above;
  const float* __restrict yb = rows.dy_below;
  const float norm = 1.0f / (2.0f * static_cast<float>(reach) * (kScharrMiddle + 2.0f));
  const float scale = norm * norm * static_cast<float>(reach * reach * reach * reach);
  for (int x = 0; x < width; ++x) {
    const int left = x - reach, right = x + reach;
    float xx = (xa[right] - xa[left]) + (xb[right] - xb[left]) + kScharrMiddle * (x0[right] - x0[left]);
    float xy = (xb[left] - xa[left]) + (xb[right] - xa[right]) + kScharrMiddle * (xb[x] - xa[x]);
    float yy = (yb[left] - ya[left]) + (yb[right] - ya[right]) + kScharrMiddle * (yb[x] - ya[x]);
    out[x] = scale * (xx * yy - xy * xy);
  }
}

LIKENESS_CLONES
void LocalMaxima(const float* __restrict above, const float* __restrict in, const float* __restrict below,
                 float threshold, uint32_t* __restrict flags, int width) {
  for (int x = 0; x < width; ++x) {
    float up = above[x - 1] > above[x] ? above[x - 1] : above[x];
    up = above[x + 1] > up ? above[x + 1] : up;
    float down = below[x - 1] > below[x] ? below[x - 1] : below[x];
    down = below[x + 1] > down ? below[x + 1] : down;
    float beside = in[x - 1] > in[x + 1] ? in[x - 1] : in[x + 1];
    beside = beside > threshold ? beside : threshold;
    float most = up > down ? up : down;
    most = most > beside ? most : beside;
    flags[x] = in[x] > most ? 1 : 0;
  }
}

LIKENESS_CLONES
void HalveRow(const float* __restrict upper, const float* __restrict lower, float* __restrict out, int out_width) {
  for (int x = 0; x < out_width; ++x)
    out[x] = 0.25f * ((upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]));
}

}  // namespace likeness::feature::rows
