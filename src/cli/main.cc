// The only file that sees CLI11, and with it the mapping of options to the environment and the configuration file.
#include "cli/main.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <sstream>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "http/limit_table.h"

namespace likeness::cli {
namespace {

CancelFlag cancel_flag;
volatile sig_atomic_t signals_seen = 0;

// The first asks to stop, the second stops.
void OnSignal(int number) {
  if (signals_seen > 0) _exit(128 + number);
  signals_seen = 1;
  cancel_flag.Cancel();
}

void CatchSignals() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

std::string EnvironmentName(const std::string& names) {
  size_t at = names.rfind("--");
  if (at == std::string::npos) return {};
  std::string out = "LIKENESS_";
  for (char c : names.substr(at + 2))
    out.push_back(c == '-' || c == '.' ? '_' : static_cast<char>(std::toupper(uint8_t(c))));
  return out;
}

CLI::App& App(void* parser) {
  return *static_cast<CLI::App*>(parser);
}

CLI::Option* Finish(CLI::Option* option, const std::string& names) {
  if (std::string name = EnvironmentName(names); !name.empty()) option->envname(name);
  return option;
}

std::string DefaultData() {
  if (const char* home = std::getenv("XDG_DATA_HOME"); home && *home) return std::string(home) + "/likeness";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.local/share/likeness";
  return "likeness-data";
}

// "+heic,avif" adds to the safe ones, "-gif" takes away, "jpeg,png" are exactly these.
Result<codec::FormatSet> ParseFormats(const std::string& text) {
  codec::FormatSet set = codec::DefaultFormats();
  if (text.empty()) return set;
  bool add = text[0] == '+', remove = text[0] == '-';
  if (!add && !remove) set = {};
  for (const std::string& name : CLI::detail::split(text.substr(add || remove ? 1 : 0), ',')) {
    codec::Format format = codec::FormatFromName(CLI::detail::to_lower(std::string(Trim(name))));
    if (format == codec::Format::kUnknown) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--formats: no format is called \"{}\"", CleanText(name, 40)),
                  "write for example +heic,avif or -gif or jpeg,png");
    }
    if (!remove && !codec::BuiltFormats().Has(format))
      return Fail(ErrorCode::kUnsupported, fmt::format("--formats: this build cannot read {}", name),
                  "see likeness doctor");
    remove ? set.Remove(format) : set.Add(format);
  }
  return set;
}

struct Parsed {
  Globals globals;
  std::vector<std::unique_ptr<Command>> commands;
  std::vector<CLI::App*> apps;
};

