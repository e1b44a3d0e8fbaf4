// The session as functions of a WebAssembly module, one session a module. Texts and pictures lie in the module's memory
// until the next call.
//
//   likeness_picture(side, width, height)   where the pixels of that side go, 4 * width * height bytes
//   likeness_input(size)                    where the options' text goes
//   likeness_compare()                      the difference under those options; 0 if they cannot be read
//   likeness_draw()                         the difference as a picture, of the style in the options; likewise
//   likeness_judge()                        what the pictures are to each other
//   likeness_text(), likeness_text_size()   the JSON of the call before
//   likeness_mask(width, height)            where the pixels of a mask go, 4 * width * height bytes
//   likeness_mask_painted()                 what it leaves out, as a picture of its size; the mask is read then
//   likeness_laid(side)                     the pixels of one side as they were compared; their size is the frame's,
//                                           or the picture's own where nothing was laid
#include <string>

#include "browser/session.h"

#define LIKENESS_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

likeness::browser::Session& TheSession() {
  static likeness::browser::Session session;
  return session;
}

std::string& Input() {
  static std::string input;
  return input;
}

std::string& Text() {
  static std::string text;
  return text;
}

std::string SizeText(likeness::image::Size size) {
  return std::to_string(size.width) + " " + std::to_string(size.height);
}

}  // namespace

LIKENESS_EXPORT(likeness_picture) uint8_t* likeness_picture(int side, int width, int height) {
  return TheSession().Picture(side, width, height);
}

LIKENESS_EXPORT(likeness_input) char* likeness_input(size_t size) {
  Input().assign(size, ' ');
  return Input().data();
}

LIKENESS_EXPORT(likeness_compare) int likeness_compare() {
  const auto options = likeness::browser::ReadOptions(Input());
  if (!options) return 0;
  Text() = TheSession().Compare(*options);
  return 1;
}

LIKENESS_EXPORT(likeness_draw) const uint8_t* likeness_draw() {
  const auto options = likeness::browser::ReadOptions(Input());
  if (!options) return nullptr;
  const likeness::image::Bitmap& drawn = TheSession().Draw(options->picture);
  Text() = SizeText({drawn.width, drawn.height});
  return drawn.pixels.data();
}

LIKENESS_EXPORT(likeness_judge) void likeness_judge() {
  Text() = TheSession().Judge();
}

LIKENESS_EXPORT(likeness_mask) uint8_t* likeness_mask(int width, int height) {
  return TheSession().Mask(width, height);
}

LIKENESS_EXPORT(likeness_mask_painted) const uint8_t* likeness_mask_painted() {
  const likeness::image::Bitmap& painted = TheSession().PaintMask();
  Text() = SizeText({painted.width, painted.height});
  return painted.pixels.data();
}

LIKENESS_EXPORT(likeness_laid) const uint8_t* likeness_laid(int side) {
  const likeness::compare::PixelView view = TheSession().Laid(side);
  Text() = SizeText(view.size);
  return view.pixels;
}

LIKENESS_EXPORT(likeness_text) const char* likeness_text() {
  return Text().data();
}

LIKENESS_EXPORT(likeness_text_size) size_t likeness_text_size() {
  return Text().size();
}
