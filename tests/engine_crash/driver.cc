// The process that crash tests kill. It works on a data folder and writes each acknowledged outcome to a list outside
// of it, synced before it goes on:
//
//   crash_driver import DATA LIST FOLDER    "imported ID NAME" | "duplicate OF NAME" | "failed NAME"
//   crash_driver delete DATA LIST           deletes every second image: "deleted ID"
//   crash_driver compact DATA LIST          "compacted"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "engine/library.h"
#include "sandbox/pool.h"

namespace likeness::engine {
namespace {

class AcknowledgedList {
 public:
  explicit AcknowledgedList(const char* path)
      : descriptor_(::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {}
  void Add(const std::string& line) const {
    std::string whole = line + "\n";
    // dprintf and syncfs: calls that the fault shim does not count.
    if (::dprintf(descriptor_, "%s", whole.c_str()) < 0 || ::syncfs(descriptor_) != 0) std::abort();
  }

 private:
  int descriptor_;
};

Status Run(const std::string& verb, const char* data, const AcknowledgedList& list, const char* folder) {
  Analyzer::Options analyze;
  analyze.workers = 2;
  LK_ASSIGN(auto analyzer, Analyzer::Open(analyze));
  Library::Options options;
  options.folder = data;
  options.analyzer = analyzer.get();
  LK_ASSIGN(auto library, Library::Open(options));
  list.Add("opened");
  if (verb == "import") {
    auto item = [&](const ImportOutcome& outcome) {
      std::string name = std::filesystem::path(outcome.path).filename().string();
      if (outcome.status == ImportStatus::kImported) list.Add(fmt::format("imported {} {}", outcome.id.value, name));
      if (outcome.status == ImportStatus::kDuplicate)
        list.Add(fmt::format("duplicate {} {}", outcome.verdict->of.value, name));
      if (outcome.error) list.Add(fmt::format("failed 0 {}", name));
    };
    LK_ASSIGN(ImportSummary sum, library->ImportPaths({folder}, {}, CancelFlag(), item, nullptr));
    list.Add(fmt::format("summary 0 {:.2f}s,decode={:.2f},hash={:.2f},colour={:.2f},local={:.2f},thumbnail={:.2f}",
                         sum.seconds, sum.decode_s, sum.hash_s, sum.colour_s, sum.local_s, sum.thumbnail_s));
  } else if (verb == "delete") {
    LK_ASSIGN(auto rows, library->ListImages({}));
    for (size_t i = 0; i < rows.size(); i += 2) {
      list.Add(fmt::format("deleting {} x", rows[i].id.value));
      LK_TRY(library->DeleteImage(rows[i].id));
      list.Add(fmt::format("deleted {} x", rows[i].id.value));
    }
  } else if (verb == "models") {
    LK_TRY(library->ApplyModels({}, [&] { list.Add("batch 0 x"); }));
  } else {
    LK_TRY(library->Compact());
    list.Add("compacted 0 x");
  }
  list.Add("closing 0 x");
  return {};
}

}  // namespace
}  // namespace likeness::engine

int main(int argc, char** argv) {
  int exit_status = 0;
  if (likeness::sandbox::RunWorkerIfAsked(argc, argv, &exit_status)) return exit_status;
  if (argc < 4) return 2;
  likeness::engine::AcknowledgedList list(argv[3]);
  auto status = likeness::engine::Run(argv[1], argv[2], list, argc > 4 ? argv[4] : "");
  if (status.has_value()) return 0;
  fmt::print(stderr, "{}\n", status.error().Text());
  return 1;
}
