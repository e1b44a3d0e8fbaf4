// What the session answers when it is compiled for this machine: the reference that the module for the browser is
// checked and timed against (web/src/compare/core.test.ts).
//
//   browser_native decode PICTURE OUT          writes R, G, B, alpha; prints width and height
//   browser_native answer A W H B W H OPTIONS [ROUNDS]
//                                              of two such files: the difference, a checksum of the drawn picture, the
//                                              verdict, one a line; then the least of the rounds' times in ms:
//                                              difference and regions, drawing, verdict
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/checksum.h"
#include "base/files.h"
#include "browser/session.h"
#include "codec/decode.h"

namespace {

using namespace likeness;

int Fault(const std::string& what) {
  fmt::print(stderr, "browser_native: {}\n", what);
  return 2;
}

template <typename Body>
double MsOf(Body body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

int Decode(const char* path, const char* out) {
  const auto bytes = ReadFile(path, uint64_t{1} << 30);
  if (!bytes) return Fault(bytes.error().message);
  codec::DecodeOptions rgba;
  rgba.rgba = true;
  const auto decoded = codec::Decode(*bytes, rgba);
  if (!decoded) return Fault(decoded.error().message);
  const image::Bitmap& given = decoded->bitmap;
  if (const Status status = WriteFileAtomically(out, given.pixels); !status) return Fault(status.error().message);
  fmt::print("{} {}\n", given.width, given.height);
  return 0;
}

int Answer(char** words, int rounds) {
  const auto options = browser::ReadOptions(words[6]);
  if (!options) return Fault("cannot read the options");
  std::string difference, verdict;
  uint32_t drawn = 0;
  double compare_ms = 1e9, draw_ms = 1e9, judge_ms = 1e9;
  for (int round = 0; round < rounds; ++round) {
    browser::Session session;
    for (int side = 0; side < 2; ++side) {
      const auto bytes = ReadFile(words[3 * side], uint64_t{1} << 32);
      if (!bytes) return Fault(bytes.error().message);
      const int width = std::atoi(words[3 * side + 1]), height = std::atoi(words[3 * side + 2]);
      if (width < 1 || height < 1 || bytes->size() != size_t(width) * size_t(height) * 4)
        return Fault("the file is not of that size");
      std::memcpy(session.Picture(side, width, height), bytes->data(), bytes->size());
    }
    compare_ms = std::min(compare_ms, MsOf([&] { difference = session.Compare(*options); }));
    draw_ms = std::min(draw_ms, MsOf([&] { drawn = Crc32c(session.Draw(options->picture).pixels); }));
    judge_ms = std::min(judge_ms, MsOf([&] { verdict = session.Judge(); }));
  }
  fmt::print("{}\n{:08x}\n{}\n{:.2f} {:.2f} {:.2f}\n", difference, drawn, verdict, compare_ms, draw_ms, judge_ms);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count == 4 && std::string_view(words[1]) == "decode") return Decode(words[2], words[3]);
  if ((count == 9 || count == 10) && std::string_view(words[1]) == "answer")
    return Answer(words + 2, count == 10 ? std::max(1, std::atoi(words[9])) : 1);
  return Fault("decode PICTURE OUT, or answer A W H B W H OPTIONS [ROUNDS]");
}
