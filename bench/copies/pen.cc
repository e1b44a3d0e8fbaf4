#include "copies/pen.h"

#include <fmt/format.h>
#include <ft2build.h>

#include <array>
#include <cstdlib>
#include FT_FREETYPE_H

namespace likeness::bench {

struct Pen::Faces {
  FT_Library library = nullptr;
  std::array<FT_Face, 4> faces{};
};

Pen::Pen(const std::string& folder) : faces_(std::make_unique<Faces>()) {
  constexpr std::array<const char*, 4> kFiles{"DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf",
                                              "DejaVuSansMono.ttf"};
  bool good = FT_Init_FreeType(&faces_->library) == 0;
  for (size_t i = 0; good && i < kFiles.size(); ++i)
    good = FT_New_Face(faces_->library, (folder + "/" + kFiles[i]).c_str(), 0, &faces_->faces[i]) == 0;
  if (good) return;
  fmt::print(stderr, "no DejaVu fonts in {}: install fonts-dejavu-core or name their folder with --fonts\n", folder);
  std::exit(2);
}

Pen::~Pen() {
  FT_Done_FreeType(faces_->library);
}

int Pen::Write(cv::Mat& picture, const std::string& text, cv::Point at, double size, cv::Scalar bgr, Font font) {
  FT_Face face = faces_->faces[size_t(font)];
  FT_Set_Char_Size(face, 0, FT_F26Dot6(size * 64), 72, 72);
  for (char letter : text) {
    if (FT_Load_Char(face, FT_ULong(uint8_t(letter)), FT_LOAD_RENDER) != 0) continue;
    const FT_GlyphSlot glyph = face->glyph;
    for (unsigned row = 0; row < glyph->bitmap.rows; ++row) {
      int y = at.y - glyph->bitmap_top + int(row);
      if (y < 0 || y >= picture.rows) continue;
      for (unsigned column = 0; column < glyph->bitmap.width; ++column) {
        int x = at.x + glyph->bitmap_left + int(column);
        if (x < 0 || x >= picture.cols) continue;
        double ink = glyph->bitmap.buffer[int(row) * glyph->bitmap.pitch + int(column)] / 255.0;
        auto& pixel = picture.at<cv::Vec3b>(y, x);
        for (int c = 0; c < 3; ++c) pixel[c] = cv::saturate_cast<uchar>(pixel[c] * (1 - ink) + bgr[c] * ink);
      }
    }
    at.x += int(glyph->advance.x / 64);
  }
  return at.x;
}

}  // namespace likeness::bench
