// Export: originals under their own names, and what is known about each as JSON beside it.

#include <fmt/format.h>

#include "base/text.h"
#include "engine/image_facts.h"
#include "engine/library_impl.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

// The name itself, else name-2, name-3, ... before the extension.
fs::path FreePath(const fs::path& folder, const std::string& name) {
  fs::path wanted = folder / name, path = wanted;
  std::error_code error;
  for (int i = 2; fs::exists(fs::symlink_status(path, error)); ++i) {
    path = folder / fmt::format("{}-{}{}", wanted.stem().string(), i, wanted.extension().string());
  }
  return path;
}

std::string DescribeAsJson(const catalog::ImageRow& row) {
  SmallJsonWriter out;
  out.PutInteger("id", static_cast<int64_t>(row.id.value)).Put("name", row.name).Put("format", row.format);
  out.PutInteger("width", row.width).PutInteger("height", row.height);
  out.PutInteger("size_bytes", static_cast<int64_t>(row.size_bytes)).Put("sha256", ToHex(row.sha256));
  out.PutInteger("imported_at_ms", row.imported_at_ms).Put("taken_at", row.taken_at);
  out.Put("title", row.title).Put("description", row.description).PutInteger("rating", row.rating);
  out.Put("source_path", row.source_path).Put("source_url", row.source_url).PutTexts("tags", row.tags);
  std::string json = out.Take();
  json.pop_back();
  return json + ",\"metadata\":" + (row.metadata_json.empty() ? "{}" : row.metadata_json) + "}\n";
}

}  // namespace

Result<uint64_t> Library::Export(const std::vector<ImageId>& ids, const fs::path& folder) const {
  LK_TRY(MakeDirectories(folder));
  uint64_t exported = 0;
  for (ImageId id : ids) {
    LK_ASSIGN(catalog::ImageRow row, impl_->catalog->GetImage(id));
    LK_ASSIGN(Bytes bytes, impl_->ReadOriginal(id));
    // Room for "-N", ".json" and the temporary name's tail within a file system's 255 bytes.
    fs::path path = FreePath(folder, CleanFileName(row.name, 230));
    LK_TRY(WriteFileAtomically(path, bytes));
    fs::path beside = FreePath(folder, path.filename().string() + ".json");
    LK_TRY(WriteFileAtomically(beside, AsBytes(DescribeAsJson(row))));
    ++exported;
  }
  return exported;
}

}  // namespace likeness::engine
