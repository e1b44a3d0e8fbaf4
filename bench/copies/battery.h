// Photos, queries made from them, and what every system under test sees of each.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "compare/signals.h"
#include "copies/transforms.h"

namespace likeness::bench {

struct Photo {
  std::string name;
  cv::Mat pixels;
};

// Everything that systems need of one picture, computed once.
struct Picture {
  compare::QueryFeatures likeness;
  cv::Mat akaze, akaze_mirrored;  // the original's points (akaze.h); empty unless a rival wants them
  double extract_ms = 0;          // of `likeness`, in processor time
};

struct Query {
  std::string photo;
  size_t transform = 0;  // into the battery
  int truth = -1;        // the reference it was made from; -1: a stranger's
  bool every = false;    // every system answers it, not only the quick ones
};

// The files of a folder by name; `limit` of them spread evenly (0: all).
std::vector<Photo> LoadPhotos(const std::string& folder, size_t limit);

// Further distinct pictures: the files that `list` names, one a line, absolute or below `root`; those that are not
// there are left out. At most 1280 pixels long, as the collection's photos are.
std::vector<Photo> LoadDistractors(const std::string& list, const std::string& root);

// All that Likeness knows of a picture; of a query also its mirrored points.
Picture Analyse(const cv::Mat& bgr, bool query);

// Processor time of this thread: steady on a busy machine.
double ThreadMilliseconds();

// Stable over runs and machines.
uint64_t Seed(const std::string& text);

// Runs work(i) for 0 <= i < count on `threads` threads.
template <typename Work>
void Parallel(size_t count, unsigned threads, Work work);

}  // namespace likeness::bench

#include <atomic>
#include <thread>

template <typename Work>
void likeness::bench::Parallel(size_t count, unsigned threads, Work work) {
  std::atomic<size_t> next{0};
  std::vector<std::jthread> pool;
  for (unsigned i = 0; i < threads; ++i) {
    pool.emplace_back([&] {
      for (size_t at; (at = next++) < count;) work(at);
    });
  }
}
