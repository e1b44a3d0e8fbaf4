// From answers to the figures of the report.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "copies/systems.h"

namespace likeness::bench {

// What one system said to one query.
struct Reply {
  std::vector<Answer> answers;
  double search_ms = 0;  // processor time
};

struct Row {
  size_t queries = 0;                   // made from references
  size_t found_zero = 0;                // true reference best, above every stranger's score
  size_t found_default = 0;             // true reference among the answers called duplicates
  size_t false_default = 0;             // answers called duplicates that are wrong, strangers' queries included
  std::map<std::string, size_t> kinds;  // verdicts of the found
};

struct Score {
  std::string system;
  double threshold = 0;  // the best score that a stranger's query gets: recall at zero false matches is above it
  std::string worst_stranger;
  std::vector<Row> rows;  // by transform
  Row total;
  double micro_ap = 0;
  double recall_at_p90 = 0;
  size_t strangers = 0, strangers_matched = 0;  // queries of strangers; of them with a duplicate by default
  double search_ms_median = 0, search_ms_p95 = 0;
  double index_bytes = 0;
};

// replies[i] belong to queries[i]; `which`: the queries that count; `transforms` names their rows.
Score Evaluate(const System& system, const std::vector<Query>& queries, const std::vector<Reply>& replies,
               const std::vector<size_t>& which, const std::vector<Transform>& transforms);

// One column a system: figures over all transforms, and over those that nothing was tuned on.
void PrintFigures(const std::vector<Score>& all, const std::vector<Score>& held_out);
// One line a transform; `kinds`: the verdicts of the first system too.
void PrintTransforms(const std::vector<Score>& scores, const std::vector<Transform>& transforms, bool kinds);
std::string Json(const std::vector<Score>& scores, const std::vector<Transform>& transforms);

double Share(size_t part, size_t whole);  // 0 of nothing

}  // namespace likeness::bench
