// Search expressions: the tag index against SQLite with the indexes that such a schema wants, in one process, on the
// same pictures and the same expressions, one thread. Every total and every first page is compared.
//   tags_bench [--large] [--max PICTURES] [--rival-max PICTURES] [--json FILE]
// 1 M pictures, with --large also 10 M. Tags: 200,000 with Zipf's frequencies (rank r in proportion to 1/r), 8 a
// picture on average; expressions name tags in the same proportions. Times are processor times: of ours for reading the
// text, looking its words up and evaluating it; of SQLite for two prepared statements, the count and the first page of
// 100.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "bench_util.h"
#include "catalog/catalog.h"
#include "engine/expression.h"
#include "engine/tag_words.h"
#include "index/tags.h"

namespace likeness::bench {
namespace {

constexpr size_t kTags = 200'000, kPage = 100;

struct Picture {
  int64_t sort_at_ms;
  uint32_t width, height, day;
  uint64_t size_bytes;
  int8_t rating;
  std::vector<uint32_t> tags;  // by rank
};

class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}
  // Zipf: the share of ranks up to r is about ln(r) / ln(kTags).
  uint32_t Rank() {
    const double u = std::uniform_real_distribution<double>(0, 1)(random_);
    return static_cast<uint32_t>(std::min<double>(kTags - 1, std::exp(u * std::log(double(kTags))) - 1));
  }
  uint64_t Below(uint64_t end) { return random_() % end; }

