// Fusion of ranked lists by reciprocal rank (Cormack, Clarke, Buettcher 2009): each signal gives an item
// weight / (60 + rank), and the sums are compared. Raw distances of different signals are never mixed. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/types.h"

namespace likeness::engine {

struct RankedSignal {
  std::string signal;
  double weight = 1;
  std::vector<std::pair<ImageId, double>> hits = {};  // id, distance; nearest first
};

struct FusedHit {
  ImageId id;
  double score = 0;
  std::vector<SignalHit> signals;
};

// Every item of any list, largest score first, ties by id. Equal distances share a rank.
std::vector<FusedHit> Fuse(const std::vector<RankedSignal>& lists);

}  // namespace likeness::engine
