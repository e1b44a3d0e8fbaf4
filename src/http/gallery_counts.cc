#include "http/gallery_counts.h"

#include <algorithm>

namespace likeness::http {

Result<engine::GalleryFigures> GalleryCounts::Get(const engine::Library& library, const catalog::Audience& audience,
                                                  uint64_t generation) {
  {
    std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(entries_, audience, &Entry::audience);
    if (found != entries_.end()) {
      if (found->generation != generation && !found->counting)
        found->counting = counter_.TryPost(
            [this, &library, audience, generation] { Put(audience, library.CountGallery(audience), generation); });
      return found->figures;
    }
  }
  Result<engine::GalleryFigures> counted = library.CountGallery(audience);
  Put(audience, counted, generation);
  return counted;
}

void GalleryCounts::Put(const catalog::Audience& audience, const Result<engine::GalleryFigures>& counted,
                        uint64_t generation) {
  std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(entries_, audience, &Entry::audience);
  if (!counted) {  // the next who asks has it counted again
    if (found != entries_.end()) found->counting = false;
    return;
  }
  if (found != entries_.end()) entries_.erase(found);
  entries_.push_front({audience, *counted, generation, false});
  if (entries_.size() > kAudiencesMax) entries_.pop_back();
}

}  // namespace likeness::http
