#include "engine/feature_spill.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "engine/query_record.h"

namespace likeness::engine {

Result<std::unique_ptr<FeatureSpill>> FeatureSpill::Open() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) folder = "/var/tmp";
  int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    // Some file systems have no O_TMPFILE.
    std::string name = (folder / "likeness-XXXXXX").string();
    descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) return FailErrno("cannot make a temporary file in " + folder.string(), errno);
    ::unlink(name.c_str());
  }
  return std::unique_ptr<FeatureSpill>(new FeatureSpill(descriptor));
}

FeatureSpill::~FeatureSpill() {
  ::close(descriptor_);
}

Result<FeatureSpill::Slot> FeatureSpill::Append(const compare::QueryFeatures& query) {
  Bytes bytes = SerializeQuery(query);
  Slot slot;
  slot.length = static_cast<uint32_t>(bytes.size());
  {
    std::lock_guard lock(mutex_);
    slot.offset = end_;
    end_ += bytes.size();
  }
  for (size_t done = 0; done < bytes.size();) {
    ssize_t put =
        ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(slot.offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return FailErrno("cannot write temporary features", errno);
    done += static_cast<size_t>(put);
  }
  return slot;
}

Result<std::shared_ptr<const compare::QueryFeatures>> FeatureSpill::Read(Slot slot) const {
  Bytes bytes(slot.length);
  for (size_t done = 0; done < bytes.size();) {
    ssize_t got =
        ::pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(slot.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("cannot read temporary features", errno);
    if (got == 0) return Fail(ErrorCode::kCorruption, "temporary features end early");
    done += static_cast<size_t>(got);
  }
  LK_ASSIGN(compare::QueryFeatures query, DeserializeQuery(bytes));
  return std::make_shared<const compare::QueryFeatures>(std::move(query));
}

}  // namespace likeness::engine
