// The process that the fault tests kill and lie to: opens a catalog and changes it; "acked ID" after each change that
// returned, "deleted ID", "error CODE" for a refusal.
//   write FILE      inserts, deletions, a checkpoint, an orderly close
//   migrate FILE    takes the schema's steps and one more
//   list FILE       replaces a hash list by another, twice: "version N" after each
#include <cstdio>
#include <string_view>

#include "catalog/catalog.h"
#include "catalog/schema.h"

namespace likeness::catalog {
namespace {

bool Tell(const Status& status) {
  if (status.has_value()) return true;
  std::string name(Info(status.error().code).name);
  std::printf("error %s\n", name.c_str());
  std::fflush(stdout);
  return false;
}

ImageRow Image(uint64_t id) {
  ImageRow row;
  row.id.value = id;
  row.name = "image" + std::to_string(id);
  row.metadata_json = std::string(3000, 'x');
  row.tags = {"tag" + std::to_string(id % 3), "all"};
  row.blobs = {{BlobKind::kOriginal, 1, id * 8, id}};
  return row;
}

int Write(const char* path) {
  auto catalog = Catalog::Open({.path = path});
  if (!catalog.has_value()) {
    Tell(std::unexpected(catalog.error()));
    return 0;
  }
  for (int i = 0; i < 8; ++i) {
    ImageId first = (*catalog)->ReserveId(), second = (*catalog)->ReserveId();
    if (!first || !second) {
      Tell(Fail(ErrorCode::kUnavailable, "no id"));
      continue;
    }
    std::printf("reserved %lu\nreserved %lu\n", first.value, second.value);
    std::fflush(stdout);
    if (Tell((*catalog)->InsertImages({Image(first.value), Image(second.value)}))) {
      std::printf("acked %lu\nacked %lu\n", first.value, second.value);
      std::fflush(stdout);
      if (i % 3 == 2) {
        auto deleted = (*catalog)->DeleteImage(first);
        if (deleted.has_value()) {
          std::printf("deleted %lu\n", first.value);
        } else {
          std::printf("maybe %lu\n", first.value);
          Tell(std::unexpected(deleted.error()));
        }
        std::fflush(stdout);
      }
    }
    if (i == 4) Tell((*catalog)->Checkpoint());
  }
  return 0;
}

int TakeSteps(const char* path) {
  std::vector<Migration> steps(Migrations().begin(), Migrations().end());
  steps.push_back({"test",
                   "ALTER TABLE images ADD COLUMN mood TEXT NOT NULL DEFAULT ''; "
                   "UPDATE images SET mood = 'calm'; CREATE TABLE moods AS SELECT id, mood FROM images"});
  auto connection = Connection::Open(path, Connection::Mode::kWrite);
  if (!connection.has_value()) return Tell(std::unexpected(connection.error())) ? 0 : 1;
  if (Tell(Migrate(**connection, steps))) std::puts("migrated");
  return 0;
}

int ReplaceLists(const char* path) {
  auto catalog = Catalog::Open({.path = path});
  if (!catalog.has_value()) return Tell(std::unexpected(catalog.error())) ? 0 : 1;
  for (int version = 1; version <= 2; ++version) {
    std::vector<ListedHashRow> rows(static_cast<size_t>(300 * version));
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].hash[0] = static_cast<uint8_t>(i);
      rows[i].hash[1] = static_cast<uint8_t>(i >> 8);
      rows[i].labels = {"version " + std::to_string(version)};
    }
    auto written = (*catalog)->WriteHashList({.name = "list"}, HashListMode::kReplace, rows);
    if (!Tell(written.has_value() ? Status() : std::unexpected(written.error()))) return 0;
    std::printf("version %d\n", version);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace likeness::catalog

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view verb = argv[1];
  if (verb == "list") return likeness::catalog::ReplaceLists(argv[2]);
  return verb == "write" ? likeness::catalog::Write(argv[2]) : likeness::catalog::TakeSteps(argv[2]);
}
