#include "checks/queries/locate.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "workspace/yaml/reader.h"

namespace checks {

namespace {

using workspace::ByteRange;
using workspace::ClauseRef;
using workspace::DocumentEntry;
using workspace::DocumentState;
using workspace::Kind;
using workspace::ResourceNode;
using workspace::yaml::Value;

// Walks what a resource's facts are decoded from, in the order of the decoders, and tells each part that is
// written.
class Walker {
 public:
  using Tell = std::function<void(Element element, ByteRange in_facts)>;

  Walker(const ResourceNode& node, std::uint32_t definition, const Tell& tell)
      : node_(node), definition_(definition), tell_(tell) {}

  void walk(const Value& resource) const {
    scalar(ElementKind::ResourceKind, resource["kind"], {});
    scalar(ElementKind::Name, resource["metadata"]["name"], {});
    scalar(ElementKind::Namespace, resource["metadata"]["namespace"], {});
    const Value spec = resource["spec"];
    switch (node_.id.kind) {
      case Kind::PeerAuthentication:
        return peer_authentication(spec);
      case Kind::AuthorizationPolicy:
        return labels(ElementKind::SelectorLabel, spec["selector"]["matchLabels"], {});
      case Kind::DestinationRule:
        return destination_rule(spec);
      case Kind::ServiceEntry:
        return list(ElementKind::ExportTo, spec["exportTo"]);
      case Kind::Service:
        return service(spec);
      default:
        if (dynamic_cast<const workspace::WorkloadNode*>(&node_) != nullptr) workload(resource);
    }
  }

 private:
  // Which of the fields that are alike.
  struct At {
    std::int32_t entry = -1;
    ClauseRef clause;
  };

  void tell(ElementKind kind, const At& at, std::string key, std::string_view value, ByteRange range) const {
    tell_({kind, &node_, definition_, at.entry, at.clause, std::move(key), std::string(value), {}}, range);
  }

  void scalar(ElementKind kind, const Value& value, const At& at) const {
    if (!value.is_scalar()) return;
    if (!value.key_range().empty()) tell(kind, at, {}, value.text(), value.key_range());
    tell(kind, at, {}, value.text(), value.range());
  }

  void list(ElementKind kind, const Value& values) const {
    for (const Value& value : values.items()) scalar(kind, value, {});
  }

  void labels(ElementKind kind, const Value& mapping, const At& at) const {
    for (const auto& [key, value] : mapping.entries()) {
      if (!value.is_scalar()) continue;
      tell(kind, at, std::string(key), value.text(), value.key_range());
      tell(kind, at, std::string(key), value.text(), value.range());
    }
  }

  void peer_authentication(const Value& spec) const {
    labels(ElementKind::SelectorLabel, spec["selector"]["matchLabels"], {});
    scalar(ElementKind::Mode, spec["mtls"]["mode"], {});
    std::int32_t entry = 0;
    for (const auto& [key, port] : spec["portLevelMtls"].entries()) {
      tell(ElementKind::PolicyPort, {entry, {}}, {}, key, port.key_range());
      scalar(ElementKind::Mode, port["mode"], {entry, {}});
      ++entry;
    }
  }

  void destination_rule(const Value& spec) const {
    scalar(ElementKind::Host, spec["host"], {});
    list(ElementKind::ExportTo, spec["exportTo"]);
    traffic_policy(spec["trafficPolicy"], -1);
    std::int32_t index = 0;
    for (const Value& subset : spec["subsets"].items()) {
      const At at{-1, {index, -1}};
      scalar(ElementKind::SubsetName, subset["name"], at);
      labels(ElementKind::SubsetLabel, subset["labels"], at);
      traffic_policy(subset["trafficPolicy"], index);
      ++index;
    }
  }

  void traffic_policy(const Value& policy, std::int32_t subset) const {
    tls(policy["tls"], {subset, -1});
    std::int32_t index = 0;
    for (const Value& setting : policy["portLevelSettings"].items()) {
      scalar(ElementKind::RulePort, setting["port"]["number"], {-1, {subset, index}});
      tls(setting["tls"], {subset, index});
      ++index;
    }
  }

  void tls(const Value& tls, ClauseRef clause) const {
    if (!tls.is_mapping()) return;
    tell(ElementKind::Tls, {-1, clause}, {}, tls["mode"].text(), tls.key_range());
    scalar(ElementKind::Tls, tls["mode"], {-1, clause});
  }

  void service(const Value& spec) const {
    labels(ElementKind::SelectorLabel, spec["selector"], {});
    std::int32_t entry = 0;
    for (const Value& port : spec["ports"].items()) {
      scalar(ElementKind::ServicePort, port["port"], {entry, {}});
      scalar(ElementKind::TargetPort, port["targetPort"], {entry, {}});
      ++entry;
    }
  }

  void workload(const Value& resource) const {
    const Value pod = workspace::pod_template(resource, node_.id.kind);
    labels(ElementKind::PodLabel, pod["metadata"]["labels"], {});
    for (const Value& container : pod["spec"]["containers"].items()) {
      for (const Value& port : container["ports"].items()) {
        scalar(ElementKind::ContainerPort, port["name"], {});
        scalar(ElementKind::ContainerPort, port["containerPort"], {});
      }
    }
  }

  const ResourceNode& node_;
  std::uint32_t definition_;
  const Tell& tell_;
};

// What the facts of a document were read from.
std::string_view read_text(const DocumentState& state, std::string_view file_text) {
  if (state.broken) {
    return state.broken->good_text ? std::string_view(*state.broken->good_text) : std::string_view();
  }
  return file_text.substr(state.begin, state.size);
}

std::uint32_t definition_of(const ResourceNode& node, const DocumentEntry& document, std::uint32_t index) {
  const auto at = std::find_if(node.definitions.begin(), node.definitions.end(), [&](const auto& definition) {
    return definition.document == &document && definition.index == index;
  });
  return static_cast<std::uint32_t>(at - node.definitions.begin());
}

void walk_document(const DocumentEntry& document, const DocumentState& state, std::string_view file_text,
                   const Walker::Tell& tell) {
  if (document.resources.empty()) return;
  const auto read = workspace::yaml::read_yaml(read_text(state, file_text), workspace::yaml::kWidestLimits);
  const auto* tree = std::get_if<workspace::yaml::Document>(&read);
  if (tree == nullptr) return;
  for (std::uint32_t i = 0; i < document.resources.size(); ++i) {
    const ResourceNode& node = *document.resources[i];
    const Value resource =
        workspace::resource_in(tree->root(), workspace::metadata_of(document.facts->resources[i]));
    Walker(node, definition_of(node, document, i), tell).walk(resource);
  }
}

// Both ends included, as a cursor stands between characters.
bool touches(ByteRange range, std::uint32_t offset) { return range.begin <= offset && offset <= range.end; }

}  // namespace

std::optional<Element> locate(const workspace::Mesh& mesh, const std::string& file, std::string_view text,
                              std::uint32_t offset) {
  const workspace::FileEntry* entry = mesh.file(file);
  if (entry == nullptr || entry->facts->text_size != text.size()) return std::nullopt;
  std::optional<Element> found;
  for (const auto& document : entry->documents) {
    const DocumentState& state = entry->facts->documents[document->ordinal];
    if (!touches({state.begin, state.begin + state.size}, offset)) continue;
    walk_document(*document, state, text, [&](Element element, ByteRange in_facts) {
      const auto place = state.place(in_facts);
      if (found || !place || !touches(*place, offset)) return;
      element.range = *place;
      found = std::move(element);
    });
  }
  return found;
}

}  // namespace checks
