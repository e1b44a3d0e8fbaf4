// What the comparison of pixels works on: borrowed pictures and planes of one bit a pixel. Knows no files and no
// threads.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/bitmap.h"

namespace likeness::compare {

// An upright sRGB picture of somebody else's: R, G, B and straight alpha, one byte each, rows without padding.
struct PixelView {
  const uint8_t* pixels = nullptr;
  image::Size size;

  const uint8_t* row(int y) const { return pixels + size_t(y) * size_t(size.width) * 4; }
  const uint8_t* at(int x, int y) const { return row(y) + size_t(x) * 4; }
  size_t count() const { return size_t(size.width) * size_t(size.height); }
};

// REQUIRES: bitmap.channels == 4
inline PixelView ViewOf(const image::Bitmap& bitmap) {
  return {bitmap.pixels.data(), {bitmap.width, bitmap.height}};
}

inline image::Bitmap BitmapOf(const PixelView& view) {
  image::Bitmap bitmap(view.size.width, view.size.height, 4);
  std::copy(view.pixels, view.pixels + bitmap.pixels.size(), bitmap.pixels.begin());
  return bitmap;
}

// A rectangle of pixels.
struct Box {
  int x = 0, y = 0, width = 0, height = 0;
  friend bool operator==(const Box&, const Box&) = default;
};

// One bit a pixel; a row begins a word of its own, bits behind its end are zero.
class BitPlane {
 public:
  BitPlane() = default;
  explicit BitPlane(image::Size size)
      : size_(size), row_words_((size_t(size.width) + 63) / 64), words_(row_words_ * size_t(size.height)) {}

  image::Size size() const { return size_; }
  size_t row_words() const { return row_words_; }
  uint64_t* row(int y) { return words_.data() + size_t(y) * row_words_; }
  const uint64_t* row(int y) const { return words_.data() + size_t(y) * row_words_; }
  bool Get(int x, int y) const { return (row(y)[x / 64] >> (x % 64)) & 1; }
  void Set(int x, int y) { row(y)[x / 64] |= uint64_t{1} << (x % 64); }
  uint64_t Count() const {
    uint64_t count = 0;
    for (uint64_t word : words_) count += static_cast<uint64_t>(std::popcount(word));
    return count;
  }

 private:
  image::Size size_;
  size_t row_words_ = 0;
  std::vector<uint64_t> words_;
};

// Calls body(x) for each bit that is set, in order.
template <typename Body>
void ForBits(const uint64_t* words, size_t word_count, Body body) {
  for (size_t word = 0; word < word_count; ++word)
    for (uint64_t rest = words[word]; rest != 0; rest &= rest - 1) body(int(word * 64) + std::countr_zero(rest));
}

// Sets or clears the bits first <= x < last.
inline void FillBits(uint64_t* words, int first, int last, bool value) {
  for (int x = first; x < last;) {
    const int step = (x % 64 == 0 && last - x >= 64) ? 64 : 1;
    const uint64_t bits = step == 64 ? ~uint64_t{0} : uint64_t{1} << (x % 64);
    if (value)
      words[x / 64] |= bits;
    else
      words[x / 64] &= ~bits;
    x += step;
  }
}

}  // namespace likeness::compare
