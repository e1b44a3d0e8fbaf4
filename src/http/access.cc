#include "http/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace likeness::http {
namespace {

using catalog::Role;

struct Rule {
  Action action;
  Role least = Role::kVisitor;
  uint32_t scope = 0;         // that a token must have; 0: no token may
  bool open = true;           // also without accounts
  bool for_visitors = false;  // needs no permission to look
};
constexpr Rule kRules[] = {
    {.action = Action::kProbe, .scope = kScopesAll, .for_visitors = true},
    {.action = Action::kSignIn, .scope = kScopesAll, .for_visitors = true},
    {.action = Action::kAccount, .least = Role::kUser, .open = false},
    {.action = Action::kOperate, .least = Role::kAdmin, .scope = kScopeManage},
    {.action = Action::kList, .scope = kScopeRead},
    {.action = Action::kSeeImage, .scope = kScopeRead},
    {.action = Action::kSeeBytes, .scope = kScopeRead},
    {.action = Action::kSearch, .scope = kScopeRead},
    {.action = Action::kShared, .scope = kScopesAll, .for_visitors = true},
    {.action = Action::kCollect, .least = Role::kUser, .scope = kScopeEdit},
    {.action = Action::kAdd, .least = Role::kUser, .scope = kScopeAdd},
    {.action = Action::kEdit, .least = Role::kUser, .scope = kScopeEdit},
    {.action = Action::kDelete, .least = Role::kAdmin, .scope = kScopeManage},
    {.action = Action::kDecide, .least = Role::kModerator, .scope = kScopeModerate},
    {.action = Action::kModerate, .least = Role::kModerator, .scope = kScopeModerate, .open = false},
    {.action = Action::kManage, .least = Role::kAdmin, .scope = kScopeManage, .open = false},
};

const Rule* FindRule(Action action) {
  const Rule* found = std::ranges::find(kRules, action, &Rule::action);
  return found == std::end(kRules) ? nullptr : found;
}

Status NoSuchRoute() {
  return Fail(ErrorCode::kNotFound, "no such route", "see /api/openapi.yaml for what there is");
}

}  // namespace

bool ConcernsOnePicture(Action action) {
  return action == Action::kSeeImage || action == Action::kSeeBytes;
}

Status Authorize(const Caller& caller, Action action) {
  if (caller.owner()) return {};
  const Rule* rule = FindRule(action);
  if (!rule) return NoSuchRoute();
  if (!caller.accounts) return rule->open ? Status{} : NoSuchRoute();
  const bool may_look = caller.role > Role::kVisitor || caller.visitors_look || rule->for_visitors;
  if (!may_look || caller.role < rule->least) {
    if (!caller.user) return Fail(ErrorCode::kUnauthenticated, "this is for people who have logged in", "log in first");
    return Fail(ErrorCode::kPermissionDenied, "your account may not do this", "ask an administrator for it");
  }
  if (caller.by_token && (caller.scopes & rule->scope) == 0) {
    if (rule->scope == 0)
      return Fail(ErrorCode::kPermissionDenied, "this cannot be done with an API token", "log in with the page");
    return Fail(ErrorCode::kPermissionDenied, "the API token is not meant for this", "make one with the scope for it");
  }
  return {};
}

Status Authorize(const Caller& caller, Action action, ImageId id, const catalog::Standing& standing) {
  LK_TRY(Authorize(caller, action));
  if (caller.owner() || !caller.accounts) return {};
  const catalog::Audience audience = AudienceOf(caller);
  if (!audience.Sees(standing)) return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
  if (ConcernsOnePicture(action) || audience.everything || standing.owner == caller.user) return {};
  if (action != Action::kEdit) return {};
  return Fail(ErrorCode::kPermissionDenied, "this picture is somebody else's", "only its owner and moderators edit it");
}

bool SeesPlaces(const Caller& caller) {
  return caller.owner() || !caller.accounts || caller.user;
}

catalog::Audience AudienceOf(const Caller& caller) {
  const bool moderates = caller.role >= Role::kModerator && (!caller.by_token || (caller.scopes & kScopeModerate) != 0);
  const bool everything = caller.owner() || !caller.accounts || moderates;
  return {.everything = everything, .user = caller.user};
}

}  // namespace likeness::http
