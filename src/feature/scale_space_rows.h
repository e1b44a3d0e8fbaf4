// The inner loops of the scale space: each makes one row of the result. A row of input can be read kMargin samples
// beyond either end, where its outermost sample stands again (Pad); rows beyond the picture are the caller's to clamp.
// Private to this module.
#pragma once

#include <cstdint>

namespace likeness::feature::rows {

inline constexpr int kMargin = 8;

// Fills the margins of a row.
void Pad(float* row, int width);
// Convolution across rows: 2 * radius + 1 of them with symmetric weights; weights[0] is the middle one.
void Combine(const float* const* rows, const float* weights, int radius, float* out, int width);
// Convolution along the row, radius at most kMargin.
void BlurAcross(const float* in, const float* weights, int radius, float* out, int width);
// Squared Scharr gradient.
void GradientSquared(const float* above, const float* in, const float* below, float* out, int width);
// Perona-Malik g2 of a squared gradient: 1 / (1 + g / contrast^2). In place.
void Conductivity(float* gradient, float inverse_contrast_squared, int width);
// One explicit diffusion step: out = in + step * div(conductivity grad in), with each flux taken as half of (c + c').
struct DiffusionRows {
  const float *above, *in, *below;
  const float *c_above, *c, *c_below;
};
void DiffusionStep(const DiffusionRows& rows, float step, float* out, int width);
// Scharr-weighted first derivatives over distance `reach` (at most kMargin), per pixel.
void Derivatives(const float* above, const float* in, const float* below, int reach, float* dx, float* dy, int width);
// Determinant of the Hessian from the first derivatives, times reach^4.
struct HessianRows {
  const float *dx_above, *dx, *dx_below;
  const float *dy_above, *dy_below;
};
void Hessian(const HessianRows& rows, int reach, float* out, int width);
// flags[x] = 1 where in[x] is above the threshold and above its eight neighbours, else 0.
void LocalMaxima(const float* above, const float* in, const float* below, float threshold, uint32_t* flags, int width);
// Means of 2x2.
void HalveRow(const float* upper, const float* lower, float* out, int out_width);

}  // namespace likeness::feature::rows
