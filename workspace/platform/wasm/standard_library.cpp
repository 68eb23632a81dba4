#include "workspace/platform/wasm/standard_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 14000

namespace {

// The fewest digits that tell a number from all others, and where its point is: 0.DIGITS * 10^point.
struct Shortest {
  std::string digits;
  int point = 0;
};

Shortest shortest(double positive) {
  const std::string text = fmt::format("{}", positive);  // 12.5, 1e+21, 1.5e-07
  const std::string_view mantissa = std::string_view(text).substr(0, text.find('e'));
  Shortest result;
  if (mantissa.size() < text.size()) result.point = std::atoi(text.c_str() + mantissa.size() + 1);
  const std::size_t whole = std::min(mantissa.find('.'), mantissa.size());
  result.point += static_cast<int>(whole);
  for (const char c : mantissa) {
    if (c != '.') result.digits += c;
  }
  const std::size_t zeros = std::min(result.digits.find_first_not_of('0'), result.digits.size() - 1);
  result.digits.erase(0, zeros);
  result.point -= static_cast<int>(zeros);
  result.digits.erase(result.digits.find_last_not_of('0') + 1);
  return result;
}

std::string fixed_text(double positive) {
  constexpr int kExact = std::numeric_limits<double>::digits;  // beyond, all digits are shown
  if (positive >= std::ldexp(1.0, kExact)) return fmt::format("{:.0f}", positive);
  const auto [digits, point] = shortest(positive);
  if (point <= 0) return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  const auto whole = static_cast<std::size_t>(point);
  if (digits.size() <= whole) return digits + std::string(whole - digits.size(), '0');
  return digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string scientific_text(double positive) {
  const auto [digits, point] = shortest(positive);
  const std::string rest = digits.size() > 1 ? "." + digits.substr(1) : "";
  return fmt::format("{}{}e{}{:02}", digits[0], rest, point > 0 ? '+' : '-', std::abs(point - 1));
}

}  // namespace

namespace std {

to_chars_result to_chars(char* first, char* last, double value, chars_format format) {
  const double positive = std::fabs(value);
  std::string text = std::signbit(value) ? "-" : "";
  if (positive == 0) {
    text += format == chars_format::scientific ? "0e+00" : "0";
  } else {
    text += format == chars_format::scientific ? scientific_text(positive) : fixed_text(positive);
  }
  if (text.size() > static_cast<size_t>(last - first)) return {last, errc::value_too_large};
  return {std::copy(text.begin(), text.end(), first), errc()};
}

from_chars_result from_chars(const char* first, const char* last, double& value) {
  string text(first, last);
  text.erase(std::min(text.find_first_of("xX"), text.size()));  // strtod would go on
  const bool begins = !text.empty() && text[0] != '+' && isspace(static_cast<unsigned char>(text[0])) == 0;
  char* end = text.data();
  const double read = begins ? strtod(text.c_str(), &end) : 0;
  if (end == text.data()) return {first, errc::invalid_argument};
  const char* const behind = first + (end - text.data());
  const string_view used(text.data(), static_cast<size_t>(end - text.data()));
  const bool is_named = used.find_first_of("nN") != string_view::npos;  // inf, nan
  const bool vanished =
      read == 0 && used.substr(0, used.find_first_of("eE")).find_first_of("123456789") != string_view::npos;
  if (!is_named && (std::isinf(read) || vanished)) return {behind, errc::result_out_of_range};
  value = read;
  return {behind, errc()};
}

}  // namespace std

#endif
