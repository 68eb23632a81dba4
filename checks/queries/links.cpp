#include "checks/queries/links.h"

#include <algorithm>
#include <array>
#include <variant>

#include "checks/registry.h"
#include "workspace/resources/suppression.h"
#include "workspace/yaml/reader.h"

namespace checks {
namespace {

using workspace::yaml::Value;

class Files {
 public:
  explicit Files(std::vector<NamedFile>& into) : into_(into) {}

  void kustomization(const Value& root) {
    for (const std::string_view key : {"resources", "bases", "components", "crds", "configurations",
                                       "generators", "transformers", "validators", "patchesStrategicMerge"})
      all(root[key]);
    for (const std::string_view key : {"patches", "patchesJson6902", "replacements"})
      for (const Value& item : root[key].items()) one(item["path"]);
    for (const std::string_view key : {"configMapGenerator", "secretGenerator"}) {
      for (const Value& item : root[key].items()) {
        all(item["files"]);
        all(item["envs"]);
        one(item["env"]);
      }
    }
    for (const Value& item : root["helmCharts"].items()) one(item["valuesFile"]);
    one(root["openapi"]["path"]);
  }

 private:
  void all(const Value& list) {
    for (const Value& item : list.items()) one(item);
  }

  // `path`, or `name=path`.
  void one(const Value& value) {
    const std::string_view text = value.text();
    const bool is_verbatim = value.is_scalar() && value.range().size() == text.size();
    if (!is_verbatim || text.find('\n') != std::string_view::npos) return;
    const std::size_t equals = text.find('=');
    const std::size_t begin = equals == std::string_view::npos ? 0 : equals + 1;
    if (begin == text.size()) return;
    const workspace::ByteRange whole = value.range();
    into_.push_back(
        {{whole.begin + static_cast<std::uint32_t>(begin), whole.end}, std::string(text.substr(begin))});
  }

  std::vector<NamedFile>& into_;
};

}  // namespace

std::vector<NamedFile> files_of_kustomization(std::string_view text) {
  std::vector<NamedFile> found;
  const auto read = workspace::yaml::read_yaml(text, workspace::yaml::kWidestLimits);
  if (const auto* document = std::get_if<workspace::yaml::Document>(&read))
    Files(found).kustomization(document->root());
  return found;
}

std::vector<NamedCode> codes_in_comments(std::string_view text) {
  std::vector<NamedCode> found;
  for (const auto& comment : workspace::find_suppressions(text)) {
    const auto place = comment.place.range;
    std::size_t from = place.begin;
    for (const std::string& code : comment.codes) {
      const std::size_t at = text.find(code, from);
      if (at == std::string_view::npos || at + code.size() > place.end) break;
      from = at + code.size();
      const Check* check = find_check(code);
      if (check == nullptr || check->docs.url.empty()) continue;
      found.push_back(
          {{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(from)}, std::string(check->docs.url)});
    }
  }
  return found;
}

}  // namespace checks
