#include "workspace/resources/resource.h"

#include <fmt/format.h>

#include <utility>

#include "workspace/resources/key_problem.h"
#include "workspace/resources/kinds.h"
#include "workspace/resources/outline.h"

namespace workspace {

namespace {

// What a document or an item of a List says it is.
struct Type {
  std::string_view api_version;
  std::string_view kind;
};

Type type_of(const yaml::Value& value) { return {value["apiVersion"].text(), value["kind"].text()}; }

// The kinds whose fields are all looked at (MTLS0010).
bool has_known_fields(Kind kind) { return kind_info(kind).outline.empty(); }

Metadata& metadata_of(Resource& resource) {
  return std::visit([](auto& decoded) -> Metadata& { return decoded.metadata; }, resource);
}

class Decoder {
 public:
  // `inherited`: of a List's item, what it is where it does not say so.
  void decode(const yaml::Value& value, Type inherited) {
    if (!value.is_mapping()) return;
    Type type = type_of(value);
    if (type.api_version.empty()) type.api_version = inherited.api_version;
    if (type.kind.empty()) type.kind = inherited.kind;
    if (type.api_version.empty() || type.kind.empty()) return;
    if (type.kind.ends_with("List") && value["items"].is_sequence()) return decode_items(value, type);
    if (const auto kind = kind_of(type.api_version, type.kind)) {
      Resource resource = kind_info(*kind).decode(value, *kind);
      add_key_problems(value, type, *kind, resource);
      add(std::move(resource));
    } else if (is_unknown_istio_kind(group_of(type.api_version), type.kind)) {
      add(unknown_kind(value, type));
    } else if (has_pod_template(value)) {
      Resource workload = decode_workload(value, Kind::OtherWorkload);
      metadata_of(workload).rare.set_other_kind({group_of(type.api_version), type.kind});
      add_key_problems(value, type, Kind::OtherWorkload, workload);
      add(std::move(workload));
    }
  }
  std::vector<Resource> take() { return std::move(resources_); }

 private:
  void decode_items(const yaml::Value& list, Type type) {
    type.kind.remove_suffix(std::string_view("List").size());
    items_.push_back(0);
    for (const yaml::Value& item : list["items"].items()) {
      decode(item, type);
      ++items_.back();
    }
    items_.pop_back();
  }

  // Most have none.
  void add_key_problems(const yaml::Value& value, Type type, Kind kind, Resource& resource) const {
    if (is_deployment(kind)) return;
    CompactList<KeyProblem> problems;
    if (has_known_fields(kind)) add_unknown_fields(value, group_of(type.api_version), type.kind, problems);
    if (value.in_document_that_repeats_keys())
      add_repeated_keys(value, outline_of_kind(type.kind), items_.empty(), problems);
    if (!problems.empty()) metadata_of(resource).rare.set_key_problems(std::move(problems));
  }

  static Resource unknown_kind(const yaml::Value& value, Type type) {
    const std::string_view group = group_of(type.api_version);
    OtherResource resource{decode_metadata(value, Kind::UnknownKind)};
    resource.metadata.rare.set_other_kind({group, type.kind});
    resource.metadata.rare.set_key_problems({unknown_kind_problem(value, group, type.kind)});
    return resource;
  }

  void add(Resource resource) {
    if (!items_.empty()) set_item(metadata_of(resource));
    resources_.push_back(std::move(resource));
  }
  void set_item(Metadata& metadata) const {
    metadata.item.index = items_.back();
    if (items_.size() > 1) metadata.rare.set_outer_items({items_.begin(), items_.end() - 1});
  }

  std::vector<Resource> resources_;
  CompactList<std::int32_t> items_;  // of the Lists that are being decoded, the innermost last
};

yaml::Value item_of(const yaml::Value& list, std::int32_t index) {
  return list["items"].item(static_cast<std::size_t>(index));
}

}  // namespace

yaml::Value resource_in(const yaml::Value& root, const Metadata& metadata) {
  if (metadata.item.index < 0) return root;
  yaml::Value list = root;
  for (const std::int32_t index : metadata.rare.outer_items()) list = item_of(list, index);
  return item_of(list, metadata.item.index);
}

std::string item_path(const Metadata& metadata) {
  std::string path;
  if (metadata.item.index < 0) return path;
  for (const std::int32_t index : metadata.rare.outer_items()) path += fmt::format("items[{}].", index);
  return path + fmt::format("items[{}].", metadata.item.index);
}

std::vector<Resource> decode_resources(const yaml::Value& root) {
  Decoder decoder;
  decoder.decode(root, {});
  return decoder.take();
}

}  // namespace workspace
