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
  kHas = 'h',
  kKept = 'k'  // from those who do not own it: not public, or waiting for a moderator
};

// Of a tag that names who made the picture, as FoldText leaves it.
inline constexpr std::string_view kArtistPrefix = "artist:";

std::string TermKey(TermKind kind, std::string_view text);
std::string KeptKey();              // of every kept picture
std::string KeptKey(UserId owner);  // of those that are this user's
// A tag as an expression writes it: quoted where it has to be.
std::string TagExpression(const std::string& tag);
// Who made it: what a person says, else a tag "artist:NAME", else what the file says; may be empty.
std::string AuthorOf(const catalog::ImageRow& row);

// The tags, and what the other fields of the search language (docs/guide/search.md) compare. Whoever made the picture
// is also whom tags "artist:NAME" name.
index::TagEntry MakeTagEntry(const catalog::ImageRow& row);

}  // namespace likeness::engine