  Picture Next(size_t id, size_t count) {
    constexpr uint32_t kSides[][2] = {{4032, 3024}, {3024, 4032}, {1920, 1080},
                                      {6000, 4000}, {1280, 720},  {1080, 1350}};
    Picture picture;
    // Imported about in the order in which they were taken.
    const int64_t age = static_cast<int64_t>(id * 10 / (count / 1000 + 1)) + static_cast<int64_t>(Below(300));
    picture.sort_at_ms = 946'684'800'000 + age * 80'000'000 + static_cast<int64_t>(Below(80'000'000));
    picture.day = static_cast<uint32_t>((2000 + age * 80 / 31'557) * 10000 + (1 + Below(12)) * 100 + 1 + Below(28));
    const uint32_t* sides = kSides[Below(6)];
    const bool odd = Below(4) == 0;
    picture.width = odd ? static_cast<uint32_t>(200 + Below(6000)) : sides[0];
    picture.height = odd ? static_cast<uint32_t>(200 + Below(6000)) : sides[1];
    picture.size_bytes =
        static_cast<uint64_t>(std::exp(11 + 5 * std::uniform_real_distribution<double>(0, 1)(random_)));
    picture.rating = static_cast<int8_t>(Below(10) == 0 ? 1 + Below(5) : 0);
    const size_t wanted = 1 + Below(15);
    while (picture.tags.size() < wanted) {
      const uint32_t rank = Rank();
      if (std::ranges::find(picture.tags, rank) == picture.tags.end()) picture.tags.push_back(rank);
    }
    return picture;
  }

 private:
  std::mt19937_64 random_;
};

std::string TagName(uint32_t rank) {
  return fmt::format("tag {}", rank);
}

index::TagEntry ToEntry(uint64_t id, const Picture& picture) {
  index::TagEntry entry{.id = {id},
                        .sort_at_ms = picture.sort_at_ms,
                        .width = picture.width,
                        .height = picture.height,
                        .size_bytes = picture.size_bytes,
                        .day = picture.day,
                        .tags = static_cast<uint16_t>(picture.tags.size()),
                        .rating = picture.rating,
                        .terms = {}};
  static const std::vector<index::TagTerm> tags = [] {
    std::vector<index::TagTerm> all;
    for (uint32_t rank = 0; rank < kTags; ++rank)
      all.push_back({engine::TermKey(engine::TermKind::kTag, TagName(rank)), TagName(rank)});
    return all;
  }();
  for (uint32_t rank : picture.tags) entry.terms.push_back(tags[rank]);
  // What every photo brings along.
  auto add = [&](engine::TermKind kind, const char* text) {
    entry.terms.push_back({engine::TermKey(kind, text), text});
  };
  add(engine::TermKind::kFormat, id % 10 ? "jpeg" : "png");
  add(engine::TermKind::kOrientation, picture.width > picture.height ? "landscape" : "portrait");
  add(engine::TermKind::kHas, "tags");
  add(engine::TermKind::kHas, "date");
  if (id % 3) add(engine::TermKind::kCamera, fmt::format("Camera {}", id % 97).c_str());
  return entry;
}

// SQLite, bound and stepped by hand.
class Rival {
 public:
  explicit Rival(const std::filesystem::path& path) {
    std::filesystem::remove(path);
    sqlite3_open(path.c_str(), &database_);
    Run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-2000000; PRAGMA mmap_size=17179869184;"
        "CREATE TABLE images (id INTEGER PRIMARY KEY, taken INTEGER, width INTEGER, height INTEGER, size INTEGER,"
        " day INTEGER, rating INTEGER, tags INTEGER);"
        "CREATE TABLE by_tag (tag INTEGER, sort_at INTEGER, image INTEGER, PRIMARY KEY (tag, sort_at, image)) WITHOUT "
        "ROWID;"
        "CREATE TABLE by_image (image INTEGER, tag INTEGER, PRIMARY KEY (image, tag)) WITHOUT ROWID;"
        "CREATE TABLE names (tag INTEGER PRIMARY KEY, name TEXT UNIQUE); BEGIN");
  }
  ~Rival() { sqlite3_close(database_); }

  void Fill(const std::vector<Picture>& pictures) {
    sqlite3_stmt* image = Prepare("INSERT INTO images VALUES (?,?,?,?,?,?,?,?)");
    sqlite3_stmt* by_image = Prepare("INSERT INTO by_image VALUES (?,?)");
    struct Row {
      uint32_t tag, image;
      int64_t sort_at;
    };
    std::vector<Row> rows;
    for (size_t i = 0; i < pictures.size(); ++i) {
      const Picture& p = pictures[i];
      const auto id = static_cast<int64_t>(i + 1);
      Insert(image, {id, p.sort_at_ms, p.width, p.height, static_cast<int64_t>(p.size_bytes), p.day, p.rating,
                     static_cast<int64_t>(p.tags.size())});
      std::vector<uint32_t> tags = p.tags;
      std::ranges::sort(tags);
      for (uint32_t tag : tags) {
        Insert(by_image, {id, tag});
        rows.push_back({tag, static_cast<uint32_t>(id), p.sort_at_ms});
      }
    }
    std::ranges::sort(rows, [](const Row& a, const Row& b) {
      return std::tie(a.tag, a.sort_at, a.image) < std::tie(b.tag, b.sort_at, b.image);
    });
    sqlite3_stmt* by_tag = Prepare("INSERT INTO by_tag VALUES (?,?,?)");
    for (const Row& row : rows) Insert(by_tag, {row.tag, row.sort_at, row.image});
    sqlite3_stmt* name = Prepare("INSERT INTO names VALUES (?,?)");
    for (uint32_t tag = 0; tag < kTags; ++tag) {
      sqlite3_bind_int64(name, 1, tag);
      const std::string text = TagName(tag);
      sqlite3_bind_text(name, 2, text.c_str(), -1, SQLITE_TRANSIENT);
      sqlite3_step(name);
      sqlite3_reset(name);
    }
    for (sqlite3_stmt* each : {image, by_image, by_tag, name}) sqlite3_finalize(each);
    Run("COMMIT; CREATE INDEX images_order ON images (taken, id, width, height, day, tags, size);"
        "CREATE INDEX images_width ON images (width, height, taken); ANALYZE");
  }

  struct Answer {
    uint64_t total = 0;
    std::vector<uint64_t> ids;
    double ms = 0;
  };
  // `from`: all behind SELECT, with the columns image and sort_at to be had.
  Answer Ask(const std::string& from) {
    sqlite3_stmt* count = Prepare("SELECT count(*) FROM (SELECT image " + from + ")");
    sqlite3_stmt* page =
        Prepare(fmt::format("SELECT image {} ORDER BY sort_at DESC, image DESC LIMIT {}", from, kPage));
    Answer answer;
    answer.ms = ProcessorMilliseconds([&] {
      sqlite3_step(count);
      answer.total = static_cast<uint64_t>(sqlite3_column_int64(count, 0));
      while (sqlite3_step(page) == SQLITE_ROW)
        answer.ids.push_back(static_cast<uint64_t>(sqlite3_column_int64(page, 0)));
    });
    sqlite3_finalize(count);
    sqlite3_finalize(page);
    return answer;
  }
  // The usual way to similar pictures by tags.
  double AskSharing(uint64_t id, size_t limit) {
    sqlite3_stmt* query = Prepare(fmt::format(
        "SELECT b.image, count(*) AS n FROM by_image a CROSS JOIN by_tag b ON b.tag = a.tag WHERE a.image = {0} AND "
        "b.image <> {0} GROUP BY b.image ORDER BY n DESC, b.image LIMIT {1}",
        id, limit));
    double ms = ProcessorMilliseconds([&] {
      while (sqlite3_step(query) == SQLITE_ROW) continue;
    });
    sqlite3_finalize(query);
    return ms;
  }

 private:
  void Run(const char* sql) {
    char* error = nullptr;
    if (sqlite3_exec(database_, sql, nullptr, nullptr, &error) != SQLITE_OK) fmt::print(stderr, "SQLite: {}\n", error);
  }
  sqlite3_stmt* Prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      fmt::print(stderr, "SQLite: {}: {}\n", sqlite3_errmsg(database_), sql);
    return statement;
  }
  static void Insert(sqlite3_stmt* statement, std::initializer_list<int64_t> values) {
    int at = 0;
    for (int64_t value : values) sqlite3_bind_int64(statement, ++at, value);
    sqlite3_step(statement);
    sqlite3_reset(statement);
  }
  sqlite3* database_ = nullptr;
};

