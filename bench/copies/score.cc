#include "copies/score.h"

#include <fmt/format.h>

#include <algorithm>

#include "copies/ranking.h"

namespace likeness::bench {
namespace {

double At(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, size_t(share * double(values.size())))];
}

void Add(Row& sum, const Row& row) {
  sum.queries += row.queries;
  sum.found_zero += row.found_zero;
  sum.found_default += row.found_default;
  sum.false_default += row.false_default;
  for (const auto& [kind, count] : row.kinds) sum.kinds[kind] += count;
}

void Tally(const Query& query, const std::vector<Answer>& answers, double threshold, Row& row) {
  for (const Answer& answer : answers) row.false_default += answer.duplicate && answer.reference != query.truth;
  if (query.truth < 0) return;
  ++row.queries;
  auto best = std::ranges::max_element(answers, {}, &Answer::score);
  row.found_zero += best != answers.end() && best->reference == query.truth && best->score > threshold;
  auto found =
      std::ranges::find_if(answers, [&](const Answer& a) { return a.duplicate && a.reference == query.truth; });
  if (found == answers.end()) return;
  ++row.found_default;
  ++row.kinds[found->kind];
}

void Head(const std::vector<Score>& scores, const char* first, const char* last) {
  fmt::print("\n| {} |", first);
  for (const Score& score : scores) fmt::print(" {} |", score.system);
  fmt::print("{}\n|---|", last);
  for (size_t i = 0; i < scores.size(); ++i) fmt::print("---|");
  fmt::print("{}\n", *last ? "---|" : "");
}

std::string Percent(size_t part, size_t whole) {
  return fmt::format("{:.1f} %", 100 * Share(part, whole));
}

}  // namespace

double Share(size_t part, size_t whole) {
  return whole == 0 ? 0 : double(part) / double(whole);
}

Score Evaluate(const System& system, const std::vector<Query>& queries, const std::vector<Reply>& replies,
               const std::vector<size_t>& which, const std::vector<Transform>& transforms) {
  Score score;
  score.system = system.name();
  score.rows.resize(transforms.size());
  std::vector<double> times;
  std::vector<RankedAnswer> ranked;
  for (size_t i : which) {
    times.push_back(replies[i].search_ms);
    for (const Answer& answer : replies[i].answers)
      ranked.push_back({answer.score, answer.reference == queries[i].truth});
    if (queries[i].truth >= 0) continue;
    ++score.strangers;
    bool matched = false;
    for (const Answer& answer : replies[i].answers) {
      matched |= answer.duplicate;
      if (answer.score <= score.threshold) continue;
      score.threshold = answer.score;
      score.worst_stranger = fmt::format("{} {}", queries[i].photo, transforms[queries[i].transform].name);
    }
    score.strangers_matched += matched;
  }
  for (size_t i : which) Tally(queries[i], replies[i].answers, score.threshold, score.rows[queries[i].transform]);
  for (const Row& row : score.rows) Add(score.total, row);
  RankingFigures figures = Figures(std::move(ranked), score.total.queries);
  score.micro_ap = figures.micro_average_precision;
  score.recall_at_p90 = figures.recall_at_p90;
  score.search_ms_median = At(times, 0.5);
  score.search_ms_p95 = At(times, 0.95);
  score.index_bytes = system.index_bytes_per_image();
  return score;
}

