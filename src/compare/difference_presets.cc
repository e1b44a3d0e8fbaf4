#include "compare/difference.h"

namespace likeness::compare {
namespace {

constexpr DifferenceRules kNothing = {.brightness_limit = 0, .pad_transparent = false};

// Channels within 15 of each other, brightness within 16.
constexpr DifferenceRules kLess = {
    .channel_limits = {15, 15, 15, 15}, .brightness_limit = 16, .contrast_limit = 240, .pad_transparent = true};
constexpr DifferenceRules kAntialiasing = {.channel_limits = {31, 31, 31, 31},
                                           .brightness_limit = 64,
                                           .antialiasing = Antialiasing::kContrast,
                                           .contrast_limit = 96,
                                           .sample_large = true,
                                           .pad_transparent = true};
constexpr DifferenceRules kColours = {.metric = Metric::kBrightness,
                                      .channel_limits = {15, 15, 15, 15},
                                      .brightness_limit = 16,
                                      .contrast_limit = 240,
                                      .pad_transparent = true};
// A difference of 255 in alpha is the only one above 254.
constexpr DifferenceRules kAlpha = {
    .channel_limits = {15, 15, 15, 254}, .brightness_limit = 16, .contrast_limit = 240, .pad_transparent = true};

constexpr Preset kPresets[] = {
    {"nothing", kNothing},
    {"less", kLess},
    {"antialiasing", kAntialiasing},
    {"colours", kColours},
    {"alpha", kAlpha},
    {"resemble", kLess},
    {"pixelmatch", {.metric = Metric::kOklab, .backdrop = Backdrop::kHashed, .antialiasing = Antialiasing::kSlope}},
    {"pixelmatch-8-preview",
     {.metric = Metric::kOklab,
      .backdrop = Backdrop::kHashed,
      .coarse_dark = true,
      .antialiasing = Antialiasing::kSlope}},
    {"pixelmatch-7", {.metric = Metric::kYiq, .backdrop = Backdrop::kPattern, .antialiasing = Antialiasing::kSlope}},
    {"pixelmatch-5", {.metric = Metric::kYiq, .antialiasing = Antialiasing::kSlope}},
    {"odiff", {.metric = Metric::kYiq, .fixed_point = true}},
};

}  // namespace

std::span<const Preset> Presets() {
  return kPresets;
}

const Preset* FindPreset(std::string_view name) {
  for (const Preset& preset : kPresets)
    if (preset.name == name) return &preset;
  return nullptr;
}

}  // namespace likeness::compare
