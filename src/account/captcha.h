// A step before sign-up, recovery and log-in that only people pass: reCAPTCHA v3 or Turnstile, by their siteverify
// call. Thread-safe, blocking.
#pragma once

#include <string>

#include "base/error.h"

namespace likeness::account {

struct Captcha {
  std::string kind;  // "recaptcha" or "turnstile"
  std::string site_key, secret;
  std::string hostname;    // that the answer has to name; empty: any
  std::string verify_url;  // empty: the service's own
};

// PermissionDenied: no answer, a wrong one, a score below 0.5, another site's. Unavailable: the service is.
Status CheckCaptcha(const Captcha& captcha, const std::string& answer, const std::string& address);

}  // namespace likeness::account
