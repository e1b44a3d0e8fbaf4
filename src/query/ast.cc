#include "query/ast.h"

#include <type_traits>

namespace likeness::query {

bool operator==(const Node& a, const Node& b) {
  if (a.value.index() != b.value.index()) return false;
  return std::visit(
      [&](const auto& left) {
        using T = std::decay_t<decltype(left)>;
        const T& right = std::get<T>(b.value);
        if constexpr (std::is_same_v<T, And> || std::is_same_v<T, Or>) {
          return *left.left == *right.left && *left.right == *right.right;
        } else if constexpr (std::is_same_v<T, Not>) {
          return *left.child == *right.child;
        } else {
          return left == right;
        }
      },
      a.value);
}

bool operator==(const Query& a, const Query& b) {
  if (!a.where != !b.where || a.sort != b.sort) return false;
  return !a.where || *a.where == *b.where;
}

}  // namespace likeness::query
