#include "workspace/cluster/snapshot_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "workspace/cluster/json_scan.h"
#include "workspace/cluster/snapshot_annotations.h"

namespace workspace {
namespace {

// What differs from one pod of a controller to the next, and what no policy selects by.
constexpr std::array<std::string_view, 6> kOwnLabels = {
    "pod-template-hash", "controller-revision-hash",           "pod-template-generation",
    "controller-uid",    "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index"};

std::string text_at(std::string_view object, std::string_view key) {
  return json_text_of(json_member(object, key));
}

std::string owner_id(std::string_view kind, std::string_view ns, std::string_view name) {
  return fmt::format("{}\n{}\n{}", kind, ns, name);
}

std::string member(std::string_view key, std::string_view value) {
  return fmt::format(",\"{}\":{}", key, value);
}

// The members that there are, as an object.
std::string object_of(std::string members) {
  if (members.empty()) return "{}";
  members.front() = '{';
  return members + '}';
}

OwnerKey controller_in(std::string_view metadata) {
  OwnerKey found;
  JsonScanner owners(json_member(metadata, "ownerReferences"));
  owners.array([&] {
    const auto owner = owners.value();
    if (owner && json_member(*owner, "controller") == "true")
      found = {text_at(*owner, "apiVersion"), text_at(*owner, "kind"), text_at(*owner, "name")};
    return owner.has_value();
  });
  return found;
}

bool runs(std::string_view body) {
  const std::string phase = text_at(json_member(body, "status"), "phase");
  const std::string_view deleted = json_member(json_member(body, "metadata"), "deletionTimestamp");
  return deleted.empty() && (phase == "Running" || phase == "Pending");
}

bool is_mesh_config(std::string_view body, std::string_view name) {
  return (name == "istio" || name.starts_with("istio-")) &&
         !json_member(json_member(body, "data"), "mesh").empty();
}

// The containers of a pod as the analysis reads them: of the proxy its name only, since what it listens on is
// known; TCP is what ports are without saying so.
std::string containers_of(std::string_view containers) {
  std::string list;
  JsonScanner scanner(containers);
  scanner.array([&] {
    const auto container = scanner.value();
    if (!container) return false;
    std::string text(*container);
    if (text_at(text, "name") == "istio-proxy") {
      text = R"({"name":"istio-proxy"})";
    } else {
      constexpr std::string_view kTcp = R"(,"protocol":"TCP")";
      for (std::size_t at = text.find(kTcp); at != std::string::npos; at = text.find(kTcp, at))
        text.erase(at, kTcp.size());
    }
    list += (list.empty() ? "" : ",") + text;
    return true;
  });
  return "[" + list + "]";
}

// The spec of a pod or of a template.
std::string pod_spec(std::string_view spec) {
  std::string members;
  if (json_member(spec, "hostNetwork") == "true") members += member("hostNetwork", "true");
  members += member("containers", containers_of(json_member(spec, "containers")));
  // Of those that run first only a proxy that goes on to run matters.
  bool has_proxy = false;
  JsonScanner scanner(json_member(spec, "initContainers"));
  scanner.array([&] {
    const auto container = scanner.value();
    has_proxy = has_proxy || (container && text_at(*container, "name") == "istio-proxy");
    return container.has_value();
  });
  if (has_proxy) members += member("initContainers", R"([{"name":"istio-proxy"}])");
  return object_of(std::move(members));
}

// Labels, without those that every pod has of its own.
std::string common_labels(std::string_view labels) {
  std::string members;
  JsonScanner scanner(labels);
  scanner.object([&](std::string_view key) {
    const auto value = scanner.value();
    if (value && std::find(kOwnLabels.begin(), kOwnLabels.end(), key) == kOwnLabels.end())
      members += member(key, *value);
    return value.has_value();
  });
  return object_of(std::move(members));
}

// The members of `metadata` that have these keys.
std::string members_of(std::string_view metadata, std::initializer_list<std::string_view> keys) {
  std::string members;
  for (const std::string_view key : keys) {
    const std::string_view value = json_member(metadata, key);
    if (!value.empty()) members += member(key, value);
  }
  return members;
}

std::string resource(std::string_view api_version, std::string_view kind, const std::string& members) {
  return fmt::format(R"({{"apiVersion":{},"kind":{}{}}})", json_quoted(api_version), json_quoted(kind),
                     members);
}

// An object's body is that of an object without its braces, after a comma.
std::string members_of_body(std::string_view body) {
  return body.size() <= 2 ? std::string() : fmt::format(",{}", body.substr(1, body.size() - 2));
}

// In what a pod differs from others of its controller: labels, ports and proxy.
std::string nature_of(const ClusterObject& pod) {
  const std::string_view metadata = json_member(pod.body, "metadata");
  return fmt::format("\n{}\n{}\n{}", common_labels(json_member(metadata, "labels")),
                     members_of(metadata, {"annotations"}), pod_spec(json_member(pod.body, "spec")));
}

class PageReader {
 public:
  PageReader(const ClusterKind& kind, std::string_view api_version)
      : kind_(kind), api_version_(api_version), outline_{{}, kind.outline, false} {}

