// The common kind of RGB profile, a curve per channel and a 3x3 matrix (ICC.1:2010 8.3.3: Adobe RGB, Display P3 and
// most cameras and screens), to sRGB several times faster than Little CMS does it: what a sample of one channel adds to
// linear sRGB is a row of a table, so a pixel is three rows, two additions and three looks into the table of sRGB's
// curve. Results are within 2 levels of Little CMS's, mostly equal. Thread-compatible. Internal to codec.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

namespace likeness::codec {

class MatrixProfile {
 public:
  // Null when the profile, a cmsHPROFILE, is of another kind or has a table that comes before the matrix.
  static std::unique_ptr<MatrixProfile> Read(void* profile);

  // In place, 3 or 4 channels; the fourth stays.
  void ToSrgb(uint8_t* row, int width, int channels) const;

 private:
  static constexpr int kCurveSteps = 8192;  // sRGB's curve is steepest at black: half a level a step
  template <int kChannels>
  void Convert(uint8_t* row, int width) const;

  // By channel and sample: linear R, G, B in units of 1 / (kCurveSteps - 1), and nothing. Red's rows hold the half that
  // rounds.
  alignas(16) std::array<std::array<std::array<float, 4>, 256>, 3> share_{};
  std::array<uint8_t, kCurveSteps> curve_{};
};

}  // namespace likeness::codec
