#include "workspace/platform/file_attributes.h"

#include <fmt/format.h>
#include <sys/xattr.h>

#include <cerrno>
#include <map>
#include <utility>

#include "workspace/platform/system_error.h"

namespace workspace {
namespace {

// By name.
using Attributes = std::map<std::string, std::string>;

// What a file system says that has none.
bool has_none(int code) { return code == ENOTSUP || code == ENOSYS; }

// None: errno says why not.
std::optional<Attributes> attributes_of(int file) {
  constexpr std::size_t kMost = std::size_t{64} << 10;  // XATTR_LIST_MAX and XATTR_SIZE_MAX
  std::string names(kMost, '\0');
  const ssize_t size = ::flistxattr(file, names.data(), names.size());
  if (size < 0) return has_none(errno) ? std::optional(Attributes()) : std::nullopt;
  names.resize(static_cast<std::size_t>(size));
  Attributes found;
  for (std::size_t at = 0; at < names.size(); at = names.find('\0', at) + 1) {
    const char* name = names.c_str() + at;
    std::string value(kMost, '\0');
    const ssize_t length = ::fgetxattr(file, name, value.data(), value.size());
    if (length < 0) return std::nullopt;
    value.resize(static_cast<std::size_t>(length));
    found.emplace(name, std::move(value));
  }
  return found;
}

}  // namespace

std::optional<Error> copy_file_attributes(int from, int to, const std::string& path) {
  const std::optional<Attributes> wanted = attributes_of(from);
  if (!wanted) return system_error(path, "read its extended attributes", errno);
  const std::optional<Attributes> given = attributes_of(to);
  if (!given) return system_error(path, "read its extended attributes", errno);
  for (const auto& [name, value] : *given) {
    // From the folder's default list, say. What is of the system, as labels are, it may not let go.
    if (!wanted->contains(name) && ::fremovexattr(to, name.c_str()) != 0 && !name.starts_with("security."))
      return system_error(path, fmt::format("keep its extended attributes, without {}", name), errno);
  }
  for (const auto& [name, value] : *wanted) {
    const auto at = given->find(name);
    if (at != given->end() && at->second == value) continue;
    if (::fsetxattr(to, name.c_str(), value.data(), value.size(), 0) != 0)
      return system_error(path, fmt::format("keep its extended attribute {}", name), errno);
  }
  return std::nullopt;
}

}  // namespace workspace
