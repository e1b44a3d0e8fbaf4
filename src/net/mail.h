// A mail of plain text by SMTP (RFC 5321, 5322; UTF-8 subjects by RFC 2047), over TLS or after STARTTLS; without either
// only on the loopback interface. What people wrote cannot become a header or a further recipient. Thread-safe,
// blocking.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace likeness::net {

struct MailServer {
  enum class Security : uint8_t { kStartTls, kTls, kNone /* loopback only */ };
  std::string host = {};
  uint16_t port = 587;
  Security security = Security::kStartTls;
  std::string user = {}, password = {};  // empty: no authentication
  std::string from = {};                 // an address
  std::string from_name = {};
  uint32_t seconds_max = 20;  // for everything together
};

struct Mail {
  std::string to;       // an address
  std::string subject;  // one line of UTF-8
  std::string text;     // UTF-8
};

// One plain address of printable ASCII, at most 254 bytes: local@domain without quotes, comments and names.
bool IsMailAddress(std::string_view text);
// Headers and body as they are sent. InvalidArgument: an address.
Result<std::string> ComposeMail(const MailServer& server, const Mail& mail);
// InvalidArgument (address, no TLS beyond loopback), Unavailable (whatever the server or the network says; never the
// password).
Status SendMail(const MailServer& server, const Mail& mail);

}  // namespace likeness::net
