// The queue of models, and the tags that models give.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "catalog/catalog_impl.h"

namespace likeness::catalog {
namespace {

constexpr int64_t kBackOffMinMs = 60'000, kBackOffMaxMs = 24 * 3600 * 1000;
constexpr int kAttemptsMax = 8;

uint8_t Number(JobRole role) {
  return static_cast<uint8_t>(role);
}

Status AddAllJobs(Connection& connection, JobRole role) {
  LK_ASSIGN(Query add, connection.Prepare("INSERT INTO model_jobs (image_id, role) "
                                          "SELECT id, ? FROM images WHERE trashed_at_ms = 0"));
  return add.Bind(Number(role)).Run();
}

Status DropJobs(Connection& connection, JobRole role) {
  LK_ASSIGN(Query drop, connection.Prepare("DELETE FROM model_jobs WHERE role = ?"));
  return drop.Bind(Number(role)).Run();
}

// A picture that came and went within the span is not there any more, or in the trash. One that came back while
// somebody was at it is owed anew.
Status AddFromFeed(Connection& connection, JobRole role, int64_t after) {
  {
    LK_ASSIGN(Query drop, connection.Prepare("DELETE FROM model_jobs WHERE role = ?1 AND image_id IN "
                                             "(SELECT f.image_id FROM feed f JOIN images i ON i.id = f.image_id "
                                             "WHERE f.sequence > ?2 AND i.trashed_at_ms <> 0)"));
    LK_TRY(drop.Bind(Number(role)).Bind(after).Run());
  }
  LK_ASSIGN(Query add,
            connection.Prepare("INSERT INTO model_jobs (image_id, role) "
                               "SELECT DISTINCT f.image_id, ?1 FROM feed f JOIN images i ON i.id = f.image_id "
                               "WHERE f.sequence > ?2 AND f.operation = 1 AND i.trashed_at_ms = 0 "
                               "ON CONFLICT DO UPDATE SET leased_until_ms = 0"));
  return add.Bind(Number(role)).Bind(after).Run();
}

Result<int64_t> NewestSequence(Connection& connection) {
  return connection.ReadInteger("SELECT ifnull(max(sequence), 0) FROM feed");
}

struct KnownRole {
  std::string fingerprint;
  int64_t sequence = 0;
  bool present = false;
};

Result<KnownRole> FindRole(Connection& connection, JobRole role) {
  KnownRole known;
  LK_ASSIGN(Query query, connection.Prepare("SELECT fingerprint, feed_sequence FROM model_roles WHERE role = ?"));
  LK_ASSIGN(known.present, query.Bind(Number(role)).Step());
  if (known.present) known = {query.Text(0), query.Integer(1), true};
  return known;
}

}  // namespace

Status Catalog::FillJobs(const RoleRow& row, bool afresh) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(const KnownRole known, FindRole(connection, row.role));
    LK_ASSIGN(const int64_t newest, NewestSequence(connection));
    if (row.fingerprint.empty()) {
      LK_TRY(DropJobs(connection, row.role));
      LK_ASSIGN(Query forget, connection.Prepare("DELETE FROM automatic_tags WHERE role = ? AND state = 1"));
      LK_TRY(forget.Bind(Number(row.role)).Run());
    } else if (afresh || !known.present || known.fingerprint != row.fingerprint) {
      LK_TRY(DropJobs(connection, row.role));
      LK_TRY(AddAllJobs(connection, row.role));
    } else {
      LK_TRY(AddFromFeed(connection, row.role, known.sequence));
    }
    LK_ASSIGN(Query set, connection.Prepare("INSERT OR REPLACE INTO model_roles (role, model, fingerprint, "
                                            "feed_sequence, serving_model, serving_fingerprint) "
                                            "VALUES (?, ?, ?, ?, ?, ?)"));
    set.Bind(Number(row.role)).Bind(row.model).Bind(row.fingerprint).Bind(newest);
    return set.Bind(row.serving_model).Bind(row.serving_fingerprint).Run();
  });
}

Status Catalog::FollowFeed() {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(const int64_t newest, NewestSequence(connection));
    std::vector<std::pair<JobRole, int64_t>> roles;
    {
      LK_ASSIGN(Query query, connection.Prepare("SELECT role, feed_sequence FROM model_roles WHERE fingerprint <> ''"));
      while (true) {
        LK_ASSIGN(bool found, query.Step());
        if (!found) break;
        roles.emplace_back(static_cast<JobRole>(query.Integer(0)), query.Integer(1));
      }
    }
    for (const auto& [role, sequence] : roles) {
      LK_TRY(AddFromFeed(connection, role, sequence));
      LK_ASSIGN(Query set, connection.Prepare("UPDATE model_roles SET feed_sequence = ? WHERE role = ?"));
      LK_TRY(set.Bind(newest).Bind(Number(role)).Run());
    }
    return {};
  });
}

