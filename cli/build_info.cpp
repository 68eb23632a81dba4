#include "cli/build_info.h"

#include <fmt/core.h>

#include <CLI/Version.hpp>
#include <array>
#include <boost/version.hpp>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace cli {
namespace {

constexpr std::string_view kMark = "@(#)";  // what(1) looks for it

// Text that is put together when the program is compiled, with a zero behind it.
struct Text {
  static constexpr std::size_t kSize = 512;
  std::array<char, kSize> characters{};
  std::size_t size = 0;

  constexpr Text& operator<<(std::string_view text) {
    for (const char c : text) characters.at(size++) = c;
    return *this;
  }
  constexpr Text& operator<<(unsigned long number) {
    constexpr unsigned long kBase = 10;
    if (number >= kBase) *this << number / kBase;
    characters.at(size++) = static_cast<char>('0' + number % kBase);
    return *this;
  }
};

struct Version {
  unsigned long major;
  unsigned long minor;
  unsigned long patch;
};

// A line of a library.
constexpr void add(Text& text, std::string_view library, const Version& version) {
  text << library << " " << version.major << "." << version.minor << "." << version.patch << "\n";
}

constexpr Version of_boost() {
  constexpr unsigned long kMajor = 100000;
  constexpr unsigned long kMinor = 100;
  return {BOOST_VERSION / kMajor, BOOST_VERSION / kMinor % (kMajor / kMinor), BOOST_VERSION % kMinor};
}

constexpr Version of_fmt() {
  constexpr unsigned long kMajor = 10000;
  constexpr unsigned long kMinor = 100;
  return {FMT_VERSION / kMajor, FMT_VERSION / kMinor % kMinor, FMT_VERSION % kMinor};
}

constexpr Text describe() {
  Text text;
  text << kMark << "istio-mtls-ls " ISTIO_MTLS_VERSION "\n"
       << ISTIO_MTLS_BUILD_TYPE " build by " ISTIO_MTLS_COMPILER ", libraries linked " ISTIO_MTLS_LINKAGE
                                "\n";
  add(text, "Boost", of_boost());
  text << "CLI11 " CLI11_VERSION "\n";
  text << "cytoscape " ISTIO_MTLS_CYTOSCAPE_VERSION "\n";
#ifdef __EMSCRIPTEN__  // its C library is musl
  add(text, "emscripten", {__EMSCRIPTEN_major__, __EMSCRIPTEN_minor__, __EMSCRIPTEN_tiny__});
#endif
  add(text, "fmt", of_fmt());
#ifdef __GLIBC__
  text << "glibc " << __GLIBC__ << "." << __GLIBC_MINOR__ << "\n";
#endif
#ifdef _LIBCPP_VERSION
  text << "libc++ " << _LIBCPP_VERSION << "\n";
#endif
#if defined(__GNUC__) && !defined(__clang__)
  add(text, "libgcc", {__GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__});
#endif
#ifdef _GLIBCXX_RELEASE
  text << "libstdc++ " << _GLIBCXX_RELEASE << " (" << __GLIBCXX__ << ")\n";
#endif
#ifdef __MINGW64_VERSION_MAJOR
  add(text, "MinGW-w64", {__MINGW64_VERSION_MAJOR, __MINGW64_VERSION_MINOR, __MINGW64_VERSION_BUGFIX});
#endif
  add(text, "nlohmann_json",
      {NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH});
  text << "yaml-cpp " ISTIO_MTLS_YAML_CPP_VERSION "\n";
  return text;
}

constexpr Text kText = describe();
static_assert(kText.size < Text::kSize, "there is no zero behind the text");

}  // namespace

std::string_view build_info() {
  return std::string_view(kText.characters.data(), kText.size).substr(kMark.size());
}

}  // namespace cli
