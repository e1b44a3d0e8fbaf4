// Strong ids: integers that cannot be mixed up. 0 is "none"; valid ids start at 1 and are never reused.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace likeness {

template <typename Tag>
struct StrongId {
  uint64_t value = 0;

  constexpr explicit operator bool() const { return value != 0; }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

using ImageId = StrongId<struct ImageIdTag>;
using TagId = StrongId<struct TagIdTag>;
using DecisionId = StrongId<struct DecisionIdTag>;
using UserId = StrongId<struct UserIdTag>;
using EditId = StrongId<struct EditIdTag>;
using AlbumId = StrongId<struct AlbumIdTag>;

}  // namespace likeness

template <typename Tag>
struct std::hash<likeness::StrongId<Tag>> {
  size_t operator()(likeness::StrongId<Tag> id) const noexcept {
    return std::hash<uint64_t>{}(id.value * 0x9E3779B97F4A7C15ull);
  }
};
