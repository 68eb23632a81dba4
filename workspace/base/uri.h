// Document URIs <-> the paths that the rest of the program uses (absolute, normalised, '/'-separated UTF-8).
//
// Escaping follows VS Code: everything but letters, digits, `-._~` and `/` is percent-encoded. Reading is
// lenient: a `%` without two hex digits, a raw `#` or `?` are characters of the path, since a manifest's URI
// has no query. On Windows `file:///C:/x` and `file:///c%3A/x` are `/c:/x`, and `file://server/share` is
// `//server/share`: there, too, a path that begins with '/' is absolute, and no other one is.
// Pure functions; a URI that names no file gives none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace workspace {

enum class PathStyle : unsigned char { Posix, Windows };

#ifdef _WIN32
inline constexpr PathStyle kNativePaths = PathStyle::Windows;
#else
inline constexpr PathStyle kNativePaths = PathStyle::Posix;
#endif

// None: another scheme, no absolute path, or a NUL inside it.
std::optional<std::string> path_of_file_uri(std::string_view uri, PathStyle style = kNativePaths);

std::string file_uri(std::string_view path);

// The key of any document: its path, or, for schemes without files (`untitled:`), an unreadable stand-in that
// no file has.
std::string document_path(std::string_view uri);

// All but letters, digits and `-._~` as %XX; of a path the slashes stay. And the other way round: what is no
// such escape stays.
std::string percent_encoded(std::string_view text, bool keep_slashes = false);
std::string percent_decoded(std::string_view text);

// "/a/./b//../c/" -> "/a/c". On Windows "//server/share/" -> "//server/share".
std::string normal_path(std::string_view path, PathStyle style = kNativePaths);

// What an absolute path begins with that no relative one leads out of: "/"; on Windows "/c:" and "//server",
// where there is one.
std::string_view root_of(std::string_view path, PathStyle style = kNativePaths);

// The normal path that `path` means in `folder`: "../b" in "/a/c" is "/a/b"; absolute ones mean themselves.
std::string path_from(std::string_view folder, std::string_view path);

// "/a/b.yaml" -> "b.yaml".
inline std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "/a/b.yaml" -> "/a"; "/" for what lies at the top.
std::string parent_path(std::string_view path);

// Is `path` below the folder `root`, or the folder itself?
bool is_below(std::string_view path, std::string_view root);

}  // namespace workspace
