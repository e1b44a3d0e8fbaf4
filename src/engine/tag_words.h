// What the tag index is told of a picture, and how words of a search name its terms. A term's key is a byte for its
// kind and the folded text. Pure.
#pragma once

#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "index/tags.h"

namespace likeness::engine {

enum class TermKind : char {
  kTag = 't',
  kCamera = 'c',
  kLens = 'l',
  kFormat = 'f',
  kAuthor = 'a',
  kAlbum = 'b',
  kOrientation = 'o',
  kHas = 'h'
};

std::string TermKey(TermKind kind, std::string_view text);

// The tags, and what the other fields of the search language (docs/guide/search.md) compare. Whoever made the picture
// is also whom a tag "artist:NAME" names.
index::TagEntry MakeTagEntry(const catalog::ImageRow& row);

}  // namespace likeness::engine
