#include "checks/queries/mentions.h"

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include "workspace/config/settings.h"
#include "workspace/mesh/host_name.h"
#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

namespace checks {
namespace {

using workspace::ByteRange;
using workspace::yaml::Value;

enum class Form : std::uint8_t {
  NamespaceOwn,    // the name of a Namespace
  Namespace,       // one that is named, or a list of them; `.`, `*` and `~` are none
  ServiceOwn,      // the name of a Service
  Service,         // one of the resource's own namespace
  Backend,         // `name`, and `namespace` where it is another one
  Host,            // one, or a list of them
  NamespacedHost,  // a list of `namespace/host`
  Destination,     // `host` and `subset`
  Subset,          // the name of a rule's subset
  Principal,       // a list of `domain/ns/namespace/sa/account`
};

// A path is of keys that dots separate; `[]` behind one means each item.
struct Field {
  std::string_view group;  // `*`: any
  std::string_view kind;   // empty: any
  std::string_view path;
  Form form;
};

constexpr std::string_view kIstio = "networking.istio.io";
constexpr std::string_view kSecurity = "security.istio.io";
constexpr std::string_view kGatewayApi = "gateway.networking.k8s.io";
constexpr std::string_view kRbac = "rbac.authorization.k8s.io";

constexpr std::array kFields = {
    Field{"*", "", "metadata.namespace", Form::Namespace},
    Field{"", "Namespace", "metadata.name", Form::NamespaceOwn},
    Field{"", "Service", "metadata.name", Form::ServiceOwn},
    Field{"apps", "StatefulSet", "spec.serviceName", Form::Service},
    Field{kIstio, "", "spec.exportTo", Form::Namespace},
    Field{kIstio, "DestinationRule", "spec.host", Form::Host},
    Field{kIstio, "DestinationRule", "spec.subsets[].name", Form::Subset},
    Field{kIstio, "VirtualService", "spec.hosts", Form::Host},
    Field{kIstio, "VirtualService", "spec.http[].route[].destination", Form::Destination},
    Field{kIstio, "VirtualService", "spec.http[].mirror", Form::Destination},
    Field{kIstio, "VirtualService", "spec.http[].mirrors[].destination", Form::Destination},
    Field{kIstio, "VirtualService", "spec.http[].match[].sourceNamespace", Form::Namespace},
    Field{kIstio, "VirtualService", "spec.http[].delegate.namespace", Form::Namespace},
    Field{kIstio, "VirtualService", "spec.tcp[].route[].destination", Form::Destination},
    Field{kIstio, "VirtualService", "spec.tcp[].match[].sourceNamespace", Form::Namespace},
    Field{kIstio, "VirtualService", "spec.tls[].route[].destination", Form::Destination},
    Field{kIstio, "VirtualService", "spec.tls[].match[].sourceNamespace", Form::Namespace},
    Field{kIstio, "ServiceEntry", "spec.hosts", Form::Host},
    Field{kIstio, "Sidecar", "spec.egress[].hosts", Form::NamespacedHost},
    Field{kIstio, "Gateway", "spec.servers[].hosts", Form::NamespacedHost},
    Field{kSecurity, "AuthorizationPolicy", "spec.rules[].from[].source.namespaces", Form::Namespace},
    Field{kSecurity, "AuthorizationPolicy", "spec.rules[].from[].source.notNamespaces", Form::Namespace},
    Field{kSecurity, "AuthorizationPolicy", "spec.rules[].from[].source.principals", Form::Principal},
    Field{kSecurity, "AuthorizationPolicy", "spec.rules[].from[].source.notPrincipals", Form::Principal},
    Field{kGatewayApi, "", "spec.rules[].backendRefs[]", Form::Backend},
    Field{kGatewayApi, "", "spec.parentRefs[].namespace", Form::Namespace},
    Field{kRbac, "", "subjects[].namespace", Form::Namespace},
    Field{"networking.k8s.io", "Ingress", "spec.defaultBackend.service.name", Form::Service},
    Field{"networking.k8s.io", "Ingress", "spec.rules[].http.paths[].backend.service.name", Form::Service},
    Field{"monitoring.coreos.com", "", "spec.namespaceSelector.matchNames", Form::Namespace},
    Field{"admissionregistration.k8s.io", "", "webhooks[].clientConfig.service", Form::Backend},
    Field{"apiregistration.k8s.io", "", "spec.service", Form::Backend},
};

// What leads to entries of labels, wherever it stands in a resource.
constexpr std::array<std::string_view, 4> kLabelKeys = {"labels", "matchLabels", "selector", "sourceLabels"};

bool is_label_key(std::string_view key) {
  return std::find(kLabelKeys.begin(), kLabelKeys.end(), key) != kLabelKeys.end();
}

template <class Visit>
void follow(const Value& value, std::string_view path, const Visit& visit) {
  if (path.empty()) return visit(value);
  const std::size_t dot = path.find('.');
  std::string_view step = path.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  const bool each = step.ends_with("[]");
  if (each) step.remove_suffix(2);
  const Value below = value[step];
  if (!each) return follow(below, rest, visit);
  for (const Value& item : below.items()) follow(item, rest, visit);
}

// A scalar, or the items of a sequence.
template <class Visit>
void scalars(const Value& value, const Visit& visit) {
  if (value.is_scalar()) return visit(value);
  for (const Value& item : value.items()) {
    if (item.is_scalar()) visit(item);
  }
}

class Collector {
 public:
  Collector(const MentionScope& scope, std::string_view text, std::uint32_t shift, Mentions& into)
      : scope_(scope), text_(text), shift_(shift), into_(into) {}

