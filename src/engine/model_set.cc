#include "engine/model_set.h"

#include <fmt/format.h>

namespace likeness::engine {

using feature::ModelRole;
using feature::ModelRuntime;
using feature::ModelSpec;

Status ModelSet::OpenRole(const ModelSpec& spec, std::shared_ptr<const ModelRuntime> runtime) {
  switch (spec.role) {
    case ModelRole::kImageText: {
      LK_ASSIGN(auto image, feature::ImageEncoder::Open(runtime, spec));
      LK_ASSIGN(text_, feature::TextEncoder::Open(std::move(runtime), spec));
      image_text_ = std::move(image);
      return {};
    }
    case ModelRole::kImage: {
      LK_ASSIGN(image_, feature::ImageEncoder::Open(std::move(runtime), spec));
      return {};
    }
    case ModelRole::kScenes: {
      LK_ASSIGN(scenes_, feature::SceneTagger::Open(std::move(runtime), spec));
      return {};
    }
    case ModelRole::kObjects: {
      LK_ASSIGN(objects_, feature::ObjectDetector::Open(std::move(runtime), spec));
      return {};
    }
    case ModelRole::kQuality: {
      LK_ASSIGN(quality_,
                feature::Brisque::Open(spec.folder / spec.quality->model, spec.folder / spec.quality->ranges));
      return {};
    }
  }
  return Fail(ErrorCode::kInternal, "a role without a reader");
}

std::shared_ptr<const ModelSet> ModelSet::Open(const ModelStore& store, std::shared_ptr<const ModelRuntime> runtime,
                                               const CancelFlag& cancel) {
  Result<std::map<ModelRole, std::string>> in_use = store.InUse();
  if (in_use) return OpenThese(store, *in_use, std::move(runtime), cancel);
  auto set = std::make_shared<ModelSet>();
  set->faults_.push_back({ModelRole::kImageText, "", in_use.error()});
  return set;
}

std::shared_ptr<const ModelSet> ModelSet::OpenThese(const ModelStore& store,
                                                    const std::map<ModelRole, std::string>& models,
                                                    std::shared_ptr<const ModelRuntime> runtime,
                                                    const CancelFlag& cancel) {
  auto set = std::make_shared<ModelSet>();
  for (const auto& [role, name] : models) {
    const auto open = [&]() -> Status {
      LK_ASSIGN(std::vector<std::string> damage, store.Verify(name, cancel));
      if (!damage.empty())
        return Fail(ErrorCode::kCorruption, fmt::format("the model {} is damaged: {}", name, damage[0]),
                    fmt::format("fetch it again: likeness models pull {}", name));
      LK_ASSIGN(ModelSpec spec, store.GetSpec(name));
      if (spec.role != role)
        return Fail(ErrorCode::kFailedPrecondition, fmt::format("the model {} is of another role", name),
                    fmt::format("choose again: likeness models use {}", name));
      LK_ASSIGN(std::string fingerprint, store.Fingerprint(name));
      LK_TRY(set->OpenRole(spec, runtime));
      set->members_[role] = {name, fingerprint};
      return {};
    };
    if (Status opened = open(); !opened) set->faults_.push_back({role, name, opened.error()});
  }
  return set;
}

const ModelSet::Member* ModelSet::Find(ModelRole role) const {
  auto found = members_.find(role);
  return found == members_.end() ? nullptr : &found->second;
}

Status TryModel(const ModelStore& store, const std::string& name, std::shared_ptr<const ModelRuntime> runtime) {
  LK_ASSIGN(ModelSpec spec, store.GetSpec(name));
  switch (spec.role) {
    case ModelRole::kImageText:
      LK_TRY(feature::ImageEncoder::Open(runtime, spec));
      LK_TRY(feature::TextEncoder::Open(runtime, spec));
      break;
    case ModelRole::kImage:
      LK_TRY(feature::ImageEncoder::Open(runtime, spec));
      break;
    case ModelRole::kScenes:
      LK_TRY(feature::SceneTagger::Open(runtime, spec));
      break;
    case ModelRole::kObjects:
      LK_TRY(feature::ObjectDetector::Open(runtime, spec));
      break;
    case ModelRole::kQuality:
      LK_TRY(feature::Brisque::Open(spec.folder / spec.quality->model, spec.folder / spec.quality->ranges));
      break;
  }
  return {};
}

}  // namespace likeness::engine
