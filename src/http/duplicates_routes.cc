// Groups of copies, and what people decided about pairs.
#include <algorithm>
#include <atomic>

#include "base/text.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

// The first call may take minutes: those that wait for it must not take every thread from the other routes.
class Turn {
 public:
  explicit Turn(std::atomic<int>& count) : count_(count), has_(count.fetch_add(1) < kAtOnceMax) {}
  ~Turn() { count_.fetch_sub(1); }
  Turn(const Turn&) = delete;
  bool has() const { return has_; }

 private:
  static constexpr int kAtOnceMax = 2;
  std::atomic<int>& count_;
  const bool has_;
};

Result<Response> ListDuplicates(Context& context) {
  Turn turn(context.api.duplicate_lists);
  if (!turn.has())
    return Fail(ErrorCode::kUnavailable, "the library is being looked through for copies", "try again in a moment");
  auto tell = [&](const engine::ImportProgress& progress) {
    context.api.events.Publish("duplicates", ToJson(progress).Dump());
  };
  LK_ASSIGN(std::vector<engine::DuplicateGroup> groups, context.library().FindDuplicates(context.cancel, tell));
  Json out = Json::MakeArray();
  for (const engine::DuplicateGroup& group : groups) out.Append(ToJson(group));
  return JsonResponse(Json().Set("groups", std::move(out)));
}

Result<Response> ListDecisions(Context& context) {
  LK_ASSIGN(bool undone, QueryBool(context.request, "undone", false));
  LK_ASSIGN(int64_t limit, QueryInt(context.request, "limit", 1000, 1, 10000));
  LK_ASSIGN(auto rows, context.library().ListDecisions(undone, static_cast<size_t>(limit)));
  Json out = Json::MakeArray();
  for (const catalog::DecisionRow& row : rows) out.Append(ToJson(row));
  return JsonResponse(Json().Set("decisions", std::move(out)));
}

Result<Response> Decide(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  auto a = fields.Int("a", 1, int64_t{1} << 60), b = fields.Int("b", 1, int64_t{1} << 60);
  auto kind = fields.String("kind");
  auto reason = fields.String("reason");
  for (const char* name : {"a", "b", "kind"}) fields.Require(name);
  if (a && b && *a == *b) fields.Fault("b", "is the same image as a");
  LK_TRY(fields.Finish());
  LK_ASSIGN(catalog::DecisionKind decision, DecisionKindFromName(*kind));
  ImageId first{static_cast<uint64_t>(*a)}, second{static_cast<uint64_t>(*b)};
  LK_TRY(AuthorizeImage(context, Action::kDecide, first));
  LK_TRY(AuthorizeImage(context, Action::kDecide, second));
  std::string text = CleanText(reason.value_or(""), context.limits().text_bytes_max, true);
  LK_ASSIGN(catalog::DecisionRow row, context.library().Decide(first, second, decision, text));
  return JsonResponse(ToJson(row));
}

Result<Response> UndoDecision(Context& context) {
  LK_ASSIGN(ImageId id, CapturedId(context));
  LK_TRY(context.library().UndoDecision(DecisionId{id.value}));
  return NoContent();
}

}  // namespace

std::vector<Route> DuplicateRoutes() {
  return {
      {"GET", "/api/v1/duplicates", Action::kDecide, ListDuplicates},
      {"GET", "/api/v1/decisions", Action::kDecide, ListDecisions},
      {"POST", "/api/v1/decisions", Action::kDecide, Decide},
      {"DELETE", "/api/v1/decisions/{id}", Action::kDecide, UndoDecision},
  };
}

}  // namespace likeness::http
