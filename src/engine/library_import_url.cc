// Pictures that lie on other servers.
#include "base/text.h"
#include "engine/library_impl.h"
#include "net/fetch_public.h"

namespace likeness::engine {
namespace {

// The last of the path with its percent signs undone; "picture" where there is none.
std::string NameOf(std::string_view url) {
  url = url.substr(0, url.find('?'));
  const std::string_view last = url.substr(url.rfind('/') + 1);
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  std::string name;
  for (size_t i = 0; i < last.size(); ++i) {
    if (last[i] == '%' && i + 2 < last.size() && digit(last[i + 1]) >= 0 && digit(last[i + 2]) >= 0) {
      name.push_back(static_cast<char>(digit(last[i + 1]) * 16 + digit(last[i + 2])));
      i += 2;
    } else {
      name.push_back(last[i]);
    }
  }
  return name.empty() ? "picture" : name;
}

}  // namespace

Result<Library::FetchedFile> Library::FetchFile(const std::string& url, const CancelFlag& cancel) const {
  const Limits& limits = impl_->limits();
  LK_ASSIGN(net::PublicBody body,
            net::FetchPublic(url, impl_->options.address_judge,
                             {.bytes_max = limits.file_bytes_max, .seconds_max = 10, .cancel = &cancel}));
  return FetchedFile{std::move(body.bytes), CleanFileName(NameOf(body.url), limits.name_bytes_max)};
}

ImportOutcome Library::ImportUrl(const std::string& url, const ImportOptions& options, const CancelFlag& cancel) {
  const Limits& limits = impl_->limits();
  const Result<FetchedFile> file = FetchFile(url, cancel);
  if (!file) {
    ImportOutcome outcome;
    outcome.path = CleanText(url, limits.url_bytes_max);
    outcome.status = ImportStatus::kRejected;  // theirs or the address's fault, not this machine's
    outcome.error = file.error();
    return outcome;
  }
  ImportOptions with_source = options;
  if (with_source.source_url.empty()) with_source.source_url = CleanText(url, limits.url_bytes_max);
  return ImportBytes(AsBytes(file->bytes), file->name, "", with_source);
}

}  // namespace likeness::engine
