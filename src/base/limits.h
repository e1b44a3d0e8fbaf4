// Every limit on what comes from outside, in one place. The defaults suit a public server; the section [limits] of the
// configuration sets the same names. A refusal names the limit, so that a person can raise it.
#pragma once

#include <cstdint>

namespace likeness {

struct Limits {
  // One encoded picture file.
  uint64_t file_bytes_max = 64ull << 20;
  // Pixels of one frame, of all decoded frames, and the longest side.
  uint64_t decode_pixels_max = 100'000'000;
  uint64_t decode_side_max = 30'000;
  uint64_t decode_pixels_total_max = 200'000'000;
  uint32_t decode_frames_max = 200;
  // Bytes of decoded samples (a 16-bit RGBA picture has 8 a pixel).
  uint64_t decode_bytes_max = 512ull << 20;
  // Structure of the file.
  uint32_t jpeg_scans_max = 100;
  uint64_t png_chunk_bytes_max = 8ull << 20;
  uint32_t png_text_chunks_max = 1000;
  uint32_t exif_bytes_max = 64u << 10;
  uint32_t exif_tags_max = 500;
  uint32_t exif_depth_max = 4;
  uint32_t xmp_bytes_max = 256u << 10;
  uint32_t icc_bytes_max = 4u << 20;
  // A worker process that decodes and extracts.
  uint64_t worker_bytes_max = 768ull << 20;
  uint32_t worker_cpu_seconds_max = 10;
  uint32_t worker_wall_seconds_max = 15;
  uint32_t worker_jobs_max = 2000;  // then it is replaced
  // Words of people.
  uint32_t name_bytes_max = 255;
  uint32_t tags_max = 256;
  uint32_t tag_bytes_max = 400;  // 100 characters of at most 4 bytes
  uint32_t text_bytes_max = 16u << 10;
  uint32_t url_bytes_max = 2048;
  uint32_t query_bytes_max = 4096;
  // Requests.
  uint32_t results_max = 1000;
  uint32_t request_files_max = 1000;
  uint64_t request_bytes_max = 2ull << 30;
  uint32_t request_header_bytes_max = 16u << 10;
  uint64_t request_json_bytes_max = 1ull << 20;
  uint32_t request_idle_seconds_max = 30;
  uint32_t connections_max = 1024;
  uint32_t queue_jobs_max = 64;
};

}  // namespace likeness
