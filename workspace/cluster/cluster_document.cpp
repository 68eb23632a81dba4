#include "workspace/cluster/cluster_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "workspace/base/uri.h"
#include "workspace/resources/kinds.h"
#include "workspace/sources/kustomize_evaluation.h"
#include "workspace/yaml/json_reader.h"

namespace workspace {
namespace {

constexpr std::string_view kScheme = "istio-mtls-cluster:/";
constexpr std::string_view kEnding = ".yaml";

std::string kind_segment(const ResourceId& id) {
  const OtherKind* other = id.other_kind.get();
  const bool has_group = id.kind == Kind::OtherWorkload && other != nullptr && !other->group.empty();
  return has_group ? fmt::format("{}.{}", kind_name(id), other->group.view()) : std::string(kind_name(id));
}

class OneText : public kustomize::FileTexts {
 public:
  explicit OneText(std::string_view text) : text_(text) {}
  [[nodiscard]] std::string_view text(std::uint32_t) const override { return text_; }

 private:
  std::string_view text_;
};

kustomize::WrittenDocument in_yaml(std::string_view text, std::uint32_t begin) {
  const std::string_view json = text.substr(begin);
  const auto read = yaml::read_json(json, yaml::kWidestLimits);
  if (!read) return {std::string(json), {}};
  const kustomize::ReadTree tree =
      kustomize::to_tree(*read, json, kustomize::TextPlaces(0, begin), false, true);
  try {
    return kustomize::write_document(tree.root, OneText(text));
  } catch (const kustomize::Refusal&) {  // a number that JSON does not have: no server sends one
    return {std::string(json), {}};
  }
}

}  // namespace

std::string cluster_document_uri(std::string_view context, const ResourceId& id) {
  std::string uri = fmt::format("{}{}", kScheme, percent_encoded(context));
  const auto add = [&uri](std::string_view segment) { uri += "/" + percent_encoded(segment); };
  if (!id.ns.empty()) add(id.ns.view());
  add(kind_segment(id));
  add(id.name.view());
  return uri + std::string(kEnding);
}

std::optional<std::string> context_of_cluster_document(std::string_view uri) {
  if (!uri.starts_with(kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  return percent_decoded(uri.substr(0, uri.find('/')));
}

const SnapshotObject* find_object(const Snapshot& cluster, std::string_view uri) {
  if (!uri.ends_with(kEnding)) return nullptr;
  const std::string_view last = uri.substr(uri.rfind('/') + 1);
  const std::string name = percent_decoded(last.substr(0, last.size() - kEnding.size()));
  // Clients may escape otherwise than we do.
  const std::string wanted = percent_decoded(uri);
  const auto found =
      std::find_if(cluster.objects.begin(), cluster.objects.end(), [&](const SnapshotObject& object) {
        return object.id.name == name &&
               percent_decoded(cluster_document_uri(cluster.header.context, object.id)) == wanted;
      });
  return found == cluster.objects.end() ? nullptr : &*found;
}

const SnapshotObject* object_at(const Snapshot& cluster, std::uint32_t offset) {
  auto after = std::upper_bound(
      cluster.objects.begin(), cluster.objects.end(), offset,
      [](std::uint32_t wanted, const SnapshotObject& object) { return wanted < object.document.begin; });
  if (after == cluster.objects.begin()) return nullptr;
  const SnapshotObject& object = *--after;
  return offset <= object.document.begin + object.document.size ? &object : nullptr;
}

ClusterDocument::ClusterDocument(const Snapshot& cluster, const SnapshotObject& object) {
  const std::string_view text =
      std::string_view(*cluster.text).substr(0, object.document.begin + object.document.size);
  kustomize::WrittenDocument written = in_yaml(text, object.document.begin);
  text_ = std::move(written.text);
  for (const SourceMap::Segment& segment : written.segments)
    shown_.push_back({segment.source, segment.built});
  std::sort(shown_.begin(), shown_.end(), [](const Shown& a, const Shown& b) { return a.source < b.source; });
}

ByteRange ClusterDocument::shown(ByteRange in_snapshot) const {
  const auto at =
      std::lower_bound(shown_.begin(), shown_.end(), in_snapshot.begin,
                       [](const Shown& each, std::uint32_t wanted) { return each.source.begin < wanted; });
  if (at == shown_.end() || at->source.begin > in_snapshot.end) return {};
  return at->text;
}

}  // namespace workspace
