// The catalog's schema as a list of numbered steps (docs/formats/catalog.md). A step, once released, never changes: a
// new one is added. PRAGMA user_version is the number of steps that were taken.
#pragma once

#include <span>

#include "base/error.h"
#include "catalog/sqlite.h"

namespace likeness::catalog {

struct Migration {
  const char* name;
  const char* sql;
};

std::span<const Migration> Migrations();

// "LKCT": tells our file from any other SQLite database.
inline constexpr int64_t kApplicationId = 0x4C4B4354;

// FailedPrecondition: made by a newer version, or not a catalog. Corruption: not a database.
Status CheckIdentity(Connection& connection, std::span<const Migration> migrations);
// Takes the steps that are missing, each in a transaction with its number: after a crash a step is there whole or not
// at all. A step must keep the number of images (counts in = counts out), else it is undone and Internal.
Status Migrate(Connection& connection, std::span<const Migration> migrations);

}  // namespace likeness::catalog
