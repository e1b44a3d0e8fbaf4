#include "engine/hash_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/evidence.h"
#include "feature/pdq.h"

namespace likeness::engine {
namespace {

constexpr size_t kPage = 16384;

}  // namespace

Result<std::shared_ptr<const index::HammingIndex>> HashLists::Load(const catalog::HashListRow& row) const {
  std::vector<std::pair<ImageId, feature::Hash256>> items;
  items.reserve(row.matched);
  for (catalog::ListedHashId after;;) {
    LK_ASSIGN(std::vector<catalog::ListedHashRow> page, catalog_.ListHashes(row.id, after, kPage));
    for (const catalog::ListedHashRow& entry : page)
      if (entry.matched) items.emplace_back(ImageId{entry.id.value}, HashOf(entry));
    if (page.size() < kPage) break;
    after = page.back().id;
  }
  auto index = std::make_shared<index::HammingIndex>();
  index->Fill(std::move(items));
  return std::shared_ptr<const index::HammingIndex>(std::move(index));
}

Result<HashLists::Snapshot> HashLists::Current() {
  std::lock_guard lock(mutex_);
  if (current_ != nullptr) return current_;
  LK_ASSIGN(std::vector<catalog::HashListRow> rows, catalog_.ListHashLists());
  auto made = std::make_shared<std::vector<List>>();
  for (catalog::HashListRow& row : rows) {
    auto& index = indexes_[row.id];
    if (index == nullptr) {
      LK_ASSIGN(index, Load(row));
    }
    made->push_back({std::move(row), index});
  }
  current_ = std::move(made);
  return current_;
}

void HashLists::Forget(catalog::HashListId id, bool entries) {
  std::lock_guard lock(mutex_);
  current_ = nullptr;
  if (entries) indexes_.erase(id);
}

size_t HashLists::memory_bytes() const {
  std::lock_guard lock(mutex_);
  size_t bytes = 0;
  for (const auto& [id, index] : indexes_)
    if (index != nullptr) bytes += index->memory_bytes();
  return bytes;
}

Result<std::vector<ListMatch>> HashLists::Match(const feature::PdqHash& pdq) {
  std::vector<ListMatch> matches;
  LK_ASSIGN(Snapshot lists, Current());
  if (lists->empty() || pdq.quality < kPdqQualityMin) return matches;
  const feature::HashVariants variants = feature::PdqOrientations(pdq.hash);
  for (const List& list : *lists) {
    for (const index::HammingHit& hit : list.index->Search(variants, list.row.radius_bits, kMatchesOfListMax)) {
      Result<catalog::ListedHashRow> entry = catalog_.GetListedHash(catalog::ListedHashId{hit.id.value});
      if (!entry.has_value() && entry.error().code == ErrorCode::kNotFound) continue;  // the list was just changed
      if (!entry.has_value()) return std::unexpected(entry.error());
      matches.push_back({list.row.name, fmt::format("{}", fmt::join(entry->labels, "; ")), hit.distance,
                         static_cast<feature::Orientation8>(hit.variant), HashOf(*entry), entry->status,
                         entry->severity, entry->description, entry->source});
    }
  }
  std::ranges::stable_sort(matches, {}, &ListMatch::distance);
  if (matches.size() > kMatchesMax) matches.resize(kMatchesMax);
  return matches;
}

}  // namespace likeness::engine
