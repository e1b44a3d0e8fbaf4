// Trees back to text. Pure and thread-safe.
#pragma once

#include <string>

#include "query/ast.h"
#include "query/parser.h"

namespace likeness::query {

// The canonical expression: Parse(Print(q)) == q, and equal trees have equal text. "&&" and "||" without blanks, "-"
// for NOT, no bracket that the tree does not need, quotes only where they are needed, the order last. A query without
// anything in it is "". It may be a few times as long as what a person typed (at most 3 bytes for 1, and 16 for each
// operand), so that reading it again can need a larger ParseOptions::bytes_max.
std::string Print(const Query& query);
std::string Print(const Node& node);

// {"ast":NODE,"sort":SORT or null,"text":"canonical"}. NODE is one of
//   {"kind":"all"}                                                        every picture
//   {"kind":"and"|"or","of":[NODE,NODE]}  {"kind":"not","of":[NODE]}
//   {"kind":"tag","text":"sea"}  {"kind":"tag","text":"for*","wildcard":true,"parts":["for",""]}
//   {"kind":"number","field":"width","op":">=","value":1920}              op == >= <= > <; size in bytes
//   {"kind":"number","field":"width","op":"..","value":1000,"max":2000}   a ratio is [16,9]
//   {"kind":"date","op":"==","value":"2023-05"}                           with op ".." and "max" too
//   {"kind":"field","field":"camera","text":"Canon*","wildcard":true,"parts":["Canon",""]}
//   {"kind":"colour","value":"#ffaa00"}  {"kind":"like","id":42}  {"kind":"copy-of","id":42}
//   {"kind":"words","text":"a photo of a snow forest"}
// and each has "at": where it begins in the expression, in bytes. SORT is {"by":"newest","reversed":false}.
std::string ToJson(const Query& query);

// {"error":{"message","position","byte","hint"}}: position in characters, both from 0.
std::string ToJson(const ParseError& error);

}  // namespace likeness::query
