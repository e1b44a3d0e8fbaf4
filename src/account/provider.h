// Logging in with an account elsewhere: OAuth 2.0's authorization code with PKCE (RFC 6749, 7636), OpenID Connect Core
// 1.0 with discovery, and GitHub's own form. The ID token's claims are checked; its signature is not, since it comes
// straight from the token endpoint over TLS (Core 3.1.3.7, 6). Thread-safe, blocking.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"

namespace likeness::account {

class Provider {
 public:
  struct Options {
    std::string id, name;  // "google", "Google"
    bool github = false;   // else OpenID Connect
    std::string issuer;    // "https://accounts.google.com"; GitHub: "https://github.com"
    std::string api;       // GitHub's: "https://api.github.com"
    std::string client_id, secret;
    std::string redirect_uri;
  };
  explicit Provider(Options options) : options_(std::move(options)) {}

  const Options& options() const { return options_; }

  // Where the browser goes. `verifier`, `state` and `nonce` are secrets of this attempt.
  Result<std::string> AuthorizeUrl(const std::string& state, const std::string& nonce, const std::string& verifier);

  struct Identity {
    std::string subject;
    std::string name;   // a wish, as people wrote it
    std::string email;  // lower-case; empty: none that the provider has verified
  };
  // PermissionDenied: what the provider says does not hold. Unavailable.
  Result<Identity> Redeem(const std::string& code, const std::string& nonce, const std::string& verifier,
                          int64_t now_s);

 private:
  struct Endpoints {
    std::string authorize, token;
  };
  Result<Endpoints> Discover();
  Result<Identity> AskGithub(const std::string& access_token) const;

  const Options options_;
  std::mutex mutex_;
  Endpoints endpoints_;  // once discovered
};

}  // namespace likeness::account
