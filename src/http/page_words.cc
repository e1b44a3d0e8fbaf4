#include "http/page_words.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"

namespace likeness::http {
namespace {

constexpr PageWords kEnglish{
    .language = "en",
    .newest = "Photos, found by tags, words, colour or another photo.",
    .tags = "Tags",
    .not_found = "Not found",
    .needs_script = "Likeness needs JavaScript to show its gallery.",
    .photos = [](uint64_t count) { return fmt::format("{} {}", count, count == 1 ? "photo" : "photos"); }};
constexpr PageWords kRussian{.language = "ru",
                             .newest = "Фотографии: поиск по тегам, словам, цвету и по другой фотографии.",
                             .tags = "Теги",
                             .not_found = "Не найдено",
                             .needs_script = "Чтобы показать галерею, нужен JavaScript.",
                             .photos = [](uint64_t count) { return fmt::format("{} фото", count); }};

double Weight(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  return at == std::string_view::npos ? 1 : std::atof(std::string(parameters.substr(at + 2, 5)).c_str());
}

}  // namespace

const PageWords& WordsFor(std::string_view accept_language) {
  const PageWords* best = &kEnglish;
  double best_weight = 0;
  while (!accept_language.empty()) {
    const std::string_view item = accept_language.substr(0, accept_language.find(','));
    accept_language.remove_prefix(std::min(item.size() + 1, accept_language.size()));
    const std::string_view range = Trim(item.substr(0, item.find(';')));
    const double weight = Weight(item.substr(std::min(item.size(), item.find(';'))));
    for (const PageWords* words : {&kEnglish, &kRussian}) {
      const bool named = range.size() >= 2 && (range[0] | 32) == words->language[0] &&
                         (range[1] | 32) == words->language[1] && (range.size() == 2 || range[2] == '-');
      if (named && weight > best_weight) {
        best = words;
        best_weight = weight;
      }
    }
  }
  return *best;
}

}  // namespace likeness::http
