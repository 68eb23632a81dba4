#include "cli/build_info.h"

#include <fmt/format.h>

#include <CLI/Version.hpp>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#include "cli/graph_view_bundle.h"

namespace cli {
namespace {

std::string boost_version() {
  constexpr int kMajor = 100000;
  constexpr int kMinor = 100;
  return fmt::format("{}.{}.{}", BOOST_VERSION / kMajor, BOOST_VERSION / kMinor % (kMajor / kMinor),
                     BOOST_VERSION % kMinor);
}

std::string fmt_version() {
  constexpr int kMajor = 10000;
  constexpr int kMinor = 100;
  return fmt::format("{}.{}.{}", FMT_VERSION / kMajor, FMT_VERSION / kMinor % kMinor, FMT_VERSION % kMinor);
}

std::string standard_library_version() {
#ifdef _GLIBCXX_RELEASE
  return fmt::format("{} ({})", _GLIBCXX_RELEASE, __GLIBCXX__);
#else
  return fmt::format("{}", _LIBCPP_VERSION);
#endif
}

constexpr std::string_view standard_library() {
#ifdef _GLIBCXX_RELEASE
  return "libstdc++";
#else
  return "libc++";
#endif
}

}  // namespace

std::vector<LinkedLibrary> linked_libraries() {
  std::vector<LinkedLibrary> libraries = {
      {"Boost", boost_version()},
      {"CLI11", CLI11_VERSION},
  };
  if (!graph_view_script().empty()) libraries.push_back({"cytoscape", ISTIO_MTLS_CYTOSCAPE_VERSION});
#ifdef __EMSCRIPTEN__  // its C library is musl
  libraries.push_back({"emscripten", fmt::format("{}.{}.{}", __EMSCRIPTEN_major__, __EMSCRIPTEN_minor__,
                                                 __EMSCRIPTEN_tiny__)});
#endif
  libraries.push_back({"fmt", fmt_version()});
#ifdef __GLIBC__
  libraries.push_back({"glibc", fmt::format("{}.{}", __GLIBC__, __GLIBC_MINOR__)});
#endif
#if defined(__GNUC__) && !defined(__clang__)
  libraries.push_back({"libgcc", fmt::format("{}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__)});
#endif
#ifdef __MINGW64_VERSION_MAJOR
  libraries.push_back({"MinGW-w64", fmt::format("{}.{}.{}", __MINGW64_VERSION_MAJOR, __MINGW64_VERSION_MINOR,
                                                __MINGW64_VERSION_BUGFIX)});
#endif
  libraries.push_back({standard_library(), standard_library_version()});
  libraries.push_back(
      {"nlohmann_json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                    NLOHMANN_JSON_VERSION_PATCH)});
  libraries.push_back({"yaml-cpp", ISTIO_MTLS_YAML_CPP_VERSION});
  return libraries;
}

std::string build_info() {
  std::string lines = fmt::format("{} build by {}, libraries linked {}\n", ISTIO_MTLS_BUILD_TYPE,
                                  ISTIO_MTLS_COMPILER, ISTIO_MTLS_LINKAGE);
  for (const LinkedLibrary& library : linked_libraries())
    lines += fmt::format("{} {}\n", library.name, library.version);
  return lines;
}

}  // namespace cli
