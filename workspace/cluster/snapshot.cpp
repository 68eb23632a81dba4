#include "workspace/cluster/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "workspace/cluster/json_scan.h"
#include "workspace/cluster/snapshot_annotations.h"
#include "workspace/resources/resource.h"
#include "workspace/yaml/json_reader.h"

namespace workspace {
namespace {

constexpr std::string_view kPathPrefix = "cluster:";
constexpr std::size_t kPartDigits = 8;  // of as many as there can be objects, so that paths have their order

// The kinds of which the oldest wins somewhere.
bool has_age(Kind kind) {
  switch (kind) {
    case Kind::PeerAuthentication:
    case Kind::AuthorizationPolicy:
    case Kind::DestinationRule:
    case Kind::Sidecar:
    case Kind::BackendTLSPolicy:
      return true;
    default:
      return false;
  }
}

ResourceId id_of(const Resource& resource) {
  const Metadata& metadata = metadata_of(resource);
  ResourceId id{metadata.kind, metadata.ns, metadata.name.value};
  if (const OtherKind* other = metadata.rare.other_kind()) id.other_kind = *other;
  if (is_cluster_scoped(metadata.kind)) id.ns = {};
  return id;
}

// Of what makes a pod.
std::optional<ResourceId> controller_of(const yaml::Value& pod, const ResourceId& id) {
  for (const yaml::Value& owner : pod["metadata"]["ownerReferences"].items()) {
    if (owner["controller"].text() != "true") continue;
    const std::string_view api_version = owner["apiVersion"].text();
    const std::string_view kind = owner["kind"].text();
    ResourceId controller{Kind::OtherWorkload, id.ns, owner["name"].text()};
    if (const auto known = kind_of(api_version, kind)) {
      controller.kind = *known;
    } else {
      controller.other_kind = OtherKind{group_of(api_version), kind};
    }
    return controller;
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(const std::string& name, std::string text)
      : name_(name), text_(std::make_shared<const std::string>(std::move(text))) {}

  Result<std::shared_ptr<const Snapshot>> run() {
    snapshot_.text = text_;
    JsonScanner scanner(*text_);
    const bool valid = scanner.object([&](std::string_view key) {
      if (key == "items") return scanner.array([&] { return add(scanner); });
      const auto value = scanner.value();
      if (value && key == "metadata") metadata_ = *value;
      return value.has_value();
    });
    if (std::optional<Error> error = read_header()) return *std::move(error);
    if (unreadable_) return fail(fmt::format("object {} cannot be read", snapshot_.objects.size() + 1));
    if (!valid || !scanner.at_end()) return fail("not valid JSON, or cut: take it again");
    auto ages = std::make_shared<RunningAges>(std::move(ages_));
    snapshot_.ages = std::move(ages);
    snapshot_.index = SnapshotIndex(snapshot_.objects);
    return std::make_shared<const Snapshot>(std::move(snapshot_));
  }

 private:
  [[nodiscard]] Error fail(std::string_view what) const { return {fmt::format("{}: {}", name_, what)}; }

  std::optional<Error> read_header() {
    const std::string_view annotations = json_member(metadata_, "annotations");
    const auto said = [&](std::string_view key) { return json_text_of(json_member(annotations, key)); };
    const std::string version = said(kVersionAnnotation);
    int number = 0;
    const auto read = std::from_chars(version.data(), version.data() + version.size(), number);
    if (read.ec != std::errc() || read.ptr != version.data() + version.size() || number < 1)
      return fail("not a snapshot: expected the output of 'istio-mtls-ls snapshot'");
    if (number > kSnapshotVersion)
      return fail(
          fmt::format("a snapshot of version {}, and this program reads version {}: use a newer "
                      "istio-mtls-ls, or take it again",
                      number, kSnapshotVersion));
    SnapshotHeader& header = snapshot_.header;
    header.context = said(kContextAnnotation);
    header.taken = said(kTakenAnnotation);
    header.server_version = said(kServerAnnotation);
    header.default_namespace = said(kNamespaceAnnotation);
    const std::string not_read = said(kNotReadAnnotation);
    for (std::size_t begin = 0; begin < not_read.size();) {
      const std::size_t end = std::min(not_read.find('\n', begin), not_read.size());
      header.not_read.push_back(not_read.substr(begin, end - begin));
      begin = end + 1;
    }
    return std::nullopt;
  }

  bool add(JsonScanner& scanner) {
    scanner.next();
    const std::size_t begin = scanner.position();
    const auto slice = scanner.value();
    if (!slice) return false;
    const auto json = yaml::read_json(*slice, yaml::kWidestLimits);
    std::vector<Resource> resources = json ? decode_resources(json->root()) : std::vector<Resource>();
    // A kind that this version does not read says nothing.
    if (json && resources.empty()) return true;
    if (resources.size() != 1) {
      unreadable_ = true;
      return false;
    }
    SnapshotObject& object = snapshot_.objects.emplace_back();
    object.id = id_of(resources.front());
    if (object.id.kind == Kind::Pod) object.controller = controller_of(json->root(), object.id);
    if (has_age(object.id.kind)) ages_.created[object.id] = metadata_of(resources.front()).rare.created();
    object.document.begin = static_cast<std::uint32_t>(begin);
    object.document.size = static_cast<std::uint32_t>(slice->size());
    object.document.hash = hash_bytes(*slice);
    object.document.facts = make_ref(DocumentFacts{std::move(resources), {}, false});
    return true;
  }

  const std::string& name_;
  std::shared_ptr<const std::string> text_;
  std::string_view metadata_;
  Snapshot snapshot_;
  RunningAges ages_;
  bool unreadable_ = false;
};

}  // namespace

Result<std::shared_ptr<const Snapshot>> read_snapshot(const std::string& name, std::string text) {
  if (text.size() > UINT32_MAX) return Error{name + ": larger than 4 GiB"};
  return Reader(name, std::move(text)).run();
}

bool is_snapshot_text(std::string_view text) {
  // The annotations come first, in order.
  constexpr std::size_t kBeginning = 512;
  return text.substr(0, kBeginning).find("\"istio-mtls-ls/") != std::string_view::npos;
}

std::shared_ptr<const Snapshot> without(const Snapshot& snapshot, const ResourceId& id) {
  const auto is_it = [&id](const SnapshotObject& object) {
    return object.id == id || object.controller == id;
  };
  if (std::none_of(snapshot.objects.begin(), snapshot.objects.end(), is_it)) return nullptr;
  auto rest = std::make_shared<Snapshot>(snapshot);
  std::erase_if(rest->objects, is_it);
  rest->index = SnapshotIndex(rest->objects);
  return rest;
}

SnapshotIndex::SnapshotIndex(const std::vector<SnapshotObject>& objects) {
  entries_.reserve(objects.size());
  for (std::uint32_t i = 0; i < objects.size(); ++i) {
    entries_.emplace_back(ResourceIdHash()(objects[i].id), i);
    if (objects[i].controller) entries_.emplace_back(ResourceIdHash()(*objects[i].controller), i);
  }
  std::sort(entries_.begin(), entries_.end());
}

SnapshotIndex::Entries::const_iterator SnapshotIndex::lower_bound(std::size_t hash) const {
  return std::lower_bound(entries_.begin(), entries_.end(), hash,
                          [](const auto& entry, std::size_t wanted) { return entry.first < wanted; });
}

std::string cluster_path(std::string_view context, std::size_t part) {
  return fmt::format("{}{:0{}x}:{}", kPathPrefix, part, kPartDigits, context);
}

bool is_cluster_path(std::string_view path) { return path.starts_with(kPathPrefix); }

std::string_view cluster_name(std::string_view path) {
  return path.substr(kPathPrefix.size() + kPartDigits + 1);
}

}  // namespace workspace