  void document(const Value& root) {
    const Value items = root["items"];
    if (!items.is_sequence()) return resource(root);
    for (const Value& item : items.items()) resource(item);
  }

 private:
  void resource(const Value& root) {
    const std::string_view version = root["apiVersion"].text();
    const std::string_view kind = root["kind"].text();
    if (version.empty() || kind.empty()) return;
    const std::size_t slash = version.find('/');
    const std::string_view group = slash == std::string_view::npos ? "" : version.substr(0, slash);
    ns_ = root["metadata"]["namespace"].text();
    if (ns_.empty()) ns_ = scope_.default_namespace;
    host_.clear();
    if (group == kIstio && kind == "DestinationRule")
      host_ = workspace::resolve_host(root["spec"]["host"].text(), ns_, scope_.cluster_domain);
    for (const Field& field : kFields) {
      const bool is_meant =
          (field.group == "*" || field.group == group) && (field.kind.empty() || field.kind == kind);
      if (is_meant) follow(root, field.path, [&](const Value& value) { take(field.form, value); });
    }
    everywhere_ = group == kIstio && (kind == "Gateway" || ns_ == scope_.root_namespace);
    everywhere_ = everywhere_ || (group == kSecurity && ns_ == scope_.root_namespace);
    // The labels of a rule's subsets are those of pods of its host.
    pods_ns_ = ns_;
    const auto host_ns = workspace::namespace_of_host(host_, scope_.cluster_domain);
    if (!host_ns.empty()) pods_ns_ = host_ns;
    labels(root, {}, {group.empty() && kind == "Namespace", 0});
  }

  void take(Form form, const Value& value) {
    switch (form) {
      case Form::NamespaceOwn:
        return add({ThingKind::Namespace, {}, std::string(value.text()), {}}, value, true);
      case Form::Namespace:
        return scalars(value, [this](const Value& each) { name_of_namespace(each); });
      case Form::ServiceOwn:
        return add({ThingKind::Service, ns_, std::string(value.text()), {}}, value, true);
      case Form::Service:
        return add({ThingKind::Service, ns_, std::string(value.text()), {}}, value);
      case Form::Backend:
        return backend(value);
      case Form::Host:
        return scalars(value, [this](const Value& each) { host(each, 0); });
      case Form::NamespacedHost:
        return scalars(value, [this](const Value& each) { namespaced_host(each); });
      case Form::Destination:
        return destination(value);
      case Form::Subset:
        return add({ThingKind::Subset, host_, std::string(value.text()), {}}, value, true);
      case Form::Principal:
        return scalars(value, [this](const Value& each) { principal(each); });
    }
  }

  void name_of_namespace(const Value& value) {
    if (workspace::is_namespace_name(value.text()))
      add({ThingKind::Namespace, {}, std::string(value.text()), {}}, value);
  }

  void backend(const Value& value) {
    const std::string_view kind = value["kind"].text();
    if (!kind.empty() && kind != "Service") return;
    const Value other = value["namespace"];
    name_of_namespace(other);
    add({ThingKind::Service,
         other.exists() ? std::string(other.text()) : ns_,
         std::string(value["name"].text()),
         {}},
        value["name"]);
  }

  // `x`, `x.ns.svc.domain` or `*.ns.svc.domain`, from an offset in the value on.
  void host(const Value& value, std::size_t begin) {
    const std::string_view text = value.text().substr(begin);
    const std::string suffix = ".svc." + scope_.cluster_domain;
    if (text.find_first_of(".*/") == std::string_view::npos) {
      return add({ThingKind::Service, ns_, std::string(text), {}}, value, false, {{begin, text.size()}});
    }
    if (!text.ends_with(suffix)) return;
    const std::string_view names = text.substr(0, text.size() - suffix.size());
    const std::size_t dot = names.find('.');
    if (dot == std::string_view::npos || names.find('.', dot + 1) != std::string_view::npos) return;
    const std::string ns(names.substr(dot + 1));
    if (names.substr(0, dot) != "*")
      add({ThingKind::Service, ns, std::string(names.substr(0, dot)), {}}, value, false, {{begin, dot}});
    add({ThingKind::Namespace, {}, ns, {}}, value, false, {{begin + dot + 1, ns.size()}});
  }