Result<uint64_t> Catalog::FeedSequence() const {
  uint64_t sequence = 0;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(const int64_t newest, NewestSequence(connection));
    sequence = static_cast<uint64_t>(newest);
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return sequence;
}

Result<std::vector<RoleRow>> Catalog::ListRoles() const {
  std::vector<RoleRow> rows;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT role, model, fingerprint, serving_model, serving_fingerprint "
                                              "FROM model_roles ORDER BY role"));
    while (true) {
      LK_ASSIGN(bool found, query.Step());
      if (!found) return {};
      rows.push_back(
          {static_cast<JobRole>(query.Integer(0)), query.Text(1), query.Text(2), query.Text(3), query.Text(4)});
    }
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return rows;
}

Result<std::vector<ImageId>> Catalog::LeaseJobs(JobRole role, size_t limit, int64_t lease_ms) {
  std::vector<ImageId> images;
  const int64_t now_ms = impl_->NowMs();
  Status done = impl_->Write([&](Connection& connection) -> Status {
    {
      LK_ASSIGN(Query find, connection.Prepare("SELECT image_id FROM model_jobs WHERE role = ? AND not_before_ms <= ? "
                                               "AND leased_until_ms <= ? AND attempts < ? "
                                               "ORDER BY not_before_ms, image_id LIMIT ?"));
      find.Bind(Number(role)).Bind(now_ms).Bind(now_ms).Bind(kAttemptsMax).Bind(limit);
      while (true) {
        LK_ASSIGN(bool found, find.Step());
        if (!found) break;
        images.push_back({find.Unsigned(0)});
      }
    }
    for (ImageId image : images) {
      LK_ASSIGN(Query lease, connection.Prepare("UPDATE model_jobs SET leased_until_ms = ? WHERE image_id = ? "
                                                "AND role = ?"));
      LK_TRY(lease.Bind(now_ms + lease_ms).Bind(image.value).Bind(Number(role)).Run());
    }
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return images;
}

Status Catalog::FinishJobs(JobRole role, const std::vector<ImageId>& images) {
  if (images.empty()) return {};
  return impl_->Write([&](Connection& connection) -> Status {
    for (ImageId image : images) {
      LK_ASSIGN(Query drop, connection.Prepare("DELETE FROM model_jobs WHERE image_id = ? AND role = ? "
                                               "AND leased_until_ms <> 0"));
      LK_TRY(drop.Bind(image.value).Bind(Number(role)).Run());
    }
    return {};
  });
}

Status Catalog::ReleaseJobs(JobRole role, const std::vector<ImageId>& images, int64_t pause_ms) {
  const int64_t not_before_ms = pause_ms == 0 ? 0 : impl_->NowMs() + pause_ms;
  return impl_->Write([&](Connection& connection) -> Status {
    if (images.empty()) {
      LK_ASSIGN(Query free, connection.Prepare("UPDATE model_jobs SET leased_until_ms = 0 WHERE role = ?"));
      return free.Bind(Number(role)).Run();
    }
    for (ImageId image : images) {
      LK_ASSIGN(Query free,
                connection.Prepare("UPDATE model_jobs SET leased_until_ms = 0, "
                                   "not_before_ms = max(not_before_ms, ?) WHERE image_id = ? AND role = ?"));
      LK_TRY(free.Bind(not_before_ms).Bind(image.value).Bind(Number(role)).Run());
    }
    return {};
  });
}

Status Catalog::FailJob(JobRole role, ImageId image, const std::string& error) {
  const int64_t now_ms = impl_->NowMs();
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query fail, connection.Prepare("UPDATE model_jobs SET attempts = attempts + 1, leased_until_ms = 0, "
                                             "error = ?1, not_before_ms = ?2 + min(?3 << attempts, ?4) "
                                             "WHERE image_id = ?5 AND role = ?6"));
    fail.Bind(error).Bind(now_ms).Bind(kBackOffMinMs).Bind(kBackOffMaxMs).Bind(image.value).Bind(Number(role));
    return fail.Run();
  });
}

Result<JobCounts> Catalog::CountJobs(JobRole role) const {
  JobCounts counts;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT count(*), ifnull(sum(attempts >= ?), 0), ifnull(max(error), '') "
                                              "FROM model_jobs WHERE role = ?"));
    LK_ASSIGN(bool found, query.Bind(kAttemptsMax).Bind(Number(role)).Step());
    if (!found) return {};
    counts.failed = query.Unsigned(1);
    counts.waiting = query.Unsigned(0) - counts.failed;
    counts.error = query.Text(2);
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return counts;
}

