#include "engine/types.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"

namespace likeness::engine {
namespace {

constexpr std::array<std::pair<OnDuplicate, std::string_view>, 5> kPolicies{{
    {OnDuplicate::kSkip, "skip"},
    {OnDuplicate::kKeep, "keep"},
    {OnDuplicate::kLink, "link"},
    {OnDuplicate::kReplaceIfBetter, "replace-if-better"},
    {OnDuplicate::kAsk, "ask"},
}};

}  // namespace

Result<OnDuplicate> OnDuplicateFromName(std::string_view name) {
  for (const auto& [policy, text] : kPolicies)
    if (text == name) return policy;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("unknown policy for duplicates: {}", name.substr(0, 40)),
              "use one of skip, keep, link, replace-if-better, ask");
}

Result<OnListed> OnListedFromName(std::string_view name) {
  if (name == "report") return OnListed::kReport;
  if (name == "reject") return OnListed::kReject;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("unknown policy for listed pictures: {}", name.substr(0, 40)),
              "use report or reject");
}

std::string_view Name(OnDuplicate policy) {
  for (const auto& [value, text] : kPolicies)
    if (value == policy) return text;
  return "skip";
}

std::string_view Name(ImportStatus status) {
  switch (status) {
    case ImportStatus::kImported:
      return "imported";
    case ImportStatus::kDuplicate:
      return "duplicate";
    case ImportStatus::kRejected:
      return "rejected";
    case ImportStatus::kFailed:
      return "failed";
  }
  return "failed";
}

Result<FoldersAs> FoldersAsFromName(std::string_view name) {
  if (name == "tags") return FoldersAs::kTags;
  if (name == "albums") return FoldersAs::kAlbums;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("folders cannot become \"{}\"", CleanText(name, 40)),
              "say tags or albums");
}

}  // namespace likeness::engine
