// Accounts as JSON, for their files of routes. Internal to http.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "account/service.h"
#include "http/routes.h"

namespace likeness::http {

// FailedPrecondition: no data folder.
Result<account::Service*> ServiceOf(const Context& context);
std::string_view RoleName(catalog::Role role);
// InvalidArgument with the names there are.
Result<catalog::Role> RoleFromName(const std::string& name);
Json ToJson(const catalog::UserRow& row);
Json ToJson(const catalog::TokenRow& row);
Json ToJson(const account::Settings& settings);
// "2027-01-31" or "2027-01-31T12:00:00Z"; InvalidArgument.
Result<int64_t> ParseIsoTime(const std::string& text);
// "read" and so on to bits; InvalidArgument.
Result<uint32_t> ScopesFromNames(const std::vector<std::string>& names);
// The site as the one sees it who asks.
Json SiteJson(const Context& context, const account::Service& service, const Caller& caller);

}  // namespace likeness::http
