// The nonlinear scale space of AKAZE (Alcantarilla, Nuevo, Bartoli: "Fast Explicit Diffusion for Accelerated Features
// in Nonlinear Scale Spaces", BMVC 2013), its extrema, and the M-LDB descriptor, written for speed: planes are walked
// row by row by vectorised kernels (scale_space_rows.h), only chosen points are described. Private to this module.
//
// Against the usual implementation: octaves are diffused in their own pixel units; an extremum must beat its 26
// neighbours in space and scale; the sampling grid of the descriptor is symmetric, so that a mirrored picture has
// exactly the mirrored descriptor. Deterministic: no fused multiply-add, the same on every processor. Single-threaded.
#pragma once

#include <vector>

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

class ScaleSpace {
 public:
  // REQUIRES: one channel.
  explicit ScaleSpace(const image::Bitmap& luma);

  // A point of the working picture: pixel centres are at +0.5, size is the diameter.
  struct Extremum {
    float x = 0, y = 0, size = 0, response = 0;
    int level = 0;
  };
  std::vector<Extremum> FindExtrema(float threshold) const;
  // Radians, clockwise from the x axis.
  float Direction(const Extremum& point) const;
  Descriptor Describe(const Extremum& point, float direction) const;

 private:
  // Rows have margins (scale_space_rows.h).
  struct Plane {
    int width = 0, height = 0;
    size_t stride = 0;
    std::vector<float> values;
    Plane() = default;
    Plane(int w, int h);
    float* row(int y) { return values.data() + static_cast<size_t>(y) * stride + kFirst; }
    const float* row(int y) const { return values.data() + static_cast<size_t>(y) * stride + kFirst; }
    float at(int x, int y) const { return row(y)[x]; }
    static constexpr size_t kFirst = 16;  // keeps rows aligned to cache lines
  };
  struct Level {
    int octave = 0;
    int step = 0;     // sigma in pixels of this octave, rounded: the reach of derivatives and samples
    float sigma = 0;  // in pixels of the working picture
    Plane luma, dx, dy, response;
  };

  static Plane Blur(const Plane& in, float sigma);
  static Plane Halve(const Plane& in);
  static float Contrast(const Plane& luma);
  static void Diffuse(Plane& luma, const Plane& smooth, float contrast, float time);
  static void Derive(const Plane& smooth, Level& level);
  float LargestAround(int level, const Level& from, int x, int y) const;

  std::vector<Level> levels_;
};

}  // namespace likeness::feature