struct Question {
  const char* kind;
  std::string text, sql;
};

std::string Has(uint32_t tag) {
  return fmt::format("EXISTS (SELECT 1 FROM by_image o WHERE o.image = b.image AND o.tag = {})", tag);
}

// The rarest tag leads, as an optimiser with statistics has it: larger ranks are rarer.
std::vector<Question> MakeQuestions(Maker& maker, size_t rounds) {
  std::vector<Question> out;
  for (size_t i = 0; i < rounds; ++i) {
    uint32_t ranks[3] = {maker.Rank(), maker.Rank(), maker.Rank()};
    std::ranges::sort(ranks, std::ranges::greater());
    auto [a, b, c] = ranks;
    if (a == b || b == c) continue;
    const uint32_t year = static_cast<uint32_t>(2001 + maker.Below(20));
    auto add = [&](const char* kind, std::string text, std::string sql) { out.push_back({kind, text, sql}); };
    const std::string lead = fmt::format("FROM by_tag b WHERE b.tag = {}", a);
    add("one tag", TagName(a), lead);
    add("a popular tag", TagName(c), fmt::format("FROM by_tag b WHERE b.tag = {}", c));
    add("two tags", fmt::format("{}, {}", TagName(a), TagName(c)), lead + " AND " + Has(c));
    add("three tags", fmt::format("{} && {} && {}", TagName(b), TagName(a), TagName(c)),
        lead + " AND " + Has(b) + " AND " + Has(c));
    add("one but not another", fmt::format("{}, -{}", TagName(b), TagName(c)),
        fmt::format("FROM by_tag b WHERE b.tag = {} AND NOT {}", b, Has(c)));
    add("(a || b) && c", fmt::format("({} || {}), {}", TagName(a), TagName(b), TagName(c)),
        fmt::format("FROM by_tag b WHERE b.tag IN ({}, {}) AND {} GROUP BY b.image", a, b, Has(c)));
    add("a || b", fmt::format("{} || {}", TagName(b), TagName(c)),
        fmt::format("FROM by_tag b WHERE b.tag IN ({}, {}) GROUP BY b.image", b, c));
    add("tag and size of picture", fmt::format("{}, width>=1920, height>=1080", TagName(b)),
        fmt::format("FROM by_tag b CROSS JOIN images i ON i.id = b.image WHERE b.tag = {} AND i.width >= 1920 AND "
                    "i.height >= 1080",
                    b));
    add("tag and years", fmt::format("{}, date:{}..{}", TagName(c), year, year + 2),
        fmt::format("FROM by_tag b CROSS JOIN images i ON i.id = b.image WHERE b.tag = {} AND i.day BETWEEN {} AND {}",
                    c, year * 10000, (year + 2) * 10000 + 9999));
    add("wildcard", fmt::format("tag {}*", 1 + a % 900),
        fmt::format("FROM by_tag b WHERE b.tag IN (SELECT tag FROM names WHERE name GLOB 'tag {}*') GROUP BY b.image",
                    1 + a % 900));
    add("size of picture alone", fmt::format("width>={}, tags>=5", 1000 + a % 4000),
        fmt::format("FROM (SELECT id AS image, taken AS sort_at FROM images WHERE width >= {} AND tags >= 5)",
                    1000 + a % 4000));
  }
  return out;
}

struct Asked {
  std::string kind;
  double ours_ms, rival_ms;
};

