// The options of one command, declared without seeing the parser behind (CLI11, in flags.cc only). Every option can
// also be set by the environment (LIKENESS_ and its long name in capitals) and by the configuration file under the same
// name; the command line wins. Names are given as "-k,--count"; a name without dashes is a positional word.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace likeness::cli {

class Flags {
 public:
  explicit Flags(void* parser) : parser_(parser) {}

  void Flag(const char* names, bool* out, const char* help);
  void Text(const char* names, std::string* out, const char* help, const char* placeholder = "TEXT");
  void Choice(const char* names, std::string* out, const std::vector<std::string>& choices, const char* help);
  void Number(const char* names, int64_t* out, int64_t min, int64_t max, const char* help);
  // Several values, separated by commas or given again.
  void List(const char* names, std::vector<std::string>* out, const char* help, const char* placeholder = "A,B");
  // All remaining words.
  void Words(const char* name, std::vector<std::string>* out, size_t count_min, size_t count_max, const char* help);

 private:
  void* parser_;  // a CLI::App
};

}  // namespace likeness::cli
