#include "http/access.h"

namespace likeness::http {

Status Authorize(Caller caller, Action action, ImageId /*id*/) {
  if (caller == Caller::kOwner) return {};
  switch (action) {
    case Action::kProbe:
    case Action::kOperate:
    case Action::kList:
    case Action::kSeeImage:
    case Action::kSeeBytes:
    case Action::kSearch:
    case Action::kAdd:
    case Action::kEdit:
    case Action::kDelete:
    case Action::kDecide:
      return {};
    case Action::kModerate:
    case Action::kLocal:
      break;
  }
  return Fail(ErrorCode::kNotFound, "no such route", "see /api/openapi.yaml for what there is");
}

}  // namespace likeness::http
