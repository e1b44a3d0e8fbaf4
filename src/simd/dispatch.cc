#include "simd/dispatch.h"

#include <cstdlib>

#include "simd/kernels.h"

namespace likeness::simd {
namespace {

struct Supported {
  const KernelSet* sets[3];
  size_t count = 0;
};

Supported Detect() {
  Supported supported;
  supported.sets[supported.count++] = &kScalarKernels;
#if defined(LIKENESS_SIMD_X86)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) supported.sets[supported.count++] = &kAvx2Kernels;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vnni"))
    supported.sets[supported.count++] = &kAvx512Kernels;
#endif
#if defined(__wasm_simd128__)
  static KernelSet wasm = kScalarKernels;
  wasm.name = "simd128";
  wasm.pixels = &kWasmPixels;
  supported.sets[supported.count++] = &wasm;
#endif
  return supported;
}

const KernelSet& Active() {
  static const KernelSet& chosen = []() -> const KernelSet& {
    const char* forced = std::getenv("LIKENESS_SIMD");
    return ChooseKernels(forced != nullptr ? forced : "");
  }();
  return chosen;
}

}  // namespace

std::span<const KernelSet* const> SupportedKernels() {
  static const Supported supported = Detect();
  return {supported.sets, supported.count};
}

const KernelSet& ChooseKernels(std::string_view forced) {
  std::span<const KernelSet* const> sets = SupportedKernels();
  if (forced.empty()) return *sets.back();
  for (const KernelSet* set : sets)
    if (forced == set->name) return *set;
  return kScalarKernels;
}

size_t ScanHamming(const uint64_t* rows, size_t row_count, const uint64_t* queries, size_t variant_count,
                   int distance_max, HammingHit* out) {
  return Active().scan_hamming(rows, row_count, queries, variant_count, distance_max, out);
}

size_t GatherHamming(const uint64_t* rows, const uint32_t* candidates, size_t candidate_count, const uint64_t* query,
                     int distance_max, HammingHit* out) {
  return Active().gather_hamming(rows, candidates, candidate_count, query, distance_max, out);
}

size_t ScanSignatures(const SignatureBlock* blocks, size_t begin, size_t end, uint32_t query, int distance_max,
                      SignatureHit* out) {
  return Active().scan_signatures(blocks, begin, end, query, distance_max, out);
}

void BoundNarrow(const uint8_t* rows, size_t row_count, const uint8_t* low, const uint8_t* high, uint16_t* bounds) {
  Active().bound_narrow(rows, row_count, low, high, bounds);
}

void GatherBound(const uint8_t* rows, const uint32_t* candidates, size_t candidate_count, const uint8_t* low,
                 const uint8_t* high, uint16_t* bounds) {
  Active().gather_bound(rows, candidates, candidate_count, low, high, bounds);
}

uint32_t BoundRow(const uint8_t* row, size_t bins, const uint8_t* low, const uint8_t* high) {
  return Active().bound_row(row, bins, low, high);
}

uint32_t ByteL1(const uint8_t* a, const uint8_t* b, size_t count) {
  return Active().byte_l1(a, b, count);
}

uint32_t DenseL1(const uint16_t* a, const uint16_t* b, size_t count) {
  return Active().dense_l1(a, b, count);
}

uint32_t IntersectRuns(const uint32_t* dense, const uint16_t* run_counts, size_t run_count, const uint8_t* bins,
                       const uint8_t* weights) {
  return Active().intersect_runs(dense, run_counts, run_count, bins, weights);
}

void DotBytes(const int8_t* rows, size_t row_bytes, size_t row_count, const int8_t* query, int32_t* dots) {
  Active().dot_bytes(rows, row_bytes, row_count, query, dots);
}

void SketchDistances(const uint64_t* rows, size_t row_words, size_t row_count, const uint64_t* query,
                     uint16_t* distances) {
  Active().sketch_distances(rows, row_words, row_count, query, distances);
}

void PixelsOverLimits(const uint8_t* a, const uint8_t* b, size_t count, const uint8_t limits[4], uint64_t* over) {
  Active().pixels->over_limits(a, b, count, limits, over);
}

void PixelsOverBrightness(const uint8_t* a, const uint8_t* b, size_t count, int brightness_limit, uint8_t alpha_limit,
                          uint64_t* over, uint64_t* unsure) {
  Active().pixels->over_brightness(a, b, count, brightness_limit, alpha_limit, over, unsure);
}

void PixelsOverForm(const uint8_t* a, const uint8_t* b, size_t count, const ColourForm& form, uint64_t* over,
                    uint64_t* unsure) {
  Active().pixels->over_form(a, b, count, form, over, unsure);
}

void PixelsOverOklab(const uint8_t* a, const uint8_t* b, size_t count, const OklabBand& band, uint64_t* over,
                     uint64_t* unsure) {
  Active().pixels->over_oklab(a, b, count, band, over, unsure);
}

void PixelsAmongEquals(const uint8_t* above, const uint8_t* row, const uint8_t* below, size_t count, uint64_t* among) {
  Active().pixels->among_equals(above, row, below, count, among);
}

void PngUnfilter(PngFilter filter, int in, int out, const PngRow& row, size_t count) {
  Active().pixels->png_unfilter(filter, in, out, row, count);
}

void PngUnfilterTwo(int in, int out, const PngRow& first, const PngRow& second, size_t count) {
  Active().pixels->png_unfilter_two(in, out, first, second, count);
}

size_t IntersectBits(uint64_t* words, const uint64_t* other, size_t word_count, uint64_t flip) {
  return Active().intersect_bits(words, other, word_count, flip);
}

void RangeBits(const uint8_t* values, size_t word_count, uint8_t low, uint8_t high, uint64_t* words) {
  Active().range_bits(values, word_count, low, high, words);
}

std::vector<KernelChoice> KernelChoices() {
  std::vector<KernelChoice> choices;
  for (std::string_view family : {"hamming", "signature", "histogram", "vector", "bits", "pixel"}) {
    KernelChoice choice{family, Active().name, {}};
    for (const KernelSet* set : SupportedKernels()) choice.available.push_back(set->name);
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace likeness::simd