void PrintFigures(const std::vector<Score>& all, const std::vector<Score>& held_out) {
  Head(all, "", "");
  auto fact = [](const std::string& name, const std::vector<Score>& scores, auto value_of) {
    fmt::print("| {} |", name);
    for (const Score& score : scores) fmt::print(" {} |", value_of(score));
    fmt::print("\n");
  };
  auto quality = [&](const std::string& suffix, const std::vector<Score>& scores) {
    fact("micro AP" + suffix, scores, [](const Score& s) { return fmt::format("{:.3f}", s.micro_ap); });
    fact("recall at 90 % precision" + suffix, scores,
         [](const Score& s) { return fmt::format("{:.1f} %", 100 * s.recall_at_p90); });
    fact("recall at zero false" + suffix, scores,
         [](const Score& s) { return Percent(s.total.found_zero, s.total.queries); });
    fact("recall by default" + suffix, scores,
         [](const Score& s) { return Percent(s.total.found_default, s.total.queries); });
  };
  quality("", all);
  quality(", held-out transforms", held_out);
  fact("false matches by default", all, [](const Score& s) { return fmt::format("{}", s.total.false_default); });
  fact("strangers matched by default", all,
       [](const Score& s) { return fmt::format("{} of {}", s.strangers_matched, s.strangers); });
  fact("best score of a stranger", all, [](const Score& s) {
    return s.threshold > 0 ? fmt::format("{:.3f} ({})", s.threshold, s.worst_stranger) : "none";
  });
  fact("search, median ms", all, [](const Score& s) { return fmt::format("{:.3f}", s.search_ms_median); });
  fact("search, 95 % ms", all, [](const Score& s) { return fmt::format("{:.3f}", s.search_ms_p95); });
  fact("index bytes an image", all, [](const Score& s) { return fmt::format("{:.0f}", s.index_bytes); });
}

void PrintTransforms(const std::vector<Score>& scores, const std::vector<Transform>& transforms, bool kinds) {
  Head(scores, "transform", kinds ? " verdicts |" : "");
  auto line = [&](const std::string& name, auto row_of) {
    fmt::print("| {} |", name);
    for (const Score& score : scores) {
      const Row& row = row_of(score);
      fmt::print(" {:.0f} / {:.0f} |", 100 * Share(row.found_zero, row.queries),
                 100 * Share(row.found_default, row.queries));
    }
    if (kinds) {
      std::string text;
      for (const auto& [kind, count] : row_of(scores[0]).kinds) text += fmt::format(" {} {}", count, kind);
      fmt::print("{} |", text);
    }
    fmt::print("\n");
  };
  for (size_t t = 0; t < transforms.size(); ++t) {
    if (scores[0].rows[t].queries == 0) continue;
    line(transforms[t].name + (transforms[t].tuning ? " (t)" : ""),
         [=](const Score& score) -> const Row& { return score.rows[t]; });
  }
  line("**all**", [](const Score& score) -> const Row& { return score.total; });
  fmt::print("| queries |");
  for (const Score& score : scores) fmt::print(" {} |", score.total.queries);
  fmt::print("{}\n", kinds ? " |" : "");
}

std::string Json(const std::vector<Score>& scores, const std::vector<Transform>& transforms) {
  std::string text = "[";
  for (size_t i = 0; i < scores.size(); ++i) {
    const Score& s = scores[i];
    text += fmt::format(
        "{}{{\"name\":\"{}\",\"micro_ap\":{:.5f},\"recall_at_p90\":{:.5f},\"queries\":{},\"found_zero_false\":{},"
        "\"found_default\":{},\"false_default\":{},\"strangers\":{},\"strangers_matched\":{},\"threshold\":{:.5f},"
        "\"search_ms_median\":{:.3f},\"search_ms_p95\":{:.3f},\"index_bytes_per_image\":{:.0f},\"transforms\":[",
        i ? "," : "", s.system, s.micro_ap, s.recall_at_p90, s.total.queries, s.total.found_zero, s.total.found_default,
        s.total.false_default, s.strangers, s.strangers_matched, s.threshold, s.search_ms_median, s.search_ms_p95,
        s.index_bytes);
    bool first = true;
    for (size_t t = 0; t < transforms.size(); ++t) {
      const Row& row = s.rows[t];
      if (row.queries == 0) continue;
      text += fmt::format(
          "{}{{\"name\":\"{}\",\"group\":\"{}\",\"tuning\":{},\"queries\":{},\"found_zero_false\":{},"
          "\"found_default\":{},\"false_default\":{}}}",
          first ? "" : ",", transforms[t].name, transforms[t].group, transforms[t].tuning, row.queries, row.found_zero,
          row.found_default, row.false_default);
      first = false;
    }
    text += "]}";
  }
  return text + "]";
}

}  // namespace likeness::bench
