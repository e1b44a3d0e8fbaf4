// A library in a temporary folder with a few generated pictures, for the tests of the doors.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/analyzer.h"
#include "engine/library.h"
#include "http/api.h"
#include "http/json_value.h"

namespace likeness::http {

// A picture with structure that differs by `seed`: smooth waves and blobs. JPEG of the given quality.
Bytes MakePicture(int seed, int width, int height, int quality = 90);

class TestLibrary {
 public:
  explicit TestLibrary(account::Options accounts = {}, net::AddressJudge judge = {});
  ~TestLibrary();

  Api& api() { return *api_; }
  engine::Library& library() { return *library_; }
  engine::Analyzer& analyzer() { return *analyzer_; }
  std::string peer;  // the address that requests come from
  const std::filesystem::path& folder() const { return folder_; }

  // Through Api::Handle; `body` is JSON text.
  Response Send(const std::string& method, const std::string& target, const std::string& body = "",
                const Caller& caller = {}, std::map<std::string, std::string, std::less<>> headers = {});
  Response Upload(const Bytes& bytes, const std::string& file_name, const std::string& policy = "skip");
  Json SendJson(const std::string& method, const std::string& target, const std::string& body = "",
                const Caller& caller = {});
  // The id of a new picture.
  uint64_t Import(int seed, int width = 400, int height = 300);

 private:
  std::filesystem::path folder_;
  std::unique_ptr<engine::Analyzer> analyzer_;
  std::unique_ptr<engine::Library> library_;
  std::unique_ptr<Api> api_;
};

}  // namespace likeness::http
