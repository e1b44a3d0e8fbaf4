// The models in use of a data folder, opened: an immutable snapshot. Opening takes seconds and is done off the path of
// requests; whoever holds the old set goes on with it until the new one is there. What cannot be opened is told as a
// fault and is otherwise just absent. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/model_store.h"
#include "feature/brisque.h"
#include "feature/embedding/encoder.h"
#include "feature/embedding/runtime.h"

namespace likeness::engine {

class ModelSet {
 public:
  struct Fault {
    feature::ModelRole role;
    std::string model;
    Error error;
  };
  struct Member {
    std::string model, fingerprint;  // ModelStore::Fingerprint
  };

  // Of the models that `store` says are in use. Files are checked against their checksums first.
  static std::shared_ptr<const ModelSet> Open(const ModelStore& store,
                                              std::shared_ptr<const feature::ModelRuntime> runtime,
                                              const CancelFlag& cancel);

  // The same of the given ones.
  static std::shared_ptr<const ModelSet> OpenThese(const ModelStore& store,
                                                   const std::map<feature::ModelRole, std::string>& models,
                                                   std::shared_ptr<const feature::ModelRuntime> runtime,
                                                   const CancelFlag& cancel);

  // Null when the role has no model in use, or it could not be opened.
  const feature::ImageEncoder* image_text() const { return image_text_.get(); }
  const feature::TextEncoder* text() const { return text_.get(); }  // there whenever image_text is
  const feature::ImageEncoder* image() const { return image_.get(); }
  const feature::SceneTagger* scenes() const { return scenes_.get(); }
  const feature::ObjectDetector* objects() const { return objects_.get(); }
  const feature::Brisque* quality() const { return quality_.get(); }

  // Null under the same conditions.
  const Member* Find(feature::ModelRole role) const;
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  Status OpenRole(const feature::ModelSpec& spec, std::shared_ptr<const feature::ModelRuntime> runtime);

  std::unique_ptr<feature::ImageEncoder> image_text_, image_;
  std::unique_ptr<feature::TextEncoder> text_;
  std::unique_ptr<feature::SceneTagger> scenes_;
  std::unique_ptr<feature::ObjectDetector> objects_;
  std::unique_ptr<feature::Brisque> quality_;
  std::map<feature::ModelRole, Member> members_;
  std::vector<Fault> faults_;
};

// Opens one installed model, whether in use or not, and lets go of it: its networks are what its manifest says, or the
// error.
Status TryModel(const ModelStore& store, const std::string& name, std::shared_ptr<const feature::ModelRuntime> runtime);

}  // namespace likeness::engine