  Result<ClusterPage> read(std::string_view text) {
    JsonScanner scanner(text);
    bool has_items = false;
    const bool valid = scanner.object([&](std::string_view key) {
      if (key == "items") {
        has_items = true;
        if (scanner.next() == 'n') return scanner.value().has_value();  // null: there are none
        return scanner.array([&] { return add(scanner); });
      }
      const auto value = scanner.value();
      if (value && key == "metadata") page_.continue_token = text_at(*value, "continue");
      if (value && key == "kind") answer_kind_ = json_text_of(*value);
      return value.has_value();
    });
    if (!valid || !scanner.at_end()) return Error{"the answer is cut, or not JSON"};
    if (!has_items) return read_single(text);
    return std::move(page_);
  }

 private:
  Result<ClusterPage> read_single(std::string_view text) {
    if (answer_kind_ != kind_.kind) return Error{"the answer is of kind '" + answer_kind_ + "'"};
    page_ = {};
    JsonScanner scanner(text);
    add(scanner);
    return std::move(page_);
  }

  bool add(JsonScanner& scanner) {
    ClusterObject object;
    object.kind = &kind_;
    object.api_version = api_version_;
    if (!reduce_json(scanner, outline_, object.body)) return false;
    object.body.shrink_to_fit();
    const std::string_view metadata = json_member(object.body, "metadata");
    object.ns = text_at(metadata, "namespace");
    object.name = text_at(metadata, "name");
    object.owner = controller_in(metadata);
    if (counts(object)) page_.objects.push_back(std::move(object));
    return true;
  }

  [[nodiscard]] bool counts(const ClusterObject& object) const {
    switch (kind_.use) {
      case ClusterKindUse::Pod:
        return runs(object.body);
      case ClusterKindUse::MeshConfig:
        return is_mesh_config(object.body, object.name);
      case ClusterKindUse::Calls:
        return object.body.find("\"service\":") != std::string::npos;
      default:
        return true;
    }
  }