  void namespaced_host(const Value& value) {
    const std::string_view text = value.text();
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return;
    const std::string_view ns = text.substr(0, slash);
    if (workspace::is_namespace_name(ns))
      add({ThingKind::Namespace, {}, std::string(ns), {}}, value, false, {{0, slash}});
    if (text.find('.', slash) != std::string_view::npos) host(value, slash + 1);
  }

  void destination(const Value& value) {
    const Value host_value = value["host"];
    if (host_value.is_scalar()) host(host_value, 0);
    const Value subset = value["subset"];
    add({ThingKind::Subset,
         workspace::resolve_host(host_value.text(), ns_, scope_.cluster_domain),
         std::string(subset.text()),
         {}},
        subset);
  }

  void principal(const Value& value) {
    constexpr std::string_view kBefore = "/ns/";
    const std::string_view text = value.text();
    const std::size_t before = text.find(kBefore);
    if (before == std::string_view::npos) return;
    const std::size_t begin = before + kBefore.size();
    const std::size_t end = text.find("/sa/", begin);
    if (end == std::string_view::npos || !workspace::is_namespace_name(text.substr(begin, end - begin)))
      return;
    add({ThingKind::Namespace, {}, std::string(text.substr(begin, end - begin)), {}}, value, false,
        {{begin, end - begin}});
  }

  struct Level {
    bool of_namespaces = false;  // labels are those of namespaces, not of pods
    std::size_t depth = 0;
  };

  // Labels and what selects by them, anywhere below.
  void labels(const Value& value, std::string_view key, Level level) {
    if (++level.depth > workspace::yaml::kWidestLimits.max_depth) return;
    for (const Value& item : value.items()) labels(item, {}, level);
    if (value["key"].is_scalar() && value["operator"].is_scalar()) {
      for (const Value& item : value["values"].items()) label(value["key"].text(), item, {}, level);
    }
    for (const auto& [name, below] : value.entries()) {
      if (is_label_key(key) && below.is_scalar()) {
        label(name, below, below.key_range(), level);
      } else if (name != "nodeSelector") {
        labels(below, name, {level.of_namespaces || name == "namespaceSelector", level.depth});
      }
    }
  }

  void label(std::string_view name, const Value& value, ByteRange key, Level level) {
    // Kubernetes gives each namespace this one, with its name.
    if (name == "kubernetes.io/metadata.name") return name_of_namespace(value);
    if (level.of_namespaces || !value.is_scalar() || value.text().empty()) return;
    add({ThingKind::Label, pods_ns_, std::string(name), std::string(value.text())}, value);
    into_.list.back().everywhere = everywhere_;
    if (!key.empty()) into_.list.back().key = workspace::shifted(key, shift_);
  }

  struct Part {
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  void add(Thing thing, const Value& value, bool declares = false, std::optional<Part> part = {}) {
    if (!value.is_scalar() || value.text().empty()) return;
    Mention mention{std::move(thing), value.range(), {}, declares};
    mention.is_verbatim = text_.substr(mention.range.begin, mention.range.size()) == value.text();
    if (part && mention.is_verbatim) {
      mention.range.begin += static_cast<std::uint32_t>(part->begin);
      mention.range.end = mention.range.begin + static_cast<std::uint32_t>(part->size);
      mention.is_whole = part->size == value.text().size();
    }
    mention.range = workspace::shifted(mention.range, shift_);
    into_.list.push_back(std::move(mention));
  }

  const MentionScope& scope_;
  const std::string_view text_;  // of the document
  const std::uint32_t shift_;    // of it in the file
  Mentions& into_;
  std::string ns_;       // of the resource
  std::string pods_ns_;  // of the pods that its labels are of
  std::string host_;     // of a rule
  bool everywhere_ = false;
};

}  // namespace

Mentions mentions_in(std::string_view text, const MentionScope& scope) {
  Mentions found;
  for (const ByteRange slice : workspace::split_documents(text)) {
    const std::string_view part = text.substr(slice.begin, slice.size());
    const auto read = workspace::yaml::read_yaml(part, workspace::yaml::kWidestLimits);
    if (const auto* document = std::get_if<workspace::yaml::Document>(&read)) {
      Collector(scope, part, slice.begin, found).document(document->root());
    } else {
      found.complete = false;
    }
  }
  return found;
}

const Mention* mention_at(const Mentions& mentions, std::uint32_t offset) {
  const auto touches = [offset](ByteRange range) { return range.begin <= offset && offset <= range.end; };
  const Mention* best = nullptr;
  for (const Mention& mention : mentions.list) {
    const bool is_at = touches(mention.range) || (!mention.key.empty() && touches(mention.key));
    if (is_at && (best == nullptr || mention.range.size() < best->range.size())) best = &mention;
  }
  return best;
}

}  // namespace checks
