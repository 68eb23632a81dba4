#include "workspace/resources/resource_id.h"

namespace workspace {

std::string_view kind_name(const ResourceId& id) {
  return id.other_kind ? id.other_kind->name.view() : kind_name(id.kind);
}

std::string_view group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

std::string to_string(const ResourceId& id) {
  std::string text(kind_name(id));
  text += ' ';
  if (!id.ns.empty()) text.append(id.ns.view()).append("/");
  return text + id.name;
}

}  // namespace workspace
