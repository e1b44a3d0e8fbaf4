// What is measured: ours and its rivals, each asked "of which reference is this a copy?".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "copies/battery.h"
#include "dedupe/verdict.h"

namespace likeness::bench {

struct Answer {
  int reference = -1;
  double score = 0;        // larger is surer; comparable within one system
  bool duplicate = false;  // at the system's default settings
  std::string kind;        // verdict, where the system has one
  std::string why;         // its numbers
};

class System {
 public:
  virtual ~System() = default;
  virtual std::string name() const = 0;
  virtual void Build(const std::vector<Picture>& references) = 0;
  // Thread-safe. Any order; references that are out of the question may be left out.
  virtual std::vector<Answer> Search(const Picture& query) const = 0;
  virtual double index_bytes_per_image() const = 0;
  // Whether it needs Picture::akaze, and of this query also Picture::akaze_mirrored.
  virtual bool wants_akaze() const { return false; }
  virtual bool WantsMirrored(const Picture&) const { return false; }
};

// The verdict's rule and numbers, for people who tune.
std::string Explain(const dedupe::Verdict& verdict);

struct LikenessOptions {
  dedupe::Rules rules;
  bool exhaustive = false;  // compare with every reference instead of asking the indexes
  bool explain = false;     // answers say why, also those that are none
};
std::unique_ptr<System> MakeLikeness(const LikenessOptions& options);
// DCT hash of the original and its mirrored form, linear scan; `duplicate` at 32 bits, the original's bound.
std::unique_ptr<System> MakePhash();
std::unique_ptr<System> MakePdq();
// Only when built with Faiss.
std::unique_ptr<System> MakeAkazeFaiss();
std::unique_ptr<System> MakeTrie();

}  // namespace likeness::bench
