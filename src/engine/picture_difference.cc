#include "engine/picture_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/threads.h"
#include "image/resize.h"

namespace likeness::engine {
namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

compare::PixelView ViewOf(const sandbox::Picture& picture) {
  return {picture.pixels(), picture.size()};
}

image::Bitmap Preview(const image::Bitmap& bitmap, int side) {
  const int sides[] = {side};
  return image::Cascade(bitmap, sides).front();
}

compare::Box ScaledBox(const compare::Box& box, double scale) {
  const auto down = [&](int64_t at) { return static_cast<int>(std::floor(double(at) * scale)); };
  return {down(box.x), down(box.y), down(int64_t{box.x} + box.width) - down(box.x) + 1,
          down(int64_t{box.y} + box.height) - down(box.y) + 1};
}

compare::BitPlane MaskOf(const sandbox::Picture& picture) {
  compare::BitPlane mask(picture.size());
  for (int y = 0; y < picture.size().height; ++y)
    for (int x = 0; x < picture.size().width; ++x) {
      const uint8_t* pixel = ViewOf(picture).at(x, y);
      if (pixel[3] >= 128 && pixel[0] + pixel[1] + pixel[2] >= 3 * 128) mask.Set(x, y);
    }
  return mask;
}

void NoteFile(const codec::ImageInfo& info, const char* name, std::vector<std::string>& notes) {
  if (info.frames > 1) notes.push_back(fmt::format("{} has {} frames; the first is compared", name, info.frames));
  if (info.truncated) notes.push_back(fmt::format("the end of {} is missing; what is there is compared", name));
  if (info.bits_per_sample > 8)
    notes.push_back(fmt::format("{} has {} bits a sample; 8 are compared", name, info.bits_per_sample));
  if (!info.colour_profile.empty() && info.colour_profile.find("sRGB") == std::string::npos)
    notes.push_back(fmt::format("{} is in {}; compared in sRGB", name, info.colour_profile));
}

struct Decoded {
  std::optional<sandbox::Picture> a, b, mask;
  bool same_file = false;

  const sandbox::Picture& second() const { return same_file ? *a : *b; }
};

Result<Decoded> DecodeAll(const Analyzer& analyzer, ByteView a, ByteView b, const DifferenceRequest& request) {
  Decoded out;
  out.same_file = a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
  struct Job {
    ByteView bytes;
    const char* name;
    std::optional<sandbox::Picture>* to;
    std::optional<Error> error;
  };
  std::vector<Job> jobs = {{a, "a", &out.a, {}}};
  if (!out.same_file) jobs.push_back({b, "b", &out.b, {}});
  if (!request.mask.empty()) jobs.push_back({request.mask, "the mask", &out.mask, {}});
  ParallelFor(jobs.size(), jobs.size(), nullptr, [&](size_t i) {
    Result<sandbox::Picture> picture = analyzer.pool().Decode(jobs[i].bytes, analyzer.options().formats);
    if (picture)
      jobs[i].to->emplace(std::move(*picture));
    else
      jobs[i].error = picture.error().Within(jobs[i].name);
  });
  for (const Job& job : jobs)
    if (job.error) return std::unexpected(*job.error);
  return out;
}

}  // namespace

answer::FoundDifference PictureDifference::found() const {
  answer::FoundDifference out{.difference = difference, .regions = regions, .alignment = nullptr};
  out.regions_found = regions_found;
  out.compared = compared();
  out.a = {static_cast<int>(info_a.width), static_cast<int>(info_a.height)};
  out.b = {static_cast<int>(info_b.width), static_cast<int>(info_b.height)};
  out.format_a = codec::Name(info_a.format);
  out.format_b = codec::Name(info_b.format);
  out.fidelity = fidelity;
  if (asked_to_align) out.aligned = aligned.has_value();
  if (aligned) {
    out.alignment = &aligned->alignment;
    out.scale = aligned->laid.scale;
  }
  return out;
}

Result<PictureDifference> CompareFiles(const Analyzer& analyzer, ByteView a, ByteView b,
                                       const DifferenceRequest& request) {
  const Clock::time_point start = Clock::now();
  LK_ASSIGN(const Decoded decoded, DecodeAll(analyzer, a, b, request));
  PictureDifference out;
  out.decode_ms = MsSince(start);
  out.info_a = decoded.a->info();
  out.info_b = decoded.second().info();
  NoteFile(out.info_a, "a", out.notes);
  NoteFile(out.info_b, "b", out.notes);

  const Clock::time_point decoded_at = Clock::now();
  compare::PixelView view_a = ViewOf(*decoded.a);
  compare::PixelView view_b = ViewOf(decoded.second());
  image::Bitmap scaled;
  if (request.scale && view_b.size != view_a.size) {
    scaled = image::Stretch(compare::BitmapOf(view_b), view_a.size.width, view_a.size.height);
    view_b = compare::ViewOf(scaled);
    out.notes.push_back(fmt::format("b was scaled from {}x{} to the size of a", out.info_b.width, out.info_b.height));
  }
  const size_t threads = std::max<size_t>(1, analyzer.pool().stats().workers);
  const compare::Spread spread = [threads](size_t count, const std::function<void(size_t)>& body) {
    ParallelFor(count, threads, nullptr, body);
  };
  compare::Ignored ignored;
  ignored.boxes = request.ignored_boxes;
  compare::LaidOver laid;
  if (request.align && decoded.mask)
    return Fail(ErrorCode::kInvalidArgument, "a mask does not go with aligning", "leave boxes out instead");
  out.asked_to_align = request.align;
  if (request.align) {
    out.aligned = LayPictures(view_a, view_b, spread);
    if (out.aligned) {
      laid = std::move(out.aligned->laid);
      view_a = compare::ViewOf(laid.a);
      view_b = compare::ViewOf(laid.b);
      ignored.mask = std::move(laid.outside.mask);
      for (compare::Box& box : ignored.boxes) box = ScaledBox(box, laid.scale);
    } else {
      out.notes.emplace_back("the pictures do not come together; they are compared as they lie");
    }
  }
  if (decoded.mask) {
    const image::Size canvas{std::max(view_a.size.width, view_b.size.width),
                             std::max(view_a.size.height, view_b.size.height)};
    if (decoded.mask->size() != canvas)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the mask has {}x{} pixels, the pictures {}x{}", decoded.mask->size().width,
                              decoded.mask->size().height, canvas.width, canvas.height),
                  "a mask has the larger width and the larger height of the two");
    ignored.mask = MaskOf(*decoded.mask);
  }
  out.difference = compare::ComputeDifference(view_a, view_b, request.rules, ignored, spread);
  out.compare_ms = MsSince(decoded_at);
  if (request.regions_max > 0)
    out.regions = compare::FindRegions(view_a, view_b, out.difference, request.regions_max, &out.regions_found);
  const bool whole = !out.aligned || out.aligned->laid.overlap == out.difference.pixels();
  if (request.fidelity && !whole)
    out.notes.emplace_back("SSIM and PSNR are of whole pictures; these share a part only");
  if (request.fidelity && whole && view_a.size == view_b.size)
    out.fidelity = compare::ComputeFidelity(view_a, view_b, spread);
  if (request.picture) out.picture = compare::DrawDifference(view_a, view_b, out.difference, *request.picture);
  if (request.preview_side > 0) {
    out.preview_a = Preview(compare::BitmapOf(view_a), request.preview_side);
    out.preview_b = Preview(compare::BitmapOf(view_b), request.preview_side);
    if (request.picture) out.picture = Preview(out.picture, request.preview_side);
  }
  return out;
}

}  // namespace likeness::engine