void Report(size_t count, const std::vector<Asked>& asked, Table& table) {
  std::vector<std::string> kinds;
  for (const Asked& each : asked)
    if (std::ranges::find(kinds, each.kind) == kinds.end()) kinds.push_back(each.kind);
  kinds.push_back("all");
  for (const std::string& kind : kinds) {
    std::vector<double> ours, rival;
    for (const Asked& each : asked)
      if (kind == "all" || each.kind == kind) {
        ours.push_back(each.ours_ms);
        rival.push_back(each.rival_ms);
      }
    const double mine = Percentile(ours, 0.5), theirs = Percentile(rival, 0.5);
    table.Row({fmt::format("{}", count), kind, fmt::format("{}", ours.size()), fmt::format("{:.3f}", mine),
               fmt::format("{:.3f}", Percentile(ours, 0.95)), rival.back() > 0 ? fmt::format("{:.2f}", theirs) : "-",
               rival.back() > 0 ? fmt::format("{:.2f}", Percentile(rival, 0.95)) : "-",
               rival.back() > 0 ? fmt::format("{:.1f}", theirs / mine) : "-"});
  }
}

void MeasureFile(const index::TagIndex& index, index::TagIndex& writable, size_t count, double build_ms) {
  const auto path = std::filesystem::temp_directory_path() / "likeness_tags_bench.idx";
  const double save_ms = Milliseconds([&] { (void)writable.Save(path, 1); });
  index::TagIndex again;
  const double load_ms = Milliseconds([&] { (void)again.Load(path); });
  fmt::print(
      "{} pictures, {} terms: {:.1f} bytes a picture in memory, {:.1f} in the file; filled in {:.1f} s, saved in "
      "{:.1f} s, loaded in {:.1f} s; {} pictures loaded\n\n",
      count, index.term_count(), double(index.memory_bytes()) / double(count),
      double(std::filesystem::file_size(path)) / double(count), build_ms / 1e3, save_ms / 1e3, load_ms / 1e3,
      again.size());
  std::filesystem::remove(path);
}

void MeasureRest(const index::TagIndex& index, Rival& rival, bool with_rival, const std::vector<Picture>& pictures,
                 Maker& maker) {
  std::vector<double> sharing, rival_sharing, completing, counting;
  for (int i = 0; i < 60; ++i) {
    const uint64_t id = maker.Below(pictures.size()) + 1;
    std::vector<index::TermId> terms;
    for (uint32_t rank : pictures[id - 1].tags)
      terms.push_back(index.Find(engine::TermKey(engine::TermKind::kTag, TagName(rank))));
    sharing.push_back(ProcessorMilliseconds([&] { (void)index.FindSharing(terms, ImageId{id}, 100); }));
    if (i < 10 && with_rival) rival_sharing.push_back(rival.AskSharing(id, 100));
    const std::string prefix = TagName(maker.Rank()).substr(0, 5 + maker.Below(3));
    completing.push_back(ProcessorMilliseconds([&] { (void)index.Complete("t" + prefix, 20); }));
    const index::TagFilter filter{.kind = index::TagFilter::Kind::kTerms,
                                  .terms = {index.Find("t" + TagName(maker.Rank()))}};
    if (index.Search(filter, {.sort = {}, .after = {}, .limit = 0}).total > 500)
      counting.push_back(ProcessorMilliseconds([&] { (void)index.CountAmong(filter, "t", 20); }));
  }
  auto line = [](const char* what, const std::vector<double>& ms) {
    fmt::print("- {}: median {:.2f} ms, p95 {:.2f} ms\n", what, Percentile(ms, 0.5), Percentile(ms, 0.95));
  };
  fmt::print("\n");
  line("100 pictures that share most tags", sharing);
  if (with_rival) line("the same by SQLite", rival_sharing);
  line("20 tags that begin so, with counts", completing);
  line("20 tags beside a tag of more than 500 pictures, with counts", counting);
  fmt::print("\n");
}