void AddGlobals(CLI::App& app, Globals& globals) {
  globals.data = DefaultData();
  app.add_option("--data", globals.data, "Folder of the library")
      ->envname("LIKENESS_DATA")
      ->type_name("DIR")
      ->capture_default_str();
  // CLI11 reads the file before the environment, so the file's own name is looked up here.
  const char* config = std::getenv("LIKENESS_CONFIG");
  bool named = config && *config;
  app.set_config("--config", named ? config : "",
                 "TOML file with the same options; a command's lie in its section (Env:LIKENESS_CONFIG)", named)
      ->type_name("FILE");
  app.add_flag("--json", globals.json, "Print JSON: one document, or one object a line")->envname("LIKENESS_JSON");
  app.add_flag("-q,--quiet", globals.quiet, "Say only what is asked for")->envname("LIKENESS_QUIET");
  app.add_flag("-v,--verbose", globals.verbose, "Log what happens, on standard error")->envname("LIKENESS_VERBOSE");
  app.add_option("--formats", globals.formats,
                 "Picture formats to take besides or instead of the safe ones: +heic,avif")
      ->envname("LIKENESS_FORMATS")
      ->type_name("SET");
  app.add_option(
         "--rules", globals.rules,
         "What makes a copy. likeness: points, geometry and looks. akaze-rules: enough near descriptors (2 within 5 "
         "bits, 4 within 10, 6 within 15, 10 within 32, or 10 within 65 and three times the median of all "
         "candidates). twenty-percent: more than a fifth of the points within 3 bits. A running server keeps its own")
      ->envname("LIKENESS_RULES")
      ->check(CLI::IsMember({"likeness", "akaze-rules", "twenty-percent"}))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--auto-tags", globals.tags.enabled,
                 "Let the models in use suggest tags; a running server keeps its own settings")
      ->envname("LIKENESS_AUTO_TAGS")
      ->capture_default_str()
      ->type_name("BOOL");
  app.add_option("--scene-min", globals.tags.scene_min, "Probability from which a kind of place is suggested")
      ->envname("LIKENESS_SCENE_MIN")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("SHARE");
  app.add_option("--object-min", globals.tags.object_min, "Confidence from which a thing is suggested")
      ->envname("LIKENESS_OBJECT_MIN")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("SHARE");
  app.add_option("--tag-words", globals.tag_words_file,
                 "A file with words of your own, one a line, that the model for words looks for in each picture")
      ->envname("LIKENESS_TAG_WORDS")
      ->type_name("FILE");
  app.add_option("--word-min", globals.tags.word_min, "How sure it has to be of such a word")
      ->envname("LIKENESS_WORD_MIN")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("SHARE");
  // The section [accounts] of the file, and LIKENESS_SMTP_HOST and so on; not shown as a command.
  CLI::App* accounts = app.add_subcommand("accounts", "")->group("")->configurable(false);
  globals.accounts.ForEach([&](const char* name, std::string& value) {
    std::string env = fmt::format("LIKENESS_{}", name);
    std::ranges::transform(env, env.begin(), [](char c) { return static_cast<char>(std::toupper(uint8_t(c))); });
    accounts->add_option(fmt::format("--{}", name), value)->envname(env);
  });
  // The section [limits] of the file, and LIKENESS_LIMIT_...; not shown as a command.
  CLI::App* limits = app.add_subcommand("limits", "")->group("")->configurable(false);
  http::ForEachLimit(globals.limits, [&](const std::string& name, auto& value) {
    std::string env = "LIKENESS_LIMIT_" + name;
    std::ranges::transform(env, env.begin(), [](char c) { return static_cast<char>(std::toupper(uint8_t(c))); });
    limits->add_option("--" + name, value)->envname(env);
  });
}

// Words, one a line; empty lines and those that begin with # are left out.
Result<std::vector<std::string>> ReadTagWords(const std::string& file) {
  constexpr size_t kFileBytesMax = 1 << 20, kWordsMax = 1000, kWordBytesMax = 200;
  std::vector<std::string> words;
  if (file.empty()) return words;
  Result<Bytes> bytes = ReadFile(file, kFileBytesMax);
  if (!bytes) return std::unexpected(bytes.error().Within("the words to tag by"));
  std::set<std::string> seen;
  std::istringstream lines(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  for (std::string line; std::getline(lines, line);) {
    std::string word = CleanText(line, kWordBytesMax);
    if (!word.empty() && word[0] != '#' && seen.insert(word).second) words.push_back(std::move(word));
  }
  if (words.size() > kWordsMax)
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{}: {} words; {} are possible", file, words.size(), kWordsMax));
  return words;
}

bool IsAccountSetting(std::string_view word) {
  bool found = word == "accounts";
  AccountSettings settings;
  settings.ForEach([&](const char* name, std::string&) {
    const std::string option = fmt::format("--{}", name);
    found = found || word == option || word.starts_with(option + "=");
  });
  return found;
}

std::string Footer(const char* examples) {
  return fmt::format("Examples:\n{}", examples);
}

int Run(Parsed& parsed, Command& command) {
  const Globals& globals = parsed.globals;
  Terminal terminal(globals.json, globals.quiet);
  auto fault = [&](const Error& error) {
    terminal.EndProgress();
    if (globals.json) {
      Json body = Json().Set("code", Info(error.code).name).Set("message", error.message);
      if (!error.hint.empty()) body.Set("hint", error.hint);
      terminal.PrintJson(Json().Set("error", std::move(body)));
    }
    terminal.Fault(error.Text());
    return Info(error.code).exit_status;
  };
  SetLogLevel(globals.verbose ? LogLevel::kInfo : globals.quiet ? LogLevel::kError : LogLevel::kWarning);
  Result<codec::FormatSet> formats = ParseFormats(globals.formats);
  if (!formats) return fault(formats.error());
  Result<std::vector<std::string>> words = ReadTagWords(globals.tag_words_file);
  if (!words) return fault(words.error());
  CatchSignals();
  Door::Options options;
  options.data = AbsolutePath(globals.data);
  options.analyzer.limits = globals.limits;
  options.analyzer.formats = *formats;
  options.tags = globals.tags;
  options.tags.words = std::move(*words);
  options.analyzer.rules.policy = *dedupe::PolicyFromName(globals.rules);
  Door door(std::move(options), cancel_flag);
  Session session{globals, terminal, door, cancel_flag};
  Result<int> status = command.Run(session);
  terminal.EndProgress();
  return status ? *status : fault(status.error());
}

}  // namespace

