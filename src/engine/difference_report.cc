#include "engine/difference_report.h"

#include <fmt/format.h>

#include "answer/sentences.h"
#include "base/text.h"
#include "codec/encode.h"
#include "codec/encode_animation.h"

namespace likeness::engine {
namespace {

constexpr int kJpegQuality = 85;

constexpr const char* kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Differences</title><style>
:root{--ground:#f6f6f5;--card:#fff;--text:#1b1c1e;--dim:#5f6368;--line:#dedfe1;--good:#1a7f43;--bad:#b3261e;--warn:#8a5a00;
--accent:#2457c5;--check:#e9e9ea}
@media(prefers-color-scheme:dark){:root{--ground:#141517;--card:#1d1f22;--text:#e8e9ea;--dim:#a0a4aa;--line:#33363b;
--good:#5fc98a;--bad:#ff8a80;--warn:#e6b45c;--accent:#8ab0ff;--check:#26282c}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 Inter,system-ui,sans-serif}
header,main{max-width:1440px;margin:0 auto;padding:24px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px}
h2{font:600 15px ui-monospace,monospace;margin:0;overflow-wrap:anywhere}
.dim{color:var(--dim);font-size:13px}
.counts{display:flex;flex-wrap:wrap;gap:8px;margin-top:16px}
.counts label{cursor:pointer;padding:6px 14px;border:1px solid var(--line);border-radius:8px;background:var(--card);
font-variant-numeric:tabular-nums}
.counts input{position:absolute;opacity:0}
.counts label:has(:checked){border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
.counts label:has(:focus-visible){outline:2px solid var(--accent);outline-offset:2px}
article{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px;margin:0 0 16px}
article header{padding:0;display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline}
.verdict{font-weight:600}.different .verdict,.failed .verdict{color:var(--bad)}.equal .verdict{color:var(--good)}
.only_a .verdict,.only_b .verdict{color:var(--warn)}
.three{display:grid;grid-template-columns:repeat(3,1fr);gap:12px;margin-top:12px}
figure{margin:0}figcaption{color:var(--dim);font-size:12px;margin-top:4px}
.shot{display:block;width:100%;padding:0;border:1px solid var(--line);border-radius:8px;overflow:hidden;cursor:zoom-in;
background:repeating-conic-gradient(var(--check) 0 25%,transparent 0 50%) 0 0/16px 16px;font:inherit}
.shot img{display:block;width:100%;height:auto;image-rendering:auto}
ul{margin:12px 0 0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13px;color:var(--dim);
font-variant-numeric:tabular-nums}
dialog{border:0;padding:0;max-width:96vw;max-height:96vh;background:none}
dialog::backdrop{background:rgb(0 0 0/.8)}
dialog img{display:block;max-width:96vw;max-height:90vh;min-width:min(60vw,640px);object-fit:contain;image-rendering:pixelated}
dialog p{margin:8px 0 0;text-align:center;color:#e8e9ea;font-size:13px}
@media(max-width:720px){.three{grid-template-columns:1fr}header,main{padding:16px}}
</style></head><body>
)";

constexpr const char* kTail = R"(<dialog><img alt=""><p></p></dialog>
<script>
const box=document.querySelector('dialog'),big=box.querySelector('img'),words=box.querySelector('p');
let shots=[],at=0;
const show=i=>{at=(i+shots.length)%shots.length;const img=shots[at].querySelector('img');big.src=img.src;big.alt=img.alt;
words.textContent=img.alt+'. Arrow keys change the picture, Escape closes.'};
document.querySelectorAll('.shot').forEach(shot=>shot.onclick=()=>{
shots=[...shot.closest('.three').querySelectorAll('.shot')];show(shots.indexOf(shot));box.showModal()});
box.onkeydown=e=>{if(e.key==='ArrowRight')show(at+1);if(e.key==='ArrowLeft')show(at-1)};
box.onclick=e=>{e.target===big?show(at+1):box.close()};
const filter=v=>document.querySelectorAll('article').forEach(a=>a.hidden=v!=='all'&&!v.split(' ').includes(a.className));
document.querySelectorAll('.counts input').forEach(i=>i.onchange=()=>filter(i.value));
</script></body></html>
)";

std::string DataUri(const image::Bitmap& bitmap) {
  Result<Bytes> png = codec::EncodePng(bitmap), jpeg = codec::EncodeJpeg(bitmap, kJpegQuality);
  const bool use_png = png && (!jpeg || png->size() <= 2 * jpeg->size());
  if (!use_png && !jpeg) return {};
  return fmt::format("data:image/{};base64,{}", use_png ? "png" : "jpeg", Base64(AsText(use_png ? *png : *jpeg)));
}

std::string DataUri(const std::vector<image::Bitmap>& frames) {
  if (frames.size() == 1) return DataUri(frames[0]);
  const Result<Bytes> webp = codec::EncodeWebpAnimation(frames, kBlinkMs);
  return webp ? "data:image/webp;base64," + Base64(AsText(*webp)) : std::string();
}

std::string Shot(const std::vector<image::Bitmap>& frames, std::string_view caption) {
  const std::string words = EscapeHtml(caption);
  return fmt::format(
      "<figure><button class=\"shot\"><img loading=\"lazy\" width=\"{}\" height=\"{}\" alt=\"{}\" src=\"{}\"></button>"
      "<figcaption>{}</figcaption></figure>\n",
      frames[0].width, frames[0].height, words, DataUri(frames), words);
}

std::string Verdict(const FolderPair& pair) {
  switch (pair.status) {
    case PairStatus::kEqual:
      return "Equal";
    case PairStatus::kOnlyA:
      return "Missing in the second folder";
    case PairStatus::kOnlyB:
      return "New in the second folder";
    case PairStatus::kFailed:
      return "Could not be compared";
    case PairStatus::kDifferent:
      break;
  }
  const compare::Difference& difference = pair.difference->difference;
  std::string out = answer::Describe(pair.difference->found());
  if (difference.size_a != difference.size_b)
    out += fmt::format(" {}×{} became {}×{}.", difference.size_a.width, difference.size_a.height,
                       difference.size_b.width, difference.size_b.height);
  return out;
}

std::string RegionItems(const PictureDifference& difference) {
  constexpr size_t kShownMax = 12;
  std::string out;
  for (size_t i = 0; i < std::min(kShownMax, difference.regions.size()); ++i) {
    const compare::ChangedRegion& region = difference.regions[i];
    out += fmt::format("<li>{} at {}, {} ({}×{}), severity {:.0f} %</li>", compare::Name(region.kind), region.box.x,
                       region.box.y, region.box.width, region.box.height, 100 * region.severity);
  }
  if (difference.regions_found > kShownMax)
    out += fmt::format("<li>and {} more regions</li>", difference.regions_found - kShownMax);
  for (const std::string& note : difference.notes) out += fmt::format("<li>{}</li>", EscapeHtml(note));
  return out.empty() ? out : "<ul>" + out + "</ul>";
}

}  // namespace

void DifferenceReport::Add(const FolderPair& pair) {
  if (pair.status == PairStatus::kEqual) {
    equal_names_.push_back(pair.name);
    return;
  }
  entries_ += fmt::format("<article class=\"{}\"><header><h2>{}</h2><span class=\"verdict\">{}</span></header>\n",
                          Name(pair.status), EscapeHtml(CleanText(pair.name, 4096)), Verdict(pair));
  if (pair.error) entries_ += fmt::format("<p class=\"dim\">{}</p>", EscapeHtml(CleanText(pair.error->Text(), 4096)));
  if (pair.status == PairStatus::kDifferent) {
    const PictureDifference& difference = *pair.difference;
    entries_ += "<div class=\"three\">" + Shot({difference.preview_a}, "First") +
                Shot({difference.preview_b}, "Second") + Shot(difference.picture, "Difference") + "</div>" +
                RegionItems(difference);
  }
  entries_ += "</article>\n";
}

std::string DifferenceReport::Finish(const FolderSummary& summary) const {
  const uint64_t wrong = summary.different + summary.failed + summary.only_a + summary.only_b;
  std::string out = kHead;
  out +=
      fmt::format("<header><h1>{}</h1><p class=\"dim\">{} against {}, {} pairs in {:.1f} s</p>\n<div class=\"counts\">",
                  wrong == 0 ? "Everything is equal" : fmt::format("{} of {} differ", wrong, wrong + summary.equal),
                  EscapeHtml(name_a_), EscapeHtml(name_b_), summary.pairs, summary.took_ms / 1000);
  struct Filter {
    const char *value, *words;
    uint64_t count;
  };
  for (const Filter& filter :
       {Filter{"all", "all", wrong + summary.equal}, Filter{"different", "different", summary.different},
        Filter{"only_a", "missing", summary.only_a}, Filter{"only_b", "new", summary.only_b},
        Filter{"failed", "failed", summary.failed}, Filter{"equal", "equal", summary.equal}})
    if (filter.count > 0)
      out += fmt::format("<label><input type=\"radio\" name=\"f\" value=\"{}\"{}>{} {}</label>", filter.value,
                         filter.value == std::string_view("all") ? " checked" : "", filter.count, filter.words);
  out += "</div></header>\n<main>\n" + entries_;
  if (!equal_names_.empty()) {
    out += "<article class=\"equal\"><header><h2>Equal</h2><span class=\"verdict\">nothing to see</span></header><ul>";
    for (const std::string& name : equal_names_) out += "<li>" + EscapeHtml(CleanText(name, 4096)) + "</li>";
    out += "</ul></article>\n";
  }
  return out + "</main>\n" + kTail;
}

}  // namespace likeness::engine
