// What parent and worker say to each other over a SOCK_SEQPACKET pair. The parent is trusted by the worker, never the
// other way round.
//
//   parent -> worker   Hello (once; with the output memfd)     limits
//   worker -> parent   Ready (once)                            which isolation is in force
//   parent -> worker   Job (with the sealed input memfd)       sizes of the file and of the sidecar behind it, options;
//                                                             for kPicture also a memfd with room for the pixels
//   worker -> parent   Done                                    length of the serialized answer in the output memfd
#pragma once

#include <cstdint>

#include "base/limits.h"

namespace likeness::sandbox::wire {

inline constexpr uint32_t kMagic = 0x314B574Cu;  // "LWK1"
// Room for one serialized answer. Sparse: only what is written takes memory.
inline constexpr uint64_t kOutputBytes = 32ull << 20;
inline constexpr int kControlDescriptor = 3;

struct Hello {
  uint32_t magic = kMagic;
  Limits limits;
};

enum Isolation : uint32_t { kSeccomp = 1, kMemoryLimit = 2 };
struct Ready {
  uint32_t magic = kMagic;
  uint32_t isolation = 0;     // bits of Isolation
  uint32_t landlock_abi = 0;  // 0: the kernel has none
};

enum JobFlag : uint32_t {
  kPixelHash = 1,
  kThumbnails = 2,
  kLocal = 4,
  kMetadata = 8,
  kPhashOnly = 16,
  // Nothing but info, and the pixels at full size in the second memfd.
  kPicture = 32,
  // Nothing but info, and the file without its metadata.
  kStripped = 64
};
struct Job {
  uint32_t magic = kMagic;
  uint32_t flags = 0;
  uint32_t formats = 0;
  uint64_t number = 0;
  uint64_t file_bytes = 0;
  uint64_t sidecar_bytes = 0;
  uint64_t picture_bytes_max = 0;  // of kPicture: the room in the second memfd
};

struct Done {
  uint32_t magic = kMagic;
  uint64_t number = 0;
  uint64_t answer_bytes = 0;
};

}  // namespace likeness::sandbox::wire