void Run(size_t count, bool with_rival, Table& table) {
  Maker maker(count);
  std::vector<Picture> pictures;
  pictures.reserve(count);
  for (size_t i = 0; i < count; ++i) pictures.push_back(maker.Next(i, count));
  index::TagIndex index;
  const double build_ms = Milliseconds([&] {
    for (size_t i = 0; i < count; ++i) index.Put(ToEntry(i + 1, pictures[i]));
  });
  MeasureFile(index, index, count, build_ms);
  const auto path = std::filesystem::temp_directory_path() / "likeness_tags_bench.sqlite";
  Rival rival(path);
  const double rival_build_ms = Milliseconds([&] {
    if (with_rival) rival.Fill(pictures);
  });
  if (with_rival)
    fmt::print("SQLite {}: {:.1f} bytes a picture in its file; filled in {:.0f} s\n\n", sqlite3_libversion(),
               double(std::filesystem::file_size(path)) / double(count), rival_build_ms / 1e3);
  std::vector<Asked> asked;
  size_t differ = 0;
  const std::vector<Question> questions = MakeQuestions(maker, count > 2'000'000 && with_rival ? 12 : 30);
  for (const Question& question : questions) {
    index::TagAnswer ours;
    auto ask = [&] {
      auto compiled = engine::CompileExpression(question.text, Limits{}, engine::TermLookup(index), {});
      if (compiled) ours = index.Search(compiled->filter, {.sort = {}, .after = {}, .limit = kPage});
    };
    const double ours_ms = ProcessorMilliseconds(ask);
    if (!with_rival) {
      asked.push_back({question.kind, ours_ms, 0});
      continue;
    }
    const Rival::Answer theirs = rival.Ask(question.sql);
    bool same = theirs.total == ours.total && theirs.ids.size() == ours.hits.size();
    for (size_t i = 0; same && i < theirs.ids.size(); ++i) same = theirs.ids[i] == ours.hits[i].id.value;
    if (!same) {
      ++differ;
      fmt::print(stderr, "DIFFERENT: {}: {} and {}\n", question.text, ours.total, theirs.total);
    }
    asked.push_back({question.kind, ours_ms, theirs.ms});
  }
  if (with_rival) fmt::print("{} expressions, {} answered differently\n\n", questions.size(), differ);
  Report(count, asked, table);
  MeasureRest(index, rival, with_rival, pictures, maker);
  std::filesystem::remove(path);
}

// What an opening without the index's file costs: rows, tags and metadata read from the catalog.
void RunCatalog(size_t count) {
  const auto path = std::filesystem::temp_directory_path() / "likeness_tags_bench_catalog.sqlite";
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + tail);
  auto catalog = catalog::Catalog::Open({.path = path});
  if (!catalog) return;
  Maker maker(7);
  std::vector<catalog::ImageRow> rows;
  for (size_t i = 0; i < count; ++i) {
    const Picture picture = maker.Next(i, count);
    catalog::ImageRow row;
    row.id = {i + 1};
    row.name = fmt::format("IMG_{:04}.JPG", i);
    row.format = "jpeg";
    row.width = picture.width;
    row.height = picture.height;
    row.size_bytes = picture.size_bytes;
    row.sort_at_ms = row.imported_at_ms = picture.sort_at_ms;
    row.taken_at = "2020-05-17T14:03:22";
    row.metadata_json = R"({"camera_make":"Canon","camera_model":"Canon EOS 5D","iso":100,"f_number":2.8})";
    row.placeholder = Bytes(25);
    for (uint32_t rank : picture.tags) row.tags.push_back(TagName(rank));
    row.blobs = {{catalog::BlobKind::kOriginal, 1, i, 1000}, {catalog::BlobKind::kThumbnail, 2, i, 1000}};
    rows.push_back(std::move(row));
    if (rows.size() < 5000 && i + 1 < count) continue;
    (void)(*catalog)->InsertImages(rows);
    rows.clear();
  }
  index::TagIndex index;
  const double ms = Milliseconds([&] {
    (void)(*catalog)->ForEachImage([&](const catalog::ImageRow& row) -> Status {
      index.Put(engine::MakeTagEntry(row));
      return {};
    });
  });
  fmt::print("From a catalog of {} pictures: {:.1f} s, {:.1f} s for a million\n\n", index.size(), ms / 1e3,
             ms / 1e3 * 1e6 / static_cast<double>(count));
  catalog->reset();
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + tail);
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  using namespace likeness::bench;
  size_t count_max = 1'000'000, rival_max = SIZE_MAX;
  std::string json;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--large") == 0) count_max = 10'000'000;
    if (std::strcmp(argv[i], "--max") == 0 && i + 1 < argc) count_max = std::strtoull(argv[++i], nullptr, 10);
    if (std::strcmp(argv[i], "--rival-max") == 0 && i + 1 < argc) rival_max = std::strtoull(argv[++i], nullptr, 10);
    if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) json = argv[++i];
  }
  RunCatalog(std::min<size_t>(count_max, 100'000));
  Table table({"pictures", "expression", "asked", "ours ms", "p95", "SQLite ms", "p95", "times faster"});
  for (size_t count : {size_t{1'000'000}, size_t{10'000'000}})
    if (count <= count_max) Run(count, count <= rival_max, table);
  if (count_max < 1'000'000) Run(count_max, true, table);
  table.WriteJson(json);
  return 0;
}
