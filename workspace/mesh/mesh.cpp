#include "workspace/mesh/mesh.h"

#include <algorithm>
#include <map>
#include <utility>

#include "workspace/resources/kinds.h"

namespace workspace {

namespace {

bool by_definition(const Definition& a, const Definition& b) {
  if (a.document->file != b.document->file) return a.document->file->path < b.document->file->path;
  if (a.document->ordinal != b.document->ordinal) return a.document->ordinal < b.document->ordinal;
  return a.index < b.index;
}

// The rule without what a flip of a mode changes; the rest is the graph's structure.
DestinationRule without_modes(DestinationRule rule) {
  const auto blank = [](std::optional<ClientTls>& tls) {
    if (!tls) return;
    // Whether a mode exists decides which clause has the say.
    const TlsMode kept = tls->mode == TlsMode::Invalid ? TlsMode::Invalid : TlsMode::Disable;
    tls = ClientTls{};
    tls->mode = kept;
  };
  const auto blank_policy = [&blank](OptionalPtr<TrafficPolicy>& policy) {
    if (!policy) return;
    blank(policy->tls);
    policy->content = 0;
    for (PortTls& port : policy->ports) blank(port.tls);
  };
  blank_policy(rule.policy);
  for (Subset& subset : rule.subsets) blank_policy(subset.policy);
  return rule;
}

PeerAuthentication without_modes(PeerAuthentication policy) {
  policy.mode = {};
  for (PortMode& port : policy.port_level) port.mode = {};
  return policy;
}

bool differ_in_modes_only(const Resource& a, const Resource& b) {
  if (const auto* rule = std::get_if<DestinationRule>(&a)) {
    return without_modes(*rule) == without_modes(std::get<DestinationRule>(b));
  }
  if (const auto* policy = std::get_if<PeerAuthentication>(&a)) {
    return without_modes(*policy) == without_modes(std::get<PeerAuthentication>(b));
  }
  return false;
}

std::unique_ptr<ResourceNode> make_node(ResourceId id) {
  switch (role_of(id.kind)) {
    case KindRole::Policy:
      return std::make_unique<PolicyNode>(std::move(id));
    case KindRole::Rule:
      return std::make_unique<RuleNode>(std::move(id));
    case KindRole::Backend:
      return std::make_unique<BackendNode>(std::move(id));
    case KindRole::Authorization:
      return std::make_unique<AuthorizationNode>(std::move(id));
    case KindRole::Service:
      return std::make_unique<ServiceNode>(std::move(id));
    case KindRole::Workload:
      return std::make_unique<WorkloadNode>(std::move(id));
    case KindRole::Namespace:
    case KindRole::Other:
      break;
  }
  return std::make_unique<ResourceNode>(std::move(id));
}

std::vector<std::uint32_t> with_resources(const CompactList<DocumentState>& documents) {
  std::vector<std::uint32_t> ordinals;
  for (std::uint32_t i = 0; i < documents.size(); ++i) {
    if (!documents[i].facts->resources.empty()) ordinals.push_back(i);
  }
  return ordinals;
}

std::unique_ptr<DocumentEntry> make_entry(FileEntry& file, std::uint32_t ordinal,
                                          RefPtr<DocumentFacts> facts) {
  auto entry = std::make_unique<DocumentEntry>();
  entry->file = &file;
  entry->ordinal = ordinal;
  entry->resources = ShortList<ResourceNode*>(facts->resources.size());
  entry->facts = std::move(facts);
  return entry;
}

// Whether two states of a file are builds of the same files, as the next one of a build mostly is.
bool have_sources_alike(const FileFacts* a, const FileFacts* b) {
  return a != nullptr && b != nullptr && a->origin && b->origin &&
         a->origin->shared_files() == b->origin->shared_files();
}

const MeshConfig* mesh_config(const ResourceNode* node) { return std::get_if<MeshConfig>(&node->resource()); }

// Source: section 2: setting, then the ConfigMap `istio` of the root namespace, then the first in the files.
template <class T, class Member>
T pick(const std::optional<T>& setting, const std::vector<const MeshConfig*>& configs,
       Member MeshConfig::*member, T fallback) {
  if (setting) return *setting;
  for (const MeshConfig* config : configs) {
    if (config->*member) return *(config->*member);
  }
  return fallback;
}

}  // namespace

Mesh::Mesh(Settings settings, std::shared_ptr<const RunningAges> ages)
    : settings_(std::move(settings)), ages_(std::move(ages)) {
  graph_ = std::make_unique<PolicyGraph>(effective_settings());
}

Mesh::~Mesh() = default;

std::optional<std::string> Mesh::usual_networking_version() const {
  const auto most = std::max_element(networking_versions_.begin(), networking_versions_.end());
  if (*most == 0) return std::nullopt;
  return std::string(api_version_name(static_cast<NetworkingVersion>(most - networking_versions_.begin())));
}

ResourceId Mesh::id_of(const Resource& resource) const {
  const Metadata& metadata = metadata_of(resource);
  ResourceId id{metadata.kind, {}, metadata.name.value};
  if (const OtherKind* other = metadata.rare.other_kind()) id.other_kind = *other;
  if (!is_cluster_scoped(metadata.kind)) {
    id.ns =
        metadata.ns.empty() ? CompactString(settings_.default_namespace.value_or("default")) : metadata.ns;
  }
  return id;
}

void Mesh::count_version(const Resource& resource, int by) {
  const NetworkingVersion version = metadata_of(resource).networking_version;
  if (version != NetworkingVersion::None) networking_versions_[static_cast<std::size_t>(version)] += by;
}

// ---------------------------------------------------------------- files

void Mesh::put(const CompactString& path, std::shared_ptr<const FileFacts> facts) {
  FileEntry* file = files_.find(path);
  if (file == nullptr) {
    if (facts == nullptr) return;
    file = &files_.insert(std::make_unique<FileEntry>(FileEntry{path, nullptr, {}}));
  }
  static const CompactList<DocumentState> kNothing;
  replace_documents(*file, facts == nullptr ? kNothing : facts->documents);
  const bool has_other_sources = !have_sources_alike(file->facts.get(), facts.get());
  if (has_other_sources && file->facts != nullptr && file->facts->origin) forget_sources(*file);
  file->facts = std::move(facts);
  if (has_other_sources && file->facts != nullptr && file->facts->origin) note_sources(*file);
  // Retired documents still name the file until the commit.
  if (file->facts == nullptr) retired_files_.push_back(files_.extract(path));
}

void Mesh::note_sources(const FileEntry& file) {
  for (const std::string& source : file.facts->origin->files()) {
    auto& builds = builds_[source];
    builds.insert(std::lower_bound(
                      builds.begin(), builds.end(), file.path,
                      [](const FileEntry* build, const CompactString& path) { return build->path < path; }),
                  &file);
  }
}

void Mesh::forget_sources(const FileEntry& file) {
  for (const std::string& source : file.facts->origin->files()) {
    const auto at = builds_.find(source);
    std::erase(at->second, &file);
    if (at->second.empty()) builds_.erase(at);
  }
}

std::span<const FileEntry* const> Mesh::builds_from(std::string_view file) const {
  const auto at = builds_.find(file);
  if (at == builds_.end()) return {};
  return at->second;
}

bool Mesh::holds(std::string_view file) const {
  return this->file(file) != nullptr || builds_.contains(file);
}

void Mesh::add_documents(FileEntry& file, const CompactList<DocumentState>& documents) {
  file.documents.reserve(documents.size());
  for (std::uint32_t i = 0; i < documents.size(); ++i) {
    if (!documents[i].facts->resources.empty())
      file.documents.push_back(make_entry(file, i, documents[i].facts));
  }
  for (const auto& document : file.documents) define_all(*document);
}

void Mesh::replace_documents(FileEntry& file, const CompactList<DocumentState>& fresh) {
  if (file.documents.empty()) return add_documents(file, fresh);
  const std::vector<std::uint32_t> ordinals = with_resources(fresh);
  auto old = std::move(file.documents);
  std::size_t head = 0;
  const std::size_t most = std::min(old.size(), ordinals.size());
  while (head < most && old[head]->facts == fresh[ordinals[head]].facts) ++head;
  std::size_t tail = 0;
  while (tail < most - head &&
         old[old.size() - 1 - tail]->facts == fresh[ordinals[ordinals.size() - 1 - tail]].facts) {
    ++tail;
  }
  file.documents.reserve(ordinals.size());
  for (std::size_t i = 0; i < ordinals.size(); ++i) {
    if (i < head) {
      file.documents.push_back(std::move(old[i]));
    } else if (i >= ordinals.size() - tail) {
      file.documents.push_back(std::move(old[old.size() - (ordinals.size() - i)]));
    } else {
      file.documents.push_back(make_entry(file, ordinals[i], fresh[ordinals[i]].facts));
    }
    file.documents[i]->ordinal = ordinals[i];
  }
  replace_entries(old, head, old.size() - tail, file.documents, head, ordinals.size() - tail);
}

void Mesh::define_all(DocumentEntry& document) {
  const auto count = static_cast<std::uint32_t>(document.facts->resources.size());
  for (std::uint32_t i = 0; i < count; ++i) define({&document, i});
}

void Mesh::replace_document(std::string_view path, std::uint32_t ordinal, RefPtr<DocumentFacts> facts) {
  FileEntry& file = *files_.find(path);
  const auto at =
      std::lower_bound(file.documents.begin(), file.documents.end(), ordinal,
                       [](const auto& entry, std::uint32_t wanted) { return entry->ordinal < wanted; });
  const auto index = static_cast<std::size_t>(at - file.documents.begin());
  Documents old;
  old.push_back(std::exchange(file.documents[index], make_entry(file, ordinal, std::move(facts))));
  replace_entries(old, 0, 1, file.documents, index, index + 1);
}

// Documents [old_begin, old_end) of `old` give way to [begin, end) of `fresh`: what keeps its identity is
// redefined in place, so that the graph is given changes only. Of resources without a name the first ones
// keep theirs: so undoing a change takes away what came with it, and nothing else.
void Mesh::replace_entries(Documents& old, std::size_t old_begin, std::size_t old_end, const Documents& fresh,
                           std::size_t begin, std::size_t end) {
  std::multimap<ResourceId, Definition> leaving;  // of equal ids in the order of the text
  for (std::size_t i = old_begin; i < old_end; ++i) {
    for (std::uint32_t k = 0; k < old[i]->resources.size(); ++k) {
      leaving.emplace(old[i]->resources[k]->id, Definition{old[i].get(), k});
    }
  }
  std::vector<Definition> coming;
  std::vector<std::pair<Definition, Definition>> staying;
  for (std::size_t i = begin; i < end; ++i) {
    DocumentEntry& document = *fresh[i];
    const auto count = static_cast<std::uint32_t>(document.facts->resources.size());
    for (std::uint32_t k = 0; k < count; ++k) {
      const auto [at, last] = leaving.equal_range(id_of(document.facts->resources[k]));
      if (at == last) {
        coming.push_back({&document, k});
      } else {
        staying.emplace_back(at->second, Definition{&document, k});
        leaving.erase(at);
      }
    }
  }
  const bool keep_order = std::is_sorted(staying.begin(), staying.end(), [](const auto& a, const auto& b) {
    return by_definition(a.first, b.first);
  });
  // In this order, so that no list of definitions is searched while it names documents that have left.
  for (const auto& [id, definition] : leaving) undefine(definition);
  for (const auto& [from, to] : staying) {
    ResourceNode& node = *from.document->resources[from.index];
    redefine(node, from, to);
    if (keep_order) continue;
    graph_->mark(&node);
    moved_.push_back(&node);
  }
  for (const Definition& definition : coming) define(definition);
  for (std::size_t i = old_begin; i < old_end; ++i) retired_.push_back(std::move(old[i]));
}

// ---------------------------------------------------------------- definitions

void Mesh::define(const Definition& definition) {
  const Resource& resource = definition.resource();
  count_version(resource, +1);
  ResourceId id = id_of(resource);
  const bool anonymous = id.name.empty();
  std::unique_ptr<ResourceNode> made;
  ResourceNode* node = anonymous ? nullptr : nodes_.find(id);
  if (node == nullptr) {
    made = make_node(std::move(id));
    node = made.get();
  }
  definition.document->resources[definition.index] = node;
  if (made == nullptr) return insert_definition(*node, definition);
  node->definitions.push_back(definition);
  if (anonymous) {
    anonymous_.emplace(node, std::move(made));
  } else {
    nodes_.insert(std::move(made));
  }
  install(*node);
}

// One more definition of a known resource; it counts if it comes first.
void Mesh::insert_definition(ResourceNode& node, const Definition& definition) {
  const auto at =
      std::lower_bound(node.definitions.begin(), node.definitions.end(), definition, by_definition);
  if (at != node.definitions.begin()) {
    node.definitions.insert(at, definition);
    return graph_->mark(&node);
  }
  withdraw(node);
  node.definitions.insert(node.definitions.begin(), definition);
  install(node);
  moved_.push_back(&node);
}

void Mesh::withdraw(ResourceNode& node) {
  graph_->remove(&node);
  std::erase(mesh_configs_, &node);
}

void Mesh::install(ResourceNode& node) {
  date(node);
  if (mesh_config(&node) != nullptr) mesh_configs_.push_back(&node);
  graph_->add(&node);
}

void Mesh::date(ResourceNode& node) const {
  node.created = ages_ == nullptr ? node.metadata().rare.created() : ages_->of(node.id);
}

void Mesh::undefine(const Definition& definition) {
  count_version(definition.resource(), -1);
  ResourceNode& node = *definition.document->resources[definition.index];
  const bool counts = node.definitions.front() == definition;
  if (counts) withdraw(node);
  node.definitions.erase(std::find(node.definitions.begin(), node.definitions.end(), definition));
  if (!node.definitions.empty()) {
    if (counts) {
      install(node);
      moved_.push_back(&node);
    }
    return graph_->mark(&node);
  }
  if (const auto anonymous = anonymous_.find(&node); anonymous != anonymous_.end()) {
    removed_.push_back(std::move(anonymous->second));
    anonymous_.erase(anonymous);
  } else {
    removed_.push_back(nodes_.extract(node));
  }
}

void Mesh::redefine(ResourceNode& node, const Definition& from, const Definition& to) {
  count_version(from.resource(), -1);
  count_version(to.resource(), +1);
  to.document->resources[to.index] = &node;
  const auto at = std::find(node.definitions.begin(), node.definitions.end(), from);
  const bool in_place = node.definitions.size() == 1;
  if (in_place && from.resource() == to.resource()) {
    *at = to;
    return;
  }
  if (in_place && differ_in_modes_only(from.resource(), to.resource())) {
    *at = to;
    return graph_->modes_changed(&node);
  }
  withdraw(node);
  *at = to;
  std::sort(node.definitions.begin(), node.definitions.end(), by_definition);
  install(node);
  if (!in_place) moved_.push_back(&node);
}

// ---------------------------------------------------------------- settings

EffectiveSettings Mesh::effective_settings() const {
  const std::string root = settings_.root_namespace.value_or("istio-system");
  std::vector<ResourceNode*> nodes = mesh_configs_;
  const auto rank = [&root](const ResourceNode* node) {
    return node->id.kind == Kind::ConfigMap && node->id.name == "istio" && node->id.ns == root ? 0 : 1;
  };
  std::sort(nodes.begin(), nodes.end(), [&rank](const ResourceNode* a, const ResourceNode* b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return by_definition(a->definitions.front(), b->definitions.front());
  });
  std::vector<const MeshConfig*> configs;
  configs.reserve(nodes.size());
  for (const ResourceNode* node : nodes) configs.push_back(mesh_config(node));
  EffectiveSettings effective;
  effective.root_namespace =
      pick(settings_.root_namespace, configs, &MeshConfig::root_namespace, std::string("istio-system"));
  effective.enable_auto_mtls = pick(settings_.enable_auto_mtls, configs, &MeshConfig::enable_auto_mtls, true);
  effective.cluster_domain =
      pick(settings_.cluster_domain, configs, &MeshConfig::cluster_domain, std::string("cluster.local"));
  for (const ResourceNode* node : nodes) {
    const MeshConfig& config = *mesh_config(node);
    if (node->id.kind != Kind::IstioOperator || !config.rewrite_probes) continue;
    effective.rewrite_probes = *config.rewrite_probes;
    break;
  }
  const auto has_own = [](const auto& exports) {
    return std::find(exports.begin(), exports.end(), ".") != exports.end();
  };
  effective.private_rules =
      settings_.default_rule_export_to
          ? has_own(*settings_.default_rule_export_to)
          : has_own(pick(std::optional<CompactList<CompactString>>(), configs,
                         &MeshConfig::default_rule_export_to, CompactList<CompactString>()));
  return effective;
}

// Other settings change what every resource means.
void Mesh::rebuild(EffectiveSettings settings) {
  graph_ = std::make_unique<PolicyGraph>(std::move(settings));
  const auto reset_and_add = [this](ResourceNode& node) {
    node.recheck = Recheck::None;
    switch (node.role) {
      case KindRole::Policy:
        node_cast<PolicyNode>(&node)->decides.clear();
        break;
      case KindRole::Workload:
        node_cast<WorkloadNode>(&node)->gateway_state = 0;
        break;
      case KindRole::Backend:
        node_cast<BackendNode>(&node)->rules.clear();
        break;
      case KindRole::Authorization: {
        auto* authorization = node_cast<AuthorizationNode>(&node);
        authorization->edges.clear();
        authorization->scopes.clear();
        authorization->called = authorization->identified = 0;
        break;
      }
      case KindRole::Rule: {
        auto* rule = node_cast<RuleNode>(&node);
        rule->sources.clear();
        rule->wider = {};
        rule->narrower = {};
        rule->siblings = nullptr;
        break;
      }
      case KindRole::Service:
      case KindRole::Namespace:
      case KindRole::Other:
        break;
    }
    graph_->add(&node);
  };
  nodes_.for_each(reset_and_add);
  for (const auto& [key, node] : anonymous_) reset_and_add(*node);
}

MeshDelta Mesh::commit() {
  EffectiveSettings settings = effective_settings();
  const bool rebuilt = settings != graph_->settings();
  if (rebuilt) rebuild(std::move(settings));
  return flush(rebuilt);
}

MeshDelta Mesh::commit_within_settings() { return flush(false); }

MeshDelta Mesh::flush(bool rebuilt) {
  MeshDelta delta;
  delta.rebuilt = rebuilt;
  PolicyGraph::Changes changes = graph_->flush();
  delta.changed = std::move(changes.changed);
  delta.eased = std::move(changes.eased);
  std::copy_if(moved_.begin(), moved_.end(), std::back_inserter(delta.moved),
               [](const ResourceNode* node) { return !node->definitions.empty(); });
  moved_.clear();
  delta.removed = std::move(removed_);
  removed_.clear();
  retired_.clear();
  retired_files_.clear();
  return delta;
}

}  // namespace workspace
