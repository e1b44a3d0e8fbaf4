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

// In the canvas of both.
Result<compare::BitPlane> ReadMask(const sandbox::Picture& picture, image::Size a, image::Size b) {
  const image::Size canvas{std::max(a.width, b.width), std::max(a.height, b.height)}, size = picture.size();
  if (!compare::MaskFits(size, a, b))
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the mask has {}x{} pixels, the first picture {}x{}", size.width, size.height, a.width, a.height),
        "a mask has the size of the first picture, or the larger width and the larger height of the two");
  return compare::ScaledMask(compare::MaskOf(ViewOf(picture)), 1, canvas);
}

std::vector<image::Bitmap> Draw(const compare::PixelView& a, const compare::PixelView& b,
                                const compare::Difference& difference, const compare::PictureOptions& options) {
  std::vector<image::Bitmap> frames;
  if (options.style == compare::PictureStyle::kBlink) {
    for (image::Bitmap& frame : compare::BlinkFrames(a, b)) frames.push_back(std::move(frame));
  } else {
    frames.push_back(compare::DrawDifference(a, b, difference, options));
  }
  return frames;
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
  if (decoded.mask) {
    LK_ASSIGN(ignored.mask, ReadMask(*decoded.mask, view_a.size, view_b.size));
  }
  compare::LaidOver laid;
  out.asked_to_align = request.align;
  if (request.align) {
    out.aligned = LayPictures(view_a, view_b, spread);
    if (out.aligned) {
      laid = std::move(out.aligned->laid);
      view_a = compare::ViewOf(laid.a);
      view_b = compare::ViewOf(laid.b);
      ignored = compare::IgnoredInFrame(laid, ignored);
    } else {
      out.notes.emplace_back("the pictures do not come together; they are compared as they lie");
    }
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
  if (request.picture) out.picture = Draw(view_a, view_b, out.difference, *request.picture);
  if (request.preview_side > 0) {
    out.preview_a = Preview(compare::BitmapOf(view_a), request.preview_side);
    out.preview_b = Preview(compare::BitmapOf(view_b), request.preview_side);
    for (image::Bitmap& frame : out.picture) frame = Preview(frame, request.preview_side);
  }
  return out;
}

}  // namespace likeness::engine
