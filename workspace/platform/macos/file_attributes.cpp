#include "workspace/platform/file_attributes.h"

#include <copyfile.h>

#include <cerrno>

#include "workspace/platform/system_error.h"

namespace workspace {

std::optional<Error> copy_file_attributes(int from, int to, const std::string& path) {
  if (::fcopyfile(from, to, nullptr, COPYFILE_ACL | COPYFILE_XATTR) == 0) return std::nullopt;
  return system_error(path, "keep its extended attributes", errno);
}

}  // namespace workspace
