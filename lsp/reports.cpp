#include "lsp/reports.h"

#include <fmt/format.h>

#include "workspace/sources/file_facts.h"

namespace lsp {

std::string Reports::id_of(const Json& diagnostics) {
  return fmt::format("{:016x}",
                     workspace::hash_bytes(diagnostics.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

bool Reports::set(const std::string& path, const Json& diagnostics) {
  if (diagnostics.empty()) return ids_.erase(path) > 0;
  std::string id = id_of(diagnostics);
  std::string& known = ids_[path];
  if (known == id) return false;
  known = std::move(id);
  return true;
}

std::vector<std::string> Reports::paths() const {
  std::vector<std::string> paths;
  paths.reserve(ids_.size());
  for (const auto& [path, id] : ids_) paths.push_back(path);
  return paths;
}

}  // namespace lsp
