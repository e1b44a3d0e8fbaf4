#include "copies/score.h"

#include <fmt/format.h>

#include <algorithm>

namespace likeness::bench {
namespace {

// Micro average precision over all (query, reference) answers, as in DISC21: sorted by score, each positive adds the
// precision up to it; divided by the number of queries that have a truth.
void AveragePrecision(const std::vector<Query>& queries, const std::vector<std::vector<Answer>>& answers,
                      Score& score) {
  std::vector<std::pair<double, bool>> ranked;
  for (size_t i = 0; i < queries.size(); ++i) {
    for (const Answer& answer : answers[i]) ranked.emplace_back(answer.score, answer.reference == queries[i].truth);
  }
  std::ranges::sort(ranked, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;  // wrong ones first: no luck by ties
  });
  double hits = 0, sum = 0, positives = double(std::max<size_t>(1, score.total.queries));
  for (size_t i = 0; i < ranked.size(); ++i) {
    if (!ranked[i].second) continue;
    hits += 1;
    double precision = hits / double(i + 1);
    sum += precision;
    if (precision >= 0.9) score.recall_at_p90 = hits / positives;
  }
  score.micro_ap = sum / positives;
}

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

double Percent(size_t part, size_t whole) {
  return whole == 0 ? 0 : 100.0 * double(part) / double(whole);
}

}  // namespace

Score Evaluate(const System& system, const std::vector<Query>& queries, const std::vector<std::vector<Answer>>& answers,
               std::vector<double> search_ms, const std::vector<Transform>& transforms) {
  Score score;
  score.system = system.name();
  score.rows.resize(transforms.size());
  for (size_t i = 0; i < queries.size(); ++i) {
    if (queries[i].truth >= 0) continue;
    ++score.strangers;
    bool matched = false;
    for (const Answer& answer : answers[i]) {
      matched |= answer.duplicate;
      if (answer.score <= score.threshold) continue;
      score.threshold = answer.score;
      score.worst_stranger = fmt::format("{} {}", queries[i].photo, transforms[queries[i].transform].name);
    }
    score.strangers_matched += matched;
  }
  for (size_t i = 0; i < queries.size(); ++i) {
    Row& row = score.rows[queries[i].transform];
    for (const Answer& answer : answers[i])
      row.false_default += answer.duplicate && answer.reference != queries[i].truth;
    if (queries[i].truth < 0) continue;
    ++row.queries;
    auto best = std::ranges::max_element(answers[i], {}, &Answer::score);
    if (best != answers[i].end() && best->reference == queries[i].truth && best->score > score.threshold)
      ++row.found_zero;
    auto found = std::ranges::find_if(answers[i],
                                      [&](const Answer& a) { return a.duplicate && a.reference == queries[i].truth; });
    if (found == answers[i].end()) continue;
    ++row.found_default;
    ++row.kinds[found->kind];
  }
  for (const Row& row : score.rows) Add(score.total, row);
  AveragePrecision(queries, answers, score);
  score.search_ms_median = At(search_ms, 0.5);
  score.search_ms_p95 = At(search_ms, 0.95);
  score.index_bytes = system.index_bytes_per_image();
  return score;
}

void PrintMarkdown(const std::vector<Score>& scores, const std::vector<Transform>& transforms, bool kinds) {
  fmt::print("Recall in per cent: at the score where no stranger is matched / at default settings.\n\n| transform |");
  for (const Score& score : scores) fmt::print(" {} |", score.system);
  if (kinds) fmt::print(" verdicts |");
  fmt::print("\n|---|");
  for (size_t i = 0; i < scores.size() + kinds; ++i) fmt::print("---|");
  fmt::print("\n");
  auto line = [&](const std::string& name, auto row_of) {
    fmt::print("| {} |", name);
    for (const Score& score : scores) {
      const Row& row = row_of(score);
      fmt::print(" {:.0f} / {:.0f} |", Percent(row.found_zero, row.queries), Percent(row.found_default, row.queries));
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
    line(transforms[t].name, [=](const Score& score) -> const Row& { return score.rows[t]; });
  }
  line("**all**", [](const Score& score) -> const Row& { return score.total; });

  fmt::print("\n| | {} |\n|---|", fmt::join(
                                      [&] {
                                        std::vector<std::string> names;
                                        for (const Score& score : scores) names.push_back(score.system);
                                        return names;
                                      }(),
                                      " | "));
  for (size_t i = 0; i < scores.size(); ++i) fmt::print("---|");
  fmt::print("\n");
  auto fact = [&](const char* name, auto value_of) {
    fmt::print("| {} |", name);
    for (const Score& score : scores) fmt::print(" {} |", value_of(score));
    fmt::print("\n");
  };
  fact("micro AP", [](const Score& s) { return fmt::format("{:.3f}", s.micro_ap); });
  fact("recall at 90 % precision", [](const Score& s) { return fmt::format("{:.1f} %", 100 * s.recall_at_p90); });
  fact("recall at zero false",
       [](const Score& s) { return fmt::format("{:.1f} %", Percent(s.total.found_zero, s.total.queries)); });
  fact("that score", [](const Score& s) { return fmt::format("{:.3f} ({})", s.threshold, s.worst_stranger); });
  fact("recall by default",
       [](const Score& s) { return fmt::format("{:.1f} %", Percent(s.total.found_default, s.total.queries)); });
  fact("false matches by default", [](const Score& s) { return fmt::format("{}", s.total.false_default); });
  fact("strangers matched by default",
       [](const Score& s) { return fmt::format("{} of {}", s.strangers_matched, s.strangers); });
  fact("search, median ms", [](const Score& s) { return fmt::format("{:.2f}", s.search_ms_median); });
  fact("search, 95 % ms", [](const Score& s) { return fmt::format("{:.2f}", s.search_ms_p95); });
  fact("index bytes an image", [](const Score& s) { return fmt::format("{:.0f}", s.index_bytes); });
}

std::string Json(const std::vector<Score>& scores, const std::vector<Transform>& transforms) {
  std::string text = "{\"systems\":[";
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
          "{}{{\"name\":\"{}\",\"queries\":{},\"found_zero_false\":{},\"found_default\":{},\"false_default\":{}}}",
          first ? "" : ",", transforms[t].name, row.queries, row.found_zero, row.found_default, row.false_default);
      first = false;
    }
    text += "]}";
  }
  return text + "]}\n";
}

}  // namespace likeness::bench
