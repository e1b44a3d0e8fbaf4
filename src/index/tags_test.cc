// The tag index against a plain list that is walked for each question.
#include "index/tags.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "index/test_util.h"

namespace likeness::index {
namespace {

using Kind = TagFilter::Kind;

std::string Key(size_t tag) {
  return fmt::format("t{}{:03}", tag % 7 == 0 ? "artist:" : "", tag);
}

struct Oracle {
  std::map<uint64_t, TagEntry> rows;

  static bool HasKey(const TagEntry& row, const std::string& key) {
    return std::ranges::any_of(row.terms, [&](const TagTerm& term) { return term.key == key; });
  }
  static long double Value(const TagEntry& row, TagColumn column) {
    using Real = long double;
    const Real values[] = {static_cast<Real>(row.width),
                           static_cast<Real>(row.height),
                           static_cast<Real>(row.width) * row.height,
                           static_cast<Real>(row.width) / row.height,
                           static_cast<Real>(row.size_bytes),
                           static_cast<Real>(row.day),
                           static_cast<Real>(row.tags),
                           static_cast<Real>(row.rating)};
    return values[static_cast<size_t>(column)];
  }
  static bool Matches(const TagIndex& index, const TagEntry& row, const TagFilter& filter) {
    auto matches = [&](const TagFilter& each) { return Matches(index, row, each); };
    auto end = [&](const std::optional<TagBound>& bound, int sign) {
      if (!bound) return true;
      const long double wanted = static_cast<long double>(bound->numerator) / bound->denominator;
      const long double off = (Value(row, filter.column) - wanted) * sign;
      return bound->excluded ? off > 0 : off >= 0;
    };
    switch (filter.kind) {
      case Kind::kAnd:
        return std::ranges::all_of(filter.of, matches);
      case Kind::kOr:
        return std::ranges::any_of(filter.of, matches);
      case Kind::kNot:
        return !matches(filter.of.front());
      case Kind::kTerms:
        return std::ranges::any_of(filter.terms, [&](TermId term) {
          const auto described = index.Describe({&term, 1});
          return !described.empty() && HasKey(row, described.front().key);
        });
      case Kind::kImages:
        return std::ranges::find(filter.images, row.id) != filter.images.end();
      case Kind::kRange:
        return end(filter.least, 1) && end(filter.most, -1);
    }
    return false;
  }
};

TagEntry RandomEntry(uint64_t id, std::mt19937_64& random) {
  constexpr uint32_t kSides[] = {1920, 1080, 1280, 720, 4000, 3000};
  auto side = [&] { return random() % 2 ? kSides[random() % 6] : static_cast<uint32_t>(random() % 5000 + 1); };
  TagEntry entry{.id = {id},
                 .sort_at_ms = static_cast<int64_t>(random() % 5000) - 1000,
                 .width = side(),
                 .height = side(),
                 .size_bytes = random() % (1 << 24),
                 .day = random() % 4 ? static_cast<uint32_t>(20000101 + random() % 200000) : 0,
                 .tags = 0,
                 .rating = static_cast<int8_t>(static_cast<int>(random() % 7) - 1),
                 .terms = {}};
  entry.tags = static_cast<uint16_t>(random() % 9);
  for (uint16_t i = 0; i < entry.tags; ++i) {
    const size_t tag = std::min(random() % 300, random() % 300) * (random() % 3 ? 0 : 1) + random() % 40;
    entry.terms.push_back({Key(tag), "T" + Key(tag).substr(1)});
  }
  return entry;
}

TagFilter RandomFilter(const TagIndex& index, std::mt19937_64& random, int depth) {
  TagFilter filter;
  const auto roll = random() % (depth > 0 ? 10 : 5);
  if (roll < 3) {
    filter.kind = Kind::kTerms;
    for (size_t i = random() % 30 == 0 ? 30 : 1 + random() % 2; i > 0; --i)
      filter.terms.push_back(index.Find(Key(random() % 320)));
  } else if (roll == 3) {
    filter.kind = Kind::kRange;
    filter.column = static_cast<TagColumn>(random() % kTagColumns);
    auto bound = [&]() -> TagBound {
      const TagEntry like = RandomEntry(1, random);
      if (filter.column == TagColumn::kRatio) return {like.width, like.height, random() % 2 == 0};
      const auto value = static_cast<int64_t>(Oracle::Value(like, filter.column));
      return {random() % 5 == 0 ? 2 * value + 1 : 2 * value, 2, random() % 2 == 0};
    };
    if (random() % 3) filter.least = bound();
    if (!filter.least || random() % 2) filter.most = bound();
  } else if (roll == 4) {
    filter.kind = Kind::kImages;
    for (size_t i = random() % 50; i > 0; --i) filter.images.push_back({random() % 3000 + 1});
  } else if (roll < 6) {
    filter.kind = Kind::kNot;
    filter.of.push_back(RandomFilter(index, random, depth - 1));
  } else {
    filter.kind = roll < 8 ? Kind::kAnd : Kind::kOr;
    for (size_t i = random() % 4; i > 0; --i) filter.of.push_back(RandomFilter(index, random, depth - 1));
  }
  return filter;
}

int64_t KeyOf(const TagEntry& row, const TagSort& sort) {
  if (sort.order == TagOrder::kTaken) return row.sort_at_ms;
  if (sort.order == TagOrder::kAdded) return static_cast<int64_t>(row.id.value);
  if (sort.column == TagColumn::kRatio) return static_cast<int64_t>((uint64_t{row.width} << 20) / row.height);
  return static_cast<int64_t>(Oracle::Value(row, sort.column));
}

void ExpectAgrees(const TagIndex& index, const Oracle& oracle, std::mt19937_64& random, int questions) {
  ASSERT_EQ(index.size(), oracle.rows.size());
  for (int i = 0; i < questions; ++i) {
    const TagFilter filter = RandomFilter(index, random, 3);
    TagSort sort{.order = static_cast<TagOrder>(random() % 2 ? random() % 2 : 3),
                 .column = static_cast<TagColumn>(random() % kTagColumns),
                 .reversed = random() % 2 == 0};
    std::vector<TagHit> expected;
    std::vector<ImageId> ids;
    for (const auto& [id, row] : oracle.rows)
      if (Oracle::Matches(index, row, filter)) {
        expected.push_back({row.id, KeyOf(row, sort)});
        ids.push_back(row.id);
      }
    std::ranges::sort(expected, [&](const TagHit& a, const TagHit& b) {
      auto larger = std::pair(a.key, a.id) > std::pair(b.key, b.id);
      return sort.reversed ? !larger && !(a == b) : larger;
    });
    const size_t limit = 1 + random() % 40;
    TagPage page{.sort = sort, .after = {}, .limit = limit};
    std::vector<TagHit> walked;
    for (int pages = 0; pages < 3; ++pages) {
      const TagAnswer answer = index.Search(filter, page);
      ASSERT_EQ(answer.total, expected.size()) << "question " << i;
      walked.insert(walked.end(), answer.hits.begin(), answer.hits.end());
      if (answer.hits.size() < limit) break;
      page.after = answer.hits.back();
    }
    ASSERT_LE(walked.size(), expected.size());
    ASSERT_GE(walked.size(), std::min(expected.size(), 3 * limit));
    for (size_t at = 0; at < walked.size(); ++at) ASSERT_EQ(walked[at], expected[at]) << "question " << i;
    ASSERT_EQ(index.Collect(filter), ids);
    std::vector<ImageId> asked, kept;
    for (int at = 0; at < 50; ++at) asked.push_back({random() % 3000 + 1});
    for (ImageId id : asked)
      if (std::ranges::binary_search(ids, id)) kept.push_back(id);
    ASSERT_EQ(index.Keep(filter, asked), kept);
  }
}

void Fill(TagIndex& index, Oracle& oracle, size_t count, std::mt19937_64& random) {
  for (size_t i = 0; i < count; ++i) {
    const TagEntry entry = RandomEntry(random() % 3000 + 1, random);
    index.Put(entry);
    oracle.rows[entry.id.value] = entry;
    if (random() % 10 != 0) continue;
    const ImageId id{random() % 3000 + 1};
    EXPECT_EQ(index.Remove(id), oracle.rows.erase(id.value) > 0);
  }
}

TEST(TagIndex, AnswersAsAPlainList) {
  std::mt19937_64 random(5);
  TagIndex index;
  Oracle oracle;
  ExpectAgrees(index, oracle, random, 20);
  for (size_t count : {1, 30, 2000, 3000}) {
    Fill(index, oracle, count, random);
    ExpectAgrees(index, oracle, random, 150);
  }
}

TEST(TagIndex, AnswersTheSameAfterALoad) {
  std::mt19937_64 random(6);
  TemporaryFolder folder;
  TagIndex index;
  Oracle oracle;
  Fill(index, oracle, 2500, random);
  const Status saved = index.Save(folder / "tags.idx", 42);
  ASSERT_TRUE(saved.has_value()) << saved.error().Text();
  ExpectAgrees(index, oracle, random, 50);
  TagIndex again;
  EXPECT_EQ(again.Load(folder / "tags.idx").value_or(0), 42u);
  ExpectAgrees(again, oracle, random, 100);
  Fill(again, oracle, 300, random);
  ASSERT_TRUE(again.Save(folder / "tags.idx", 43).has_value());  // with dead places in the file
  EXPECT_EQ(index.Load(folder / "tags.idx").value_or(0), 43u);
  ExpectAgrees(index, oracle, random, 100);
  EXPECT_EQ(index.Load(folder / "none.idx").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(index.size(), 0u);
}

TEST(TagIndex, ManyChunks) {
  TagIndex index;
  constexpr uint32_t kCount = 200'000;
  for (uint32_t i = 1; i <= kCount; ++i) {
    TagEntry entry{.id = {i}, .sort_at_ms = i % 1000, .width = i % 3000 + 1, .height = 1000, .terms = {}};
    for (uint32_t divisor : {2, 3, 5, 1000})
      if (i % divisor == 0) entry.terms.push_back({fmt::format("t{}", divisor), ""});
    index.Put(entry);
  }
  auto term = [&](const char* key) { return TagFilter{.kind = Kind::kTerms, .terms = {index.Find(key)}}; };
  TagFilter both{.kind = Kind::kAnd, .of = {term("t2"), term("t3")}};
  EXPECT_EQ(index.Search(both, {}).total, kCount / 6);
  TagFilter without{.kind = Kind::kAnd, .of = {term("t2"), {.kind = Kind::kNot, .of = {term("t3")}}}};
  EXPECT_EQ(index.Search(without, {}).total, kCount / 2 - kCount / 6);
  TagFilter any{.kind = Kind::kOr, .of = {term("t2"), term("t3")}};
  EXPECT_EQ(index.Search(any, {}).total, kCount / 2 + kCount / 3 - kCount / 6);
  TagFilter wide{.kind = Kind::kRange, .column = TagColumn::kWidth, .least = TagBound{1501}};
  const TagAnswer answer =
      index.Search({.kind = Kind::kAnd, .of = {both, wide}}, {.sort = {}, .after = {}, .limit = 3});
  EXPECT_EQ(answer.total, 16'584u);
  ASSERT_EQ(answer.hits.size(), 3u);
  EXPECT_EQ(answer.hits[0], (TagHit{ImageId{199'998}, 998})) << answer.hits[0].id.value;
}

TEST(TagIndex, SharingMostTags) {
  std::mt19937_64 random(8);
  TagIndex index;
  Oracle oracle;
  Fill(index, oracle, 4000, random);
  for (int i = 0; i < 60; ++i) {
    const TagEntry like = RandomEntry(random() % 3000 + 1, random);
    std::set<std::string> keys;
    std::vector<TermId> terms;
    for (const TagTerm& term : like.terms) {
      keys.insert(term.key);
      terms.push_back(index.Find(term.key));
    }
    std::vector<SharedTags> expected;
    for (const auto& [id, row] : oracle.rows) {
      std::set<std::string> own;
      for (const TagTerm& term : row.terms)
        if (keys.contains(term.key)) own.insert(term.key);
      if (!own.empty() && row.id != like.id) expected.push_back({row.id, static_cast<uint32_t>(own.size())});
    }
    std::ranges::sort(expected, [](const SharedTags& a, const SharedTags& b) {
      return a.shared != b.shared ? a.shared > b.shared : a.id < b.id;
    });
    const size_t limit = random() % 60;
    if (expected.size() > limit) expected.resize(limit);
    ASSERT_EQ(index.FindSharing(terms, like.id, limit), expected) << i;
  }
}

TEST(TagIndex, CountsAndCompletes) {
  std::mt19937_64 random(9);
  TagIndex index;
  Oracle oracle;
  Fill(index, oracle, 4000, random);
  auto count = [&](const std::string& prefix, size_t limit, const TagFilter& filter) {
    std::map<std::string, uint64_t> counts;
    for (const auto& [id, row] : oracle.rows) {
      std::set<std::string> own;
      if (Oracle::Matches(index, row, filter))
        for (const TagTerm& term : row.terms) own.insert(term.key);
      for (const std::string& key : own)
        if (key.starts_with(prefix)) ++counts[key];
    }
    std::vector<std::pair<std::string, uint64_t>> out(counts.begin(), counts.end());
    std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return a.second > b.second; });
    if (out.size() > limit) out.resize(limit);
    return out;
  };
  auto pairs = [](const std::vector<TermCount>& counts) {
    std::vector<std::pair<std::string, uint64_t>> out;
    for (const TermCount& each : counts) out.emplace_back(each.key, each.count);
    return out;
  };
  for (const char* prefix : {"t", "t0", "t01", "tartist:", "u", ""})
    for (size_t limit : {0, 1, 10, 1000}) {
      EXPECT_EQ(pairs(index.Complete(prefix, limit)), count(prefix, limit, {})) << prefix;
      for (int i = 0; i < 5; ++i) {
        const TagFilter filter = RandomFilter(index, random, 2);
        EXPECT_EQ(pairs(index.CountAmong(filter, prefix, limit)), count(prefix, limit, filter)) << prefix;
      }
    }
  EXPECT_EQ(index.Complete("t001", 1).front().shown, "T001");
}

TEST(TagIndex, Wildcards) {
  TagIndex index;
  TagEntry entry{.id = {1}, .terms = {}};
  for (const char* key : {"tforest", "tforests", "tpine forest", "train forest fire", "cforest", "tfof"})
    entry.terms.push_back({key, key});
  index.Put(entry);
  struct Row {
    std::vector<std::string> parts;
    std::vector<std::string> keys;
  };
  for (const Row& row :
       std::vector<Row>{{{"tforest", ""}, {"tforest", "tforests"}},
                        {{"t", "forest"}, {"tforest", "tpine forest"}},
                        {{"t", "forest", ""}, {"tforest", "tforests", "tpine forest", "train forest fire"}},
                        {{"tfo", "of"}, {}},
                        {{"tf", "f"}, {"tfof"}},
                        {{"t", ""}, {"tfof", "tforest", "tforests", "tpine forest", "train forest fire"}},
                        {{"x", ""}, {}}}) {
    std::vector<std::string> keys;
    for (TermId term : index.Match(row.parts)) keys.push_back(index.Describe({&term, 1}).front().key);
    std::ranges::sort(keys);
    EXPECT_EQ(keys, row.keys);
  }
}

TEST(TagIndex, DamagedFilesAreRefusedOrAnswerAsBefore) {
  std::mt19937_64 random(10);
  TemporaryFolder folder;
  TagIndex index;
  Oracle oracle;
  Fill(index, oracle, 60, random);
  ASSERT_TRUE(index.Save(folder / "tags.idx", 7).has_value());
  const TagFilter wide{.kind = Kind::kRange, .column = TagColumn::kWidth, .least = TagBound{1000}};
  const TagAnswer before = index.Search(wide, {});
  ExpectDamageIsHarmless(folder / "tags.idx", [&] {
    TagIndex damaged;
    const auto loaded = damaged.Load(folder / "tags.idx");
    if (!loaded) return loaded.error().code == ErrorCode::kCorruption && damaged.size() == 0;
    return damaged.Search(wide, {}).hits == before.hits;
  });
}

}  // namespace
}  // namespace likeness::index
