#include "workspace/base/uri.h"

#include <vector>

namespace workspace {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::string_view kNoFileRoot = "/\x01no-file/";

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool unreserved(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// What follows `file:`; none for any other scheme.
std::optional<std::string_view> after_file_scheme(std::string_view uri) {
  constexpr std::string_view kScheme = "file:";
  if (uri.size() < kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (lower(uri[i]) != kScheme[i]) return std::nullopt;
  }
  return uri.substr(kScheme.size());
}

bool has_drive(std::string_view path) {  // "/c:" or "/c:/…"
  return path.size() >= 3 && path[0] == '/' && is_alpha(path[1]) && path[2] == ':' &&
         (path.size() == 3 || path[3] == '/' || path[3] == '\\');
}

// With '/' for '\', and a drive's letter small.
std::string slashed_path(std::string path) {
  for (char& c : path) {
    if (c == '\\') c = '/';
  }
  if (has_drive(path)) path[1] = lower(path[1]);
  return path;
}

std::string windows_path(std::string_view authority, std::string path) {
  path = slashed_path(std::move(path));
  if (!authority.empty()) path.insert(0, "//" + std::string(authority));
  return normal_path(path, PathStyle::Windows);
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const int high = escape ? hex_value(text[i + 1]) : -1;
    const int low = escape ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string percent_encoded(std::string_view text, bool keep_slashes) {
  std::string encoded;
  encoded.reserve(text.size() + 16);
  for (const char c : text) {
    if (unreserved(c) || (keep_slashes && c == '/')) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHexDigits[byte >> 4U];
    encoded += kHexDigits[byte & 0xFU];
  }
  return encoded;
}

std::optional<std::string> path_of_file_uri(std::string_view uri, PathStyle style) {
  const auto rest = after_file_scheme(uri);
  if (!rest) return std::nullopt;
  std::string_view path = *rest;
  std::string_view authority;
  if (path.starts_with("//")) {
    const std::size_t slash = path.find('/', 2);
    authority = path.substr(2, slash == std::string_view::npos ? slash : slash - 2);
    path = slash == std::string_view::npos ? std::string_view{"/"} : path.substr(slash);
  }
  if (path.empty() || path[0] != '/') return std::nullopt;
  std::string decoded = percent_decoded(path);
  if (decoded.find('\0') != std::string::npos) return std::nullopt;
  const std::string host = percent_decoded(authority);
  const bool local = host.empty() || host == "localhost";
  if (style == PathStyle::Windows) return windows_path(local ? "" : host, std::move(decoded));
  if (!local) return std::nullopt;
  return normal_path(decoded);
}

std::string file_uri(std::string_view path) {
  if (path.starts_with("//")) return "file:" + percent_encoded(path, true);
  if (path.starts_with('/')) return "file://" + percent_encoded(path, true);
  return "file:///" + percent_encoded(path, true);
}

std::string document_path(std::string_view uri) {
  if (auto path = path_of_file_uri(uri)) return *std::move(path);
  return std::string(kNoFileRoot) + percent_encoded(uri, false);
}

std::string normal_path(std::string_view path, PathStyle style) {
  std::string result;
  result.reserve(path.size());
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t slash = path.find('/', begin);
    const std::size_t end = slash == std::string_view::npos ? path.size() : slash;
    const std::string_view part = path.substr(begin, end - begin);
    if (part == "..") {
      if (!result.empty()) result.resize(result.rfind('/'));
    } else if (!part.empty() && part != ".") {
      result += '/';
      result += part;
    }
    begin = end + 1;
  }
  const bool is_share =
      style == PathStyle::Windows && path.size() > 2 && path.starts_with("//") && path[2] != '/';
  if (is_share && !result.empty()) result.insert(0, 1, '/');
  return result.empty() ? "/" : result;
}

std::string_view root_of(std::string_view path, PathStyle style) {
  if (style == PathStyle::Posix) return "/";
  constexpr std::size_t kDrive = 3;  // "/c:"
  if (has_drive(path)) return path.substr(0, kDrive);
  const bool is_share = path.size() > 2 && path.starts_with("//") && path[2] != '/';
  return is_share ? path.substr(0, path.find('/', 2)) : "/";
}

std::string path_from(std::string_view folder, std::string_view path) {
  std::string slashed;
  if (kNativePaths == PathStyle::Windows) {  // as people write it: C:\mesh, ..\mesh
    slashed = has_drive("/" + std::string(path)) ? "/" : "";
    slashed = slashed_path(slashed += path);
    path = slashed;
  }
  if (path.starts_with('/')) return normal_path(path);
  std::string joined(folder);
  if (!joined.ends_with('/')) joined += '/';
  joined += path;
  return normal_path(joined);
}

std::string parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return "/";
  return std::string(path.substr(0, slash));
}

bool is_below(std::string_view path, std::string_view root) {
  if (root == "/") return path.starts_with('/');
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

}  // namespace workspace
