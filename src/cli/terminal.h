// Standard output and error as a person sees them: colours only on a terminal (and never with NO_COLOR), a progress bar
// on standard error while it is one. Single-threaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/json_value.h"

namespace likeness::cli {

class Terminal {
 public:
  Terminal(bool json, bool quiet);

  bool json() const { return json_; }
  bool quiet() const { return quiet_; }
  bool can_ask() const { return can_ask_; }

  // A line to standard output; the bar steps aside.
  void Line(std::string_view text);
  // A line unless --quiet or --json.
  void Note(std::string_view text);
  void PrintJson(const Json& json) { Line(json.Dump()); }
  void Fault(std::string_view text);  // "likeness: ..." to standard error

  // Draws {done, total, errors, duplicates, bytes, seconds}; nothing when standard error is no terminal.
  void Progress(const Json& progress, std::string_view noun);
  void EndProgress();

  // One key's answer out of `keys`; the first of them for an empty line, '\0' at the end of input.
  char Ask(const std::string& question, std::string_view keys);

  // A line that is not shown as it is typed, or the first line of standard input when that is no terminal.
  // InvalidArgument at the end of input.
  Result<std::string> AskSecret(const std::string& question);

  std::string Bold(std::string_view text) const { return Style("1", text); }
  std::string Dim(std::string_view text) const { return Style("2", text); }
  std::string Good(std::string_view text) const { return Style("32", text); }
  std::string Warn(std::string_view text) const { return Style("33", text); }
  std::string Bad(std::string_view text) const { return Style("31", text); }

 private:
  std::string Style(const char* code, std::string_view text) const;
  void ClearBar();

  bool json_, quiet_, colour_, bar_, can_ask_;
  bool bar_drawn_ = false;
};

// "3.4 MB", "45 kB": decimal, as file managers show them.
std::string Megabytes(uint64_t bytes);
// How many characters of UTF-8 text; close enough to how many columns of a terminal it takes.
size_t Columns(std::string_view text);
// "6000×4000"
std::string Dimensions(int64_t width, int64_t height);
// "1 min 20 s"
std::string Duration(double seconds);
// "1 picture", "12 pictures"
std::string Count(int64_t count, std::string_view noun);
// "1,234,567"
std::string Thousands(int64_t number);

}  // namespace likeness::cli
