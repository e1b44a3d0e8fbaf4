// The constrained algorithms that the core uses and that the C++ library of the WebAssembly compiler (libc++ 14) does
// not have yet. Included ahead of each source in that build alone, so that the core is written as if it had them.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

namespace std::ranges {

template <class Range, class Order = std::less<>, class View = std::identity>
void sort(Range&& range, Order order = {}, View view = {}) {
  std::sort(range.begin(), range.end(), [&](const auto& x, const auto& y) {
    return std::invoke(order, std::invoke(view, x), std::invoke(view, y));
  });
}

template <class Range, class Order = std::less<>, class View = std::identity>
void stable_sort(Range&& range, Order order = {}, View view = {}) {
  std::stable_sort(range.begin(), range.end(), [&](const auto& x, const auto& y) {
    return std::invoke(order, std::invoke(view, x), std::invoke(view, y));
  });
}

template <class Range, class Place>
void nth_element(Range&& range, Place place) {
  std::nth_element(range.begin(), place, range.end());
}

template <class Range, class Value>
auto lower_bound(Range&& range, const Value& value) {
  return std::lower_bound(range.begin(), range.end(), value);
}

template <class Range>
auto min_element(Range&& range) {
  return std::min_element(range.begin(), range.end());
}

template <class Range, class Value>
auto count(Range&& range, const Value& value) {
  return std::count(range.begin(), range.end(), value);
}

template <class Range, class Value>
auto find(Range&& range, const Value& value) {
  return std::find(std::begin(range), std::end(range), value);
}

template <class Range, class Holds>
auto count_if(Range&& range, Holds holds) {
  return std::count_if(range.begin(), range.end(), [&](const auto& item) { return std::invoke(holds, item); });
}

template <class Range, class Holds>
bool any_of(Range&& range, Holds holds) {
  return std::any_of(range.begin(), range.end(), [&](const auto& item) { return std::invoke(holds, item); });
}

template <class Range, class Holds>
bool none_of(Range&& range, Holds holds) {
  return !std::ranges::any_of(range, holds);
}

template <class Value>
struct Ends {
  Value min, max;
};
template <class Range, class Order = std::less<>, class View = std::identity>
auto minmax(Range&& range, Order order, View view) {
  const auto [low, high] = std::minmax_element(range.begin(), range.end(), [&](const auto& x, const auto& y) {
    return std::invoke(order, std::invoke(view, x), std::invoke(view, y));
  });
  return Ends<std::decay_t<decltype(*low)>>{*low, *high};
}

}  // namespace std::ranges