Result<bool> Catalog::HasFreeJobs(JobRole role, bool due) const {
  bool any = false;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT 1 FROM model_jobs WHERE role = ? AND leased_until_ms = 0 "
                                              "AND attempts < ? AND not_before_ms <= ? LIMIT 1"));
    query.Bind(Number(role)).Bind(kAttemptsMax).Bind(due ? impl_->NowMs() : std::numeric_limits<int64_t>::max());
    LK_ASSIGN(any, query.Step());
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return any;
}

Status Catalog::WriteAutomaticTags(JobRole role, ImageId image, const std::vector<AutomaticTag>& tags) {
  return impl_->Write([&](Connection& connection) -> Status {
    {
      LK_ASSIGN(Query drop,
                connection.Prepare("DELETE FROM automatic_tags WHERE image_id = ? AND role = ? AND state = 1"));
      LK_TRY(drop.Bind(image.value).Bind(Number(role)).Run());
    }
    for (const AutomaticTag& tag : tags) {
      LK_ASSIGN(Query add,
                connection.Prepare("INSERT INTO automatic_tags (image_id, name, role, model, confidence, state) "
                                   "SELECT ?1, ?2, ?3, ?4, ?5, 1 WHERE EXISTS (SELECT 1 FROM images WHERE id = ?1) "
                                   "AND NOT EXISTS (SELECT 1 FROM automatic_tags WHERE image_id = ?1 AND name = ?2 "
                                   "AND state <> 1) ON CONFLICT DO NOTHING"));
      add.Bind(image.value).Bind(tag.name).Bind(Number(role)).Bind(tag.model).Bind(std::clamp(tag.confidence, 0, 1000));
      LK_TRY(add.Run());
    }
    LK_ASSIGN(Query done, connection.Prepare("DELETE FROM model_jobs WHERE image_id = ? AND role = ?"));
    return done.Bind(image.value).Bind(Number(role)).Run();
  });
}

Result<std::vector<AutomaticTag>> Catalog::ListAutomaticTags(ImageId image) const {
  std::vector<AutomaticTag> tags;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT name, role, model, confidence, state FROM automatic_tags "
                                              "WHERE image_id = ? ORDER BY confidence DESC, name"));
    query.Bind(image.value);
    while (true) {
      LK_ASSIGN(bool found, query.Step());
      if (!found) return {};
      tags.push_back({query.Text(0), static_cast<JobRole>(query.Integer(1)), query.Text(2),
                      static_cast<int>(query.Integer(3)), static_cast<TagState>(query.Integer(4))});
    }
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return tags;
}

Status Catalog::WriteQuality(ImageId image, const std::optional<QualityScore>& score) {
  return impl_->Write([&](Connection& connection) -> Status {
    {
      LK_ASSIGN(Query drop, connection.Prepare("DELETE FROM quality_scores WHERE image_id = ?"));
      LK_TRY(drop.Bind(image.value).Run());
    }
    if (score) {
      LK_ASSIGN(Query add, connection.Prepare("INSERT INTO quality_scores (image_id, model, score_hundredths) "
                                              "SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM images WHERE id = ?1)"));
      LK_TRY(add.Bind(image.value)
                 .Bind(score->model)
                 .Bind(std::lround(std::clamp(score->score, 0.0f, 100.0f) * 100))
                 .Run());
    }
    LK_ASSIGN(Query done, connection.Prepare("DELETE FROM model_jobs WHERE image_id = ? AND role = ?"));
    return done.Bind(image.value).Bind(Number(JobRole::kQuality)).Run();
  });
}

Result<std::optional<QualityScore>> Catalog::FindQuality(ImageId image) const {
  std::optional<QualityScore> score;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT model, score_hundredths FROM quality_scores WHERE image_id = ?"));
    LK_ASSIGN(bool found, query.Bind(image.value).Step());
    if (found) score = QualityScore{query.Text(0), static_cast<float>(query.Integer(1)) / 100};
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return score;
}

Status SetTagState(Connection& connection, ImageId image, int64_t sort_at_ms, const std::string& name, TagState state) {
  {
    LK_ASSIGN(Query set, connection.Prepare("UPDATE automatic_tags SET state = ? WHERE image_id = ? AND name = ?"));
    LK_TRY(set.Bind(static_cast<uint8_t>(state)).Bind(image.value).Bind(name).Run());
  }
  if (connection.changes() == 0)
    return Fail(ErrorCode::kNotFound, fmt::format("image {} has no automatic tag \"{}\"", image.value, name));
  return state == TagState::kAccepted ? AddTag(connection, image, sort_at_ms, name)
                                      : RemoveTag(connection, image, name);
}

}  // namespace likeness::catalog
