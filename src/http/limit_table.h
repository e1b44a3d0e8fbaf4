// The names of base/limits.h as a list, for the section [limits] of the configuration and for `doctor`.
#pragma once

#include "base/limits.h"

namespace likeness::http {

// Calls visit(name, value) for every limit. `limits` may be const.
template <typename L, typename Visit>
void ForEachLimit(L& limits, const Visit& visit) {
  visit("file_bytes_max", limits.file_bytes_max);
  visit("decode_pixels_max", limits.decode_pixels_max);
  visit("decode_side_max", limits.decode_side_max);
  visit("decode_pixels_total_max", limits.decode_pixels_total_max);
  visit("decode_frames_max", limits.decode_frames_max);
  visit("decode_bytes_max", limits.decode_bytes_max);
  visit("jpeg_scans_max", limits.jpeg_scans_max);
  visit("png_chunk_bytes_max", limits.png_chunk_bytes_max);
  visit("png_text_chunks_max", limits.png_text_chunks_max);
  visit("exif_bytes_max", limits.exif_bytes_max);
  visit("exif_tags_max", limits.exif_tags_max);
  visit("exif_depth_max", limits.exif_depth_max);
  visit("xmp_bytes_max", limits.xmp_bytes_max);
  visit("icc_bytes_max", limits.icc_bytes_max);
  visit("worker_bytes_max", limits.worker_bytes_max);
  visit("worker_cpu_seconds_max", limits.worker_cpu_seconds_max);
  visit("worker_wall_seconds_max", limits.worker_wall_seconds_max);
  visit("worker_jobs_max", limits.worker_jobs_max);
  visit("name_bytes_max", limits.name_bytes_max);
  visit("tags_max", limits.tags_max);
  visit("tag_bytes_max", limits.tag_bytes_max);
  visit("text_bytes_max", limits.text_bytes_max);
  visit("url_bytes_max", limits.url_bytes_max);
  visit("query_bytes_max", limits.query_bytes_max);
  visit("results_max", limits.results_max);
  visit("request_files_max", limits.request_files_max);
  visit("request_bytes_max", limits.request_bytes_max);
  visit("request_header_bytes_max", limits.request_header_bytes_max);
  visit("request_json_bytes_max", limits.request_json_bytes_max);
  visit("request_idle_seconds_max", limits.request_idle_seconds_max);
  visit("connections_max", limits.connections_max);
  visit("queue_jobs_max", limits.queue_jobs_max);
}

}  // namespace likeness::http
