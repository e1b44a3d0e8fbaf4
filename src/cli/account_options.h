// What a server needs to send mail, to check for people and to let them log in elsewhere: the section [accounts] of the
// configuration file, and the environment. Secrets are never taken from the command line, where other users see them.
#pragma once

#include <functional>
#include <string>

#include "account/service.h"
#include "base/error.h"

namespace likeness::cli {

struct AccountSettings {
  std::string smtp_host, smtp_port = "587", smtp_security = "starttls", smtp_user, smtp_password, smtp_from;
  std::string captcha_kind, captcha_site_key, captcha_secret, captcha_hostname;
  std::string github_client_id, github_secret;
  std::string google_client_id, google_secret;
  std::string oidc_issuer, oidc_name, oidc_client_id, oidc_secret;

  // Calls visit(name, value) for each, as "smtp_host".
  void ForEach(const std::function<void(const char*, std::string&)>& visit);
};

// InvalidArgument naming the setting.
Result<account::Options> MakeAccountOptions(const AccountSettings& settings, const std::string& site_url);

}  // namespace likeness::cli
