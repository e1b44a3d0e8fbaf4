// The page's HTML as the server sends it: the built index.html with the title, description and picture card (the Open
// Graph protocol, ogp.me) of what the address shows, and the first page of its pictures as plain links, so that links
// preview, search engines index, and something is on the screen before the program of the page is there, which then
// takes its place. What the caller may not find is in none of it.
#pragma once

#include "base/error.h"
#include "http/api.h"

namespace likeness::http {

struct Context;

// The answer to a GET of a page's address: 404, with a page, for a photo that is not there.
Result<Response> ServePage(Context& context);

}  // namespace likeness::http
