// What a command is, and the table of all. A command builds requests for the API, sends them through the session's door
// and tells a person, or with --json a program, what came back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/threads.h"
#include "cli/account_options.h"
#include "cli/door.h"
#include "cli/flags.h"
#include "cli/terminal.h"

namespace likeness::cli {

struct Globals {
  std::string data;
  bool json = false, quiet = false, verbose = false;
  std::string formats;             // "+heic,avif"
  std::string rules = "likeness";  // dedupe::Policy's names
  engine::TagOptions tags;
  std::string tag_words_file;
  Limits limits;
  AccountSettings accounts;
};

struct Session {
  const Globals& globals;
  Terminal& terminal;
  Door& door;
  const CancelFlag& cancel;
};

enum ExitStatus : int { kDone = 0, kFound = 1, kFatal = 2 };

class Command {
 public:
  virtual ~Command() = default;
  virtual void Describe(Flags& flags) = 0;
  // The exit status; an error is printed and becomes its own status.
  virtual Result<int> Run(Session& session) = 0;
};

struct CommandRow {
  const char* name;
  const char* summary;
  const char* examples;  // one a line
  std::unique_ptr<Command> (*make)();
};
const std::vector<CommandRow>& Commands();

std::unique_ptr<Command> MakeImport();
std::unique_ptr<Command> MakeImportMeta();
std::unique_ptr<Command> MakeAlbum();
std::unique_ptr<Command> MakeSearch();
std::unique_ptr<Command> MakeDuplicates();
std::unique_ptr<Command> MakeCompare();
std::unique_ptr<Command> MakeFeatures();
std::unique_ptr<Command> MakeQuery();
std::unique_ptr<Command> MakeShow();
std::unique_ptr<Command> MakeTag();
std::unique_ptr<Command> MakeDelete();
std::unique_ptr<Command> MakeExport();
std::unique_ptr<Command> MakeDecisions();
std::unique_ptr<Command> MakeHashList();
std::unique_ptr<Command> MakeModels();
std::unique_ptr<Command> MakeServe();
std::unique_ptr<Command> MakeUser();
std::unique_ptr<Command> MakeToken();
std::unique_ptr<Command> MakeFsck();
std::unique_ptr<Command> MakeRebuild();
std::unique_ptr<Command> MakeCompact();
std::unique_ptr<Command> MakeStats();
std::unique_ptr<Command> MakeDoctor();

// A whole number from 1; InvalidArgument otherwise.
Result<uint64_t> ParseId(const std::string& word);
bool LooksLikeId(const std::string& word);
std::string AbsolutePath(const std::string& path);

}  // namespace likeness::cli
