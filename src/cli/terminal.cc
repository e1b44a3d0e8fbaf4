#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace likeness::cli {

Terminal::Terminal(bool json, bool quiet) : json_(json), quiet_(quiet) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  bool dumb = term && std::string_view(term) == "dumb";
  colour_ = isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && !dumb && !json;
  bar_ = isatty(STDERR_FILENO) && !quiet && !dumb;
  can_ask_ = isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && !json;
}

Result<std::string> Terminal::AskSecret(const std::string& question) {
  constexpr size_t kBytesMax = 4096;
  termios before{};
  const bool typed = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
  if (typed) {
    termios hidden = before;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    fmt::print(stderr, "{}", question);
  }
  std::string line;
  char c = 0;
  ssize_t got = 0;
  while (line.size() < kBytesMax && (got = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') line.push_back(c);
  if (typed) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fmt::print(stderr, "\n");
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty())
    return Fail(ErrorCode::kInvalidArgument, "no password was given", "type it, or put it into standard input");
  return line;
}

std::string Terminal::Style(const char* code, std::string_view text) const {
  return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

void Terminal::ClearBar() {
  if (!bar_drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  bar_drawn_ = false;
}

void Terminal::Line(std::string_view text) {
  ClearBar();
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void Terminal::Note(std::string_view text) {
  if (!quiet_ && !json_) Line(text);
}

void Terminal::Fault(std::string_view text) {
  ClearBar();
  std::fprintf(stderr, "likeness: %.*s\n", static_cast<int>(text.size()), text.data());
}

void Terminal::Progress(const Json& progress, std::string_view noun) {
  if (!bar_) return;
  winsize size{};
  int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  int64_t done = progress["done"].AsInt(), total = progress["total"].AsInt();
  double seconds = progress["seconds"].AsDouble();
  double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string words = fmt::format(" {}/{} {}", Thousands(done), Thousands(total), noun);
  std::string speed = rate > 0 ? fmt::format(", {:.1f}/s", rate) : "";
  auto counted = [&](const char* member, const char* what) {
    int64_t count = progress[member].AsInt();
    return count ? fmt::format(", {} {}", Thousands(count), what) : std::string();
  };
  std::string copies = counted("duplicates", "copies"), errors = counted("errors", "errors");
  std::string left =
      rate > 0 && total > done ? fmt::format(", {} left", Duration(static_cast<double>(total - done) / rate)) : "";
  // A narrow terminal loses whole parts, the least telling first.
  for (std::string* least : {&copies, &speed, &errors, &left}) {
    if (static_cast<int>(words.size() + speed.size() + copies.size() + errors.size() + left.size()) < columns) break;
    least->clear();
  }
  words += speed + copies + errors + left;
  int width = std::clamp(columns - static_cast<int>(words.size()) - 3, 0, 40);
  std::string bar;
  if (width >= 8) {
    int filled = total > 0 ? static_cast<int>(int64_t{width} * std::min(done, total) / total) : 0;
    bar = fmt::format("[{}{}]", std::string(size_t(filled), '='), std::string(size_t(width - filled), ' '));
  }
  std::string line = bar + words;
  if (static_cast<int>(line.size()) >= columns) line.resize(static_cast<size_t>(std::max(columns - 1, 1)));
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  bar_drawn_ = true;
}

void Terminal::EndProgress() {
  ClearBar();
}

char Terminal::Ask(const std::string& question, std::string_view keys) {
  ClearBar();
  while (true) {
    std::fprintf(stderr, "%s ", question.c_str());
    std::fflush(stderr);
    char line[64];
    if (!std::fgets(line, sizeof line, stdin)) return '\0';
    char key = line[0] == '\n' ? keys[0] : line[0];
    if (keys.find(key) != std::string_view::npos) return key;
  }
}

std::string Megabytes(uint64_t bytes) {
  double mega = static_cast<double>(bytes) / 1e6;
  if (mega >= 10'000) return fmt::format("{:.1f} GB", mega / 1e3);
  if (mega >= 100) return fmt::format("{:.0f} MB", mega);
  return mega >= 0.9995 ? fmt::format("{:.1f} MB", mega) : fmt::format("{:.0f} kB", mega * 1e3);
}

size_t Columns(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (uint8_t(c) & 0xc0) != 0x80; }));
}

std::string Dimensions(int64_t width, int64_t height) {
  return fmt::format("{}×{}", width, height);
}

std::string Duration(double seconds) {
  auto whole = static_cast<int64_t>(seconds + 0.5);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

std::string Count(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", Thousands(count), noun, count == 1 ? "" : "s");
}

std::string Thousands(int64_t number) {
  std::string digits = std::to_string(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

}  // namespace likeness::cli
