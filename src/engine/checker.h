// The consistency check of a data folder: catalog, every record of every volume, and the references both ways. Reads
// only; says what it found and, structured, what a repair would have to do. Single-threaded towards its caller.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/threads.h"
#include "blob/volume_store.h"
#include "catalog/catalog.h"
#include "engine/progress_meter.h"
#include "engine/types.h"

namespace likeness::engine {

enum class StoreKind : uint8_t { kOriginals, kFeatures, kThumbnails };
StoreKind StoreKindOf(catalog::BlobKind kind);
std::string_view Name(StoreKind kind);

class Checker {
 public:
  struct Parts {
    const catalog::Catalog* catalog = nullptr;
    const blob::VolumeStore* stores[3] = {};  // by StoreKind
    size_t threads = 1;
    // Records of unknown images are what an unclean end leaves; the next opening drops them, so they are no problem.
    bool ignore_orphans = false;
  };
  struct Orphan {
    StoreKind store;
    uint64_t id = 0;
    size_t problem = 0;
  };
  struct Rederive {
    ImageId image;
    size_t problem = 0;
  };
  struct Relocate {
    ImageId image;
    catalog::BlobRow row;
    size_t problem = 0;
  };
  struct Findings {
    FsckReport report;
    std::vector<Orphan> orphans;
    std::vector<Rederive> rederive;
    std::vector<Relocate> relocate;      // the catalog points nowhere, but a whole record of that kind is there
    std::vector<Relocate> revive;        // a live image's original has a tombstone: to be appended anew
    std::vector<size_t> derived_damage;  // problems
    uint64_t live_images = 0;            // not in the trash
  };

  explicit Checker(const Parts& parts) : parts_(parts) {}
  Result<Findings> Run(const CancelFlag& cancel, ProgressMeter& meter);

 private:
  struct Record {
    catalog::BlobKind kind;
    blob::Location location;
    Sha256 sha256{};
    bool payload_ok = true;
    bool deleted = false;
  };
  using Records = std::unordered_map<uint64_t, std::vector<Record>>;
  struct Image {
    ImageId id;
    Sha256 sha256{};
    std::vector<catalog::BlobRow> blobs;
  };

  Status ScanStore(StoreKind kind);
  void CheckImage(const Image& image);
  void CheckOriginal(const Image& image);
  bool DerivedIsThere(const Image& image, catalog::BlobKind kind, bool required) const;
  void FindOrphans(StoreKind kind);
  const Record* Find(const Image& image, catalog::BlobKind kind) const;
  size_t AddProblem(std::string kind, std::string what, ImageId image = {});

  const Parts parts_;
  Records records_[3];
  std::vector<Image> images_;
  std::unordered_map<uint64_t, size_t> image_slots_;
  std::mutex mutex_;
  Findings findings_;
};

}  // namespace likeness::engine
