// How much there is in the gallery, for each audience: what was counted last is answered at once, and what is older
// than the last change is counted anew in the background, so that nobody waits for it but the first who asks.
// Thread-safe.
#pragma once

#include <list>
#include <memory>
#include <mutex>

#include "base/threads.h"
#include "engine/library.h"

namespace likeness::http {

class GalleryCounts {
 public:
  // `generation`: of what is there now (Api::Impl).
  Result<engine::GalleryFigures> Get(const engine::Library& library, const catalog::Audience& audience,
                                     uint64_t generation);

 private:
  static constexpr size_t kAudiencesMax = 64;
  struct Entry {
    catalog::Audience audience;
    engine::GalleryFigures figures;
    uint64_t generation = 0;
    bool counting = false;
  };
  void Put(const catalog::Audience& audience, const Result<engine::GalleryFigures>& counted, uint64_t generation);

  std::mutex mutex_;
  std::list<Entry> entries_;              // the last counted first
  ThreadPool counter_{1, kAudiencesMax};  // last: it ends first
};

}  // namespace likeness::http
