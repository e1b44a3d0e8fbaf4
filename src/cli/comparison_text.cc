#include "cli/comparison_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace likeness::cli {
namespace {

void PrintVerdict(Terminal& terminal, const Json& result) {
  const Json& verdict = result["verdict"];
  const Json& signals = result["signals"];
  const auto note = [&](const std::string& text) { terminal.Note(terminal.Dim(text)); };
  std::string kind = verdict["kind"].AsString();
  std::string sentence = verdict["sentence"].AsString();
  if (kind == "none" && sentence.empty()) sentence = "Two different pictures.";
  terminal.Line(fmt::format("{}  {:.1f} % alike", terminal.Bold(sentence), result["similarity_percent"].AsDouble()));
  note(fmt::format("verdict      {} (rule {}, confidence {:.2f})", kind, verdict["rule"].AsString(),
                   verdict["score"].AsDouble()));
  note(fmt::format("hash         {} of 256 bits apart, {}", signals["phash"]["distance"].AsInt(),
                   signals["phash"]["orientation"].AsString()));
  note(fmt::format("PDQ          {} of 256 bits apart{}", signals["pdq"]["distance"].AsInt(),
                   signals["pdq"]["reliable"].AsBool() ? "" : " (too little structure to rely on)"));
  note(fmt::format("colours      {:.1f} % different",
                   static_cast<double>(signals["colour"]["distance"].AsInt()) / 1310.70));
  std::string bits = signals.Has("median_bits")
                         ? fmt::format(", median {:.0f} of 486 bits apart", signals["median_bits"].AsDouble())
                         : "";
  note(fmt::format("points       {} agree{}{}", signals["inliers"].AsInt(),
                   signals["mirrored"].AsBool() ? ", mirrored" : "", bits));
  if (signals.Has("details")) {
    const Json& query = signals["details"]["query"];
    note(fmt::format("details      {} of {} points have a partner at their place, {} are disputed",
                     query["partnered"].AsInt(), query["points"].AsInt(), query["disputed"].AsInt()));
  }
  if (signals["changed_share"].AsDouble() >= 0)
    note(fmt::format("changed      {:.1f} % of what overlaps", 100 * signals["changed_share"].AsDouble()));
  if (verdict.Has("note")) terminal.Note(terminal.Warn(verdict["note"].AsString()));
}

std::string BoxText(const Json& box) {
  return fmt::format("{}×{} at {}, {}", box["width"].AsInt(), box["height"].AsInt(), box["x"].AsInt(),
                     box["y"].AsInt());
}

void PrintDifference(Terminal& terminal, const Json& difference) {
  const auto note = [&](const std::string& text) { terminal.Note(terminal.Dim(text)); };
  if (difference.Has("alignment")) note("aligned      " + difference["alignment"]["sentence"].AsString());
  terminal.Line(terminal.Bold(difference["sentence"].AsString()));
  if (!difference["equal"].AsBool())
    note(fmt::format("pixels       {} of {} differ", Thousands(difference["different_pixels"].AsInt()),
                     Thousands(difference["canvas"]["width"].AsInt() * difference["canvas"]["height"].AsInt())));
  if (difference["antialiased_pixels"].AsInt() > 0)
    note(fmt::format("edges        {} pixels are smoothed edges and not counted",
                     Thousands(difference["antialiased_pixels"].AsInt())));
  if (difference["ignored_pixels"].AsInt() > 0)
    note(fmt::format("left out     {} pixels", Thousands(difference["ignored_pixels"].AsInt())));
  constexpr size_t kShown = 10;
  const auto& regions = difference["regions"].items();
  for (size_t i = 0; i < std::min(kShown, regions.size()); ++i) {
    const Json& region = regions[i];
    std::string from = region.Has("from") ? ", from " + BoxText(region["from"]) : "";
    note(fmt::format("{:<12} {}{}, severity {:.0f} %", region["kind"].AsString(), BoxText(region["box"]), from,
                     100 * region["severity"].AsDouble()));
  }
  if (const int64_t rest = difference["regions_found"].AsInt() - static_cast<int64_t>(std::min(kShown, regions.size()));
      rest > 0 && !regions.empty())
    note(fmt::format("             and {}", Count(rest, "more region")));
  for (const auto& [name, words] : {std::pair{"ssim", "SSIM        "}, std::pair{"ms_ssim", "MS-SSIM     "}})
    if (difference.Has(name)) note(fmt::format("{} {:.5f}", words, difference[name].AsDouble()));
  if (difference.Has("psnr")) note(fmt::format("PSNR         {:.2f} dB", difference["psnr"].AsDouble()));
  for (const Json& text : difference["notes"].items()) terminal.Note(terminal.Warn(text.AsString()));
  if (difference.Has("saved")) note("picture      " + difference["saved"].AsString());
}

}  // namespace

void PrintComparison(Terminal& terminal, const Json& comparison) {
  if (comparison.Has("verdict")) PrintVerdict(terminal, comparison);
  PrintDifference(terminal, comparison["difference"]);
}

void PrintPair(Terminal& terminal, const Json& pair) {
  const std::string &status = pair["status"].AsString(), &name = pair["name"].AsString();
  if (status == "different")
    terminal.Line(
        fmt::format("{}  {}  {}", terminal.Bad("different"), name, pair["difference"]["sentence"].AsString()));
  else if (status == "only_a")
    terminal.Line(fmt::format("{}    {}", terminal.Warn("missing"), name));
  else if (status == "only_b")
    terminal.Line(fmt::format("{}        {}", terminal.Warn("new"), name));
  else if (status == "failed")
    terminal.Line(fmt::format("{}     {}  {}", terminal.Bad("failed"), name, pair["error"]["message"].AsString()));
}

void PrintFolders(Terminal& terminal, const Json& summary, const std::string& report) {
  const auto count = [&](const char* name) { return summary[name].AsInt(); };
  const int64_t pairs = count("pairs");
  terminal.Line(terminal.Bold(fmt::format("{} of {} equal", count("equal"), Count(pairs, "pair"))) +
                fmt::format(", {} different, {} missing, {} new, {} failed, {}", count("different"), count("only_a"),
                            count("only_b"), count("failed"), Duration(summary["took_ms"].AsDouble() / 1000)));
  if (!report.empty()) terminal.Note(terminal.Dim("report       " + report));
}

}  // namespace likeness::cli