void Flags::Flag(const char* names, bool* out, const char* help) {
  Finish(App(parser_).add_flag(names, *out, help), names);
}

void Flags::Text(const char* names, std::string* out, const char* help, const char* placeholder) {
  Finish(App(parser_).add_option(names, *out, help)->type_name(placeholder), names);
}

void Flags::Choice(const char* names, std::string* out, const std::vector<std::string>& choices, const char* help) {
  std::string shown = fmt::format("{}", fmt::join(choices, "|"));
  Finish(App(parser_)
             .add_option(names, *out, help)
             ->check([choices, shown](const std::string& word) {
               return std::ranges::find(choices, word) != choices.end()
                          ? ""
                          : fmt::format("\"{}\" is none of {}", word, shown);
             })
             ->type_name(shown)
             ->capture_default_str(),
         names);
}

void Flags::Number(const char* names, int64_t* out, int64_t min, int64_t max, const char* help) {
  Finish(App(parser_)
             .add_option(names, *out, help)
             ->check(CLI::Range(min, max).description(""))
             ->type_name("N")
             ->capture_default_str(),
         names);
}

void Flags::List(const char* names, std::vector<std::string>* out, const char* help, const char* placeholder) {
  Finish(App(parser_).add_option(names, *out, help)->delimiter(',')->allow_extra_args(false)->type_name(placeholder),
         names);
}

void Flags::Words(const char* name, std::vector<std::string>* out, size_t count_min, size_t count_max,
                  const char* help) {
  CLI::Option* option = App(parser_).add_option(name, *out, help)->type_name("");
  bool bounded = count_max <= 1'000'000;
  if (bounded)
    option->expected(static_cast<int>(count_min), static_cast<int>(count_max));
  else if (count_min > 0)
    option->expected(-static_cast<int>(count_min));  // CLI11's way to say: that many or more
  if (count_min > 0) option->required();
}

int Main(int argc, char** argv) {
  Parsed parsed;
  CLI::App app("Likeness keeps photos and knows every look-alike.", "likeness");
  app.set_version_flag("--version", "likeness " LIKENESS_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      Footer("  likeness import ~/Pictures          take a folder in; copies are told and left out\n"
             "  likeness duplicates ~/Pictures      only look for copies, import nothing\n"
             "  likeness search --image cat.jpg     do I have this picture, or a part of it?\n"
             "  likeness serve                      the gallery in the browser\n"
             "  likeness COMMAND --help             examples of each command\n"
             "Exit status: 0 done or equal, 1 copies or differences found or some items failed, 2 error."));
  AddGlobals(app, parsed.globals);
  for (const CommandRow& row : Commands()) {
    CLI::App* sub = app.add_subcommand(row.name, row.summary)->fallthrough()->footer(Footer(row.examples));
    parsed.commands.push_back(row.make());
    Flags flags(sub);
    parsed.commands.back()->Describe(flags);
    parsed.apps.push_back(sub);
  }
  if (argc > 1 && std::any_of(argv + 1, argv + argc, [](const char* word) { return IsAccountSetting(word); })) {
    fmt::print(stderr,
               "likeness: mail, captcha and providers are set by the configuration file or the environment: "
               "other users of this machine can read a command line\n");
    return kFatal;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 only says that a command is missing.
    auto is_command = [&](std::string_view word) {
      return std::ranges::any_of(Commands(), [&](const CommandRow& row) { return word == row.name; });
    };
    if (error.get_name() == "RequiredError" && argc > 1 && argv[1][0] != '-' && !is_command(argv[1])) {
      fmt::print(stderr, "likeness: no command is called \"{}\"; likeness --help lists them\n", CleanText(argv[1], 40));
      return kFatal;
    }
    return app.exit(error) == 0 ? kDone : kFatal;
  }
  for (size_t i = 0; i < parsed.apps.size(); ++i) {
    if (app.got_subcommand(parsed.apps[i])) return Run(parsed, *parsed.commands[i]);
  }
  return kFatal;
}

}  // namespace likeness::cli
