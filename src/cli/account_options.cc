#include "cli/account_options.h"

#include <fmt/format.h>

#include <charconv>

namespace likeness::cli {
namespace {

std::unexpected<Error> Wrong(std::string_view name, std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("accounts.{}: {}", name, what), "see docs/guide/accounts.md");
}

Result<net::MailServer> MakeMail(const AccountSettings& settings, const std::string& site_url) {
  net::MailServer mail;
  mail.host = settings.smtp_host;
  const char* end = settings.smtp_port.data() + settings.smtp_port.size();
  const auto parsed = std::from_chars(settings.smtp_port.data(), end, mail.port);
  if (parsed.ec != std::errc() || parsed.ptr != end || mail.port == 0) return Wrong("smtp_port", "expected 1 to 65535");
  using Security = net::MailServer::Security;
  if (settings.smtp_security == "tls")
    mail.security = Security::kTls;
  else if (settings.smtp_security == "none")
    mail.security = Security::kNone;
  else if (settings.smtp_security != "starttls")
    return Wrong("smtp_security", "expected starttls, tls or none (none: to this machine only)");
  mail.user = settings.smtp_user;
  mail.password = settings.smtp_password;
  mail.from = settings.smtp_from;
  if (!net::IsMailAddress(mail.from)) return Wrong("smtp_from", "expected a mail address");
  if (site_url.empty()) return Wrong("smtp_host", "links in mails need the address of the site: --site-url");
  return mail;
}

}  // namespace

void AccountSettings::ForEach(const std::function<void(const char*, std::string&)>& visit) {
  visit("smtp_host", smtp_host);
  visit("smtp_port", smtp_port);
  visit("smtp_security", smtp_security);
  visit("smtp_user", smtp_user);
  visit("smtp_password", smtp_password);
  visit("smtp_from", smtp_from);
  visit("captcha_kind", captcha_kind);
  visit("captcha_site_key", captcha_site_key);
  visit("captcha_secret", captcha_secret);
  visit("captcha_hostname", captcha_hostname);
  visit("github_client_id", github_client_id);
  visit("github_secret", github_secret);
  visit("google_client_id", google_client_id);
  visit("google_secret", google_secret);
  visit("oidc_issuer", oidc_issuer);
  visit("oidc_name", oidc_name);
  visit("oidc_client_id", oidc_client_id);
  visit("oidc_secret", oidc_secret);
}

Result<account::Options> MakeAccountOptions(const AccountSettings& settings, const std::string& site_url) {
  account::Options options;
  options.site_url = site_url;
  while (options.site_url.ends_with('/')) options.site_url.pop_back();
  if (!site_url.empty() && !site_url.starts_with("https://") && !site_url.starts_with("http://"))
    return Fail(ErrorCode::kInvalidArgument, "--site-url: expected https://HOST");
  if (!settings.smtp_host.empty()) {
    LK_ASSIGN(options.mail, MakeMail(settings, options.site_url));
  }
  if (!settings.captcha_kind.empty()) {
    if (settings.captcha_kind != "recaptcha" && settings.captcha_kind != "turnstile")
      return Wrong("captcha_kind", "expected recaptcha or turnstile");
    if (settings.captcha_site_key.empty() || settings.captcha_secret.empty())
      return Wrong("captcha_secret", "a site key and a secret are needed");
    options.captcha = account::Captcha{.kind = settings.captcha_kind,
                                       .site_key = settings.captcha_site_key,
                                       .secret = settings.captcha_secret,
                                       .hostname = settings.captcha_hostname,
                                       .verify_url = {}};
  }
  const auto add = [&](account::Provider::Options provider) {
    if (!provider.client_id.empty()) options.providers.push_back(std::move(provider));
  };
  add({.id = "github",
       .name = "GitHub",
       .github = true,
       .issuer = "https://github.com",
       .api = "https://api.github.com",
       .client_id = settings.github_client_id,
       .secret = settings.github_secret,
       .redirect_uri = {}});
  add({.id = "google",
       .name = "Google",
       .github = false,
       .issuer = "https://accounts.google.com",
       .api = {},
       .client_id = settings.google_client_id,
       .secret = settings.google_secret,
       .redirect_uri = {}});
  add({.id = "oidc",
       .name = settings.oidc_name.empty() ? "OpenID" : settings.oidc_name,
       .github = false,
       .issuer = settings.oidc_issuer,
       .api = {},
       .client_id = settings.oidc_client_id,
       .secret = settings.oidc_secret,
       .redirect_uri = {}});
  if (!options.providers.empty() && options.site_url.empty())
    return Wrong("oidc_client_id", "providers send people back to the address of the site: --site-url");
  return options;
}

}  // namespace likeness::cli
