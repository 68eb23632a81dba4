#include "workspace/resources/resource.h"

#include <fmt/format.h>

#include <utility>

#include "workspace/resources/kinds.h"

namespace workspace {

namespace {

// What a document or an item of a List says it is.
struct Type {
  std::string_view api_version;
  std::string_view kind;
};

Type type_of(const yaml::Value& value) { return {value["apiVersion"].text(), value["kind"].text()}; }

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
      add(kind_info(*kind).decode(value, *kind));
    } else if (has_pod_template(value)) {
      Workload workload = decode_workload(value, Kind::OtherWorkload);
      workload.metadata.rare.set_other_kind({group_of(type.api_version), type.kind});
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

  void add(Resource resource) {
    if (!items_.empty()) {
      std::visit([this](auto& decoded) { set_item(decoded.metadata); }, resource);
    }
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
