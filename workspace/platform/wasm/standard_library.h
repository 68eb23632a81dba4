// What the standard library of Debian's emscripten (libc++ 13) lacks of C++17 and C++20: comparisons by <=>,
// and the text of floating-point numbers. Included before every file for WebAssembly (cmake/wasm.cmake), and
// empty for a newer library.
#pragma once

#include <string>

#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 14000

#include <charconv>
#include <compare>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// NOLINTBEGIN(cert-dcl58-cpp,readability-identifier-naming): these are the standard's
namespace std {

template <class T>
concept three_way_comparable = requires(const T& a, const T& b) {
  a <=> b;
  { a == b } -> convertible_to<bool>;
};

template <class T>
constexpr auto istio_mtls_compared(const T& a, const T& b) {
  if constexpr (three_way_comparable<T>) {
    return a <=> b;
  } else {
    return a < b ? weak_ordering::less : b < a ? weak_ordering::greater : weak_ordering::equivalent;
  }
}

template <class T>
using istio_mtls_order = decltype(istio_mtls_compared(declval<const T&>(), declval<const T&>()));

template <class Char, class Traits>
constexpr strong_ordering operator<=>(basic_string_view<Char, Traits> a, basic_string_view<Char, Traits> b) {
  return a.compare(b) <=> 0;
}

template <class Char, class Traits, class Allocator>
strong_ordering operator<=>(const basic_string<Char, Traits, Allocator>& a,
                            const basic_string<Char, Traits, Allocator>& b) {
  return a.compare(b) <=> 0;
}

template <class First, class Second>
constexpr auto operator<=>(const pair<First, Second>& a, const pair<First, Second>& b)
    -> common_comparison_category_t<istio_mtls_order<First>, istio_mtls_order<Second>> {
  if (const auto order = istio_mtls_compared(a.first, b.first); order != 0) return order;
  return istio_mtls_compared(a.second, b.second);
}

template <size_t at, class Category, class Tuple>
constexpr Category istio_mtls_compared_from(const Tuple& a, const Tuple& b) {
  if constexpr (at == tuple_size_v<Tuple>) {
    return Category::equivalent;
  } else {
    if (const auto order = istio_mtls_compared(get<at>(a), get<at>(b)); order != 0) return order;
    return istio_mtls_compared_from<at + 1, Category>(a, b);
  }
}

template <class... Types>
constexpr auto operator<=>(const tuple<Types...>& a, const tuple<Types...>& b)
    -> common_comparison_category_t<istio_mtls_order<Types>...> {
  return istio_mtls_compared_from<0, common_comparison_category_t<istio_mtls_order<Types>...>>(a, b);
}

template <class T>
constexpr auto operator<=>(const optional<T>& a, const optional<T>& b) -> istio_mtls_order<T> {
  if (a && b) return istio_mtls_compared(*a, *b);
  return a.has_value() <=> b.has_value();
}

template <class T, class Allocator>
constexpr auto operator<=>(const vector<T, Allocator>& a, const vector<T, Allocator>& b)
    -> istio_mtls_order<T> {
  const size_t shared = a.size() < b.size() ? a.size() : b.size();
  for (size_t i = 0; i < shared; ++i) {
    if (const auto order = istio_mtls_compared(a[i], b[i]); order != 0) return order;
  }
  return a.size() <=> b.size();
}

// As libstdc++ has them, without hexadecimal numbers.
to_chars_result to_chars(char* first, char* last, double value, chars_format format);
from_chars_result from_chars(const char* first, const char* last, double& value);

}  // namespace std
// NOLINTEND(cert-dcl58-cpp,readability-identifier-naming)

#endif