  const ClusterKind& kind_;
  std::string_view api_version_;
  yaml::Outline outline_;
  ClusterPage page_;
  std::string answer_kind_;
};

}  // namespace

Result<ClusterPage> read_cluster_page(const ClusterKind& kind, std::string_view api_version,
                                      std::string_view text) {
  return PageReader(kind, api_version).read(text);
}

void SnapshotBuilder::add(std::vector<ClusterObject> objects) {
  for (ClusterObject& object : objects) {
    switch (object.kind->use) {
      case ClusterKindUse::Pod:
        add_pod(std::move(object));
        break;
      case ClusterKindUse::Owner:
      case ClusterKindUse::Run:
        if (!object.owner.name.empty()) {
          owners_[owner_id(object.kind->kind, object.ns, object.name)] = std::move(object.owner);
        } else if (object.kind->use == ClusterKindUse::Owner) {
          controllers_.push_back(std::move(object));
        }
        break;
      case ClusterKindUse::Controller:
        controllers_.push_back(std::move(object));
        break;
      default:
        whole_.push_back(std::move(object));
    }
  }
}

void SnapshotBuilder::add(SnapshotBuilder other) {
  const auto append = [](std::vector<ClusterObject>& to, std::vector<ClusterObject>& from) {
    if (to.empty()) return to.swap(from);
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  append(whole_, other.whole_);
  append(controllers_, other.controllers_);
  owners_.merge(other.owners_);
  for (ClusterObject& pod : other.pods_) add_pod(std::move(pod));
}

void SnapshotBuilder::add_pod(ClusterObject pod) {
  if (!pod.owner.name.empty()) {
    const auto [known, is_new] =
        alike_.emplace(owner_id(pod.owner.kind, pod.ns, pod.owner.name) + nature_of(pod), pods_.size());
    if (!is_new) {
      if (pod.name < pods_[known->second].name) pods_[known->second] = std::move(pod);
      return;
    }
  }
  pods_.push_back(std::move(pod));
}

// Of a ReplicaSet the Deployment, of a Job the CronJob.
OwnerKey SnapshotBuilder::top_owner(const ClusterObject& pod) const {
  OwnerKey owner = pod.owner;
  constexpr int kMaxLevels = 4;
  for (int i = 0; i < kMaxLevels && !owner.name.empty(); ++i) {
    const auto above = owners_.find(owner_id(owner.kind, pod.ns, owner.name));
    if (above == owners_.end()) break;
    owner = above->second;
  }
  return owner;
}

void SnapshotBuilder::add_pods(std::vector<Line>& lines) {
  std::sort(pods_.begin(), pods_.end(), [](const ClusterObject& a, const ClusterObject& b) {
    return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
  });
  std::set<std::string> known;  // kinds of pods of controllers
  for (const ClusterObject& pod : pods_) {
    const std::string_view metadata = json_member(pod.body, "metadata");
    const OwnerKey owner = top_owner(pod);
    const std::string spec = pod_spec(json_member(pod.body, "spec"));
    const std::string annotations = members_of(metadata, {"annotations"});
    if (!owner.name.empty()) {
      const std::string controller = owner_id(owner.kind, pod.ns, owner.name);
      running_.insert(controller);
      if (!known.insert(controller + nature_of(pod)).second) continue;
    }
    std::string own = members_of(metadata, {"name", "namespace", "labels"}) + annotations;
    if (!owner.name.empty()) {
      own += member(
          "ownerReferences",
          fmt::format(R"([{{"apiVersion":{},"kind":{},"name":{},"controller":true}}])",
                      json_quoted(owner.api_version), json_quoted(owner.kind), json_quoted(owner.name)));
    }
    const std::string phase = members_of(json_member(pod.body, "status"), {"phase"});
    lines.push_back({"Pod", pod.ns, pod.name,
                     resource("v1", "Pod",
                              member("metadata", object_of(std::move(own))) + member("spec", spec) +
                                  member("status", object_of(phase)))});
  }
}

void SnapshotBuilder::add_controllers(std::vector<Line>& lines) const {
  for (const ClusterObject& object : controllers_) {
    const std::string kind(object.kind->kind);
    if (!object.owner.name.empty() && object.kind->use == ClusterKindUse::Owner) continue;
    if (running_.contains(owner_id(kind, object.ns, object.name))) continue;
    const std::string_view metadata = json_member(object.body, "metadata");
    std::string_view spec = json_member(object.body, "spec");
    const bool is_cron = kind == "CronJob";
    if (is_cron) spec = json_member(json_member(spec, "jobTemplate"), "spec");
    const std::string_view pod = json_member(spec, "template");
    std::string made = members_of(pod, {"metadata"}) + member("spec", pod_spec(json_member(pod, "spec")));
    made = object_of(member("template", object_of(std::move(made))));
    if (is_cron) made = object_of(member("jobTemplate", object_of(member("spec", made))));
    lines.push_back(
        {kind, object.ns, object.name,
         resource(object.api_version, kind,
                  member("metadata", object_of(members_of(metadata, {"name", "namespace", "annotations"}))) +
                      member("spec", made))});
  }
}

std::string SnapshotBuilder::finish(const SnapshotHeader& header) {
  std::vector<Line> lines;
  lines.reserve(whole_.size() + pods_.size());
  for (ClusterObject& object : whole_) {
    lines.push_back({std::string(object.kind->kind), std::move(object.ns), std::move(object.name),
                     resource(object.api_version, object.kind->kind, members_of_body(object.body))});
    object.body = {};
  }
  add_pods(lines);
  add_controllers(lines);
  std::sort(lines.begin(), lines.end());
  std::string annotations;
  const auto add = [&annotations](std::string_view key, std::string_view value) {
    if (!value.empty()) annotations += member(key, json_quoted(value));
  };
  add(kVersionAnnotation, std::to_string(kSnapshotVersion));
  add(kContextAnnotation, header.context);
  add(kServerAnnotation, header.server_version);
  add(kTakenAnnotation, header.taken);
  add(kNamespaceAnnotation, header.default_namespace);
  add(kNotReadAnnotation, fmt::format("{}", fmt::join(header.not_read, "\n")));
  std::string text =
      fmt::format(R"({{"apiVersion":"v1","kind":"List","metadata":{{"annotations":{}}},"items":[)",
                  object_of(std::move(annotations)));
  std::size_t size = text.size();
  for (const Line& line : lines) size += line.text.size() + 2;
  text.reserve(size + 4);
  const char* separator = "\n";
  for (const Line& line : lines) {
    (text += separator) += line.text;
    separator = ",\n";
  }
  text += "\n]}\n";
  return text;
}

}  // namespace workspace
