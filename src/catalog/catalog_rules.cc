// What tags stand for beside themselves. None of it is in the feed, since no image changes.
#include <fmt/format.h>

#include "catalog/catalog_impl.h"

namespace likeness::catalog {

Status Catalog::WriteTagRule(const TagRule& rule) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("INSERT INTO tag_rules (name, target, kind) VALUES (?, ?, ?) "
                                              "ON CONFLICT (name, target) DO UPDATE SET kind = excluded.kind"));
    return query.Bind(rule.name).Bind(rule.target).Bind(static_cast<uint8_t>(rule.kind)).Run();
  });
}

Status Catalog::RemoveTagRule(const std::string& name, const std::string& target) {
  return impl_->Write([&](Connection& connection) -> Status {
    {
      LK_ASSIGN(Query query, connection.Prepare("DELETE FROM tag_rules WHERE name = ? AND target = ?"));
      LK_TRY(query.Bind(name).Bind(target).Run());
    }
    if (connection.changes() == 0)
      return Fail(ErrorCode::kNotFound, fmt::format("nothing is said of \"{}\" and \"{}\"", name, target));
    return {};
  });
}

Result<std::vector<TagRule>> Catalog::ListTagRules() const {
  std::vector<TagRule> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT name, target, kind FROM tag_rules ORDER BY target, name"));
    LK_ASSIGN(out, Collect<TagRule>(query, [](const Query& row) {
                return TagRule{row.Text(0), row.Text(1), static_cast<TagRuleKind>(row.Integer(2))};
              }));
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

}  // namespace likeness::catalog
