#include "tests/properties/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "checks/registry.h"
#include "workspace/resources/resource.h"

namespace properties {

namespace {

using reference::ExpectedFinding;

// Codes that are not compared: they are about single documents' texts, which the reference has not.
constexpr std::array<std::string_view, 3> kNotCompared = {"MTLS0010", "MTLS0011", "MTLS0900"};

bool is_compared(const ExpectedFinding& finding) {
  return std::find(kNotCompared.begin(), kNotCompared.end(), finding.code) == kNotCompared.end();
}

int document_at(checks::Analysis& analysis, const std::string& file, std::uint32_t offset) {
  int index = -1;
  for (const workspace::DocumentState& document : analysis.facts(file)->documents) {
    if (document.begin > offset) break;
    ++index;
  }
  return index;
}

reference::Place location_of(checks::Analysis& analysis, const checks::Location& place) {
  return {std::string(workspace::kind_name(place.id)),
          place.id.ns.str(),
          place.id.name.str(),
          place.path,
          place.file.substr(std::string(kRoot).size() + 1),
          document_at(analysis, place.file, place.range.begin),
          -1};
}

}  // namespace

workspace::Settings product_settings(const reference::Settings& settings) {
  workspace::Settings made;
  made.root_namespace = settings.root_namespace;
  made.enable_auto_mtls = settings.enable_auto_mtls;
  made.cluster_domain = settings.cluster_domain;
  made.default_rule_export_to = settings.rule_export_to;
  made.default_namespace = settings.default_namespace;
  made.separate_tis0207 = settings.separate_tis0207;
  return made;
}

checks::MeshDefinition product_mesh(const reference::Settings& settings) {
  return {"default", kRoot, {}, {}, product_settings(settings)};
}

std::string product_path(const std::string& file) { return std::string(kRoot) + "/" + file; }

std::shared_ptr<const workspace::Snapshot> cluster_of(const std::vector<reference::EmittedFile>& files) {
  std::string text;
  for (const reference::EmittedFile& file : files) text += "---\n" + file.text + "\n";
  auto cluster = std::make_shared<workspace::Snapshot>();
  cluster->header.context = "prod";
  auto ages = std::make_shared<workspace::RunningAges>();
  std::set<workspace::ResourceId> known;
  const auto facts = workspace::read_facts(text);
  for (const workspace::DocumentState& document : facts->documents) {
    if (document.facts->resources.size() != 1) continue;
    const workspace::Metadata& metadata = metadata_of(document.facts->resources.front());
    workspace::ResourceId id{metadata.kind, metadata.ns, metadata.name.value};
    if (const workspace::OtherKind* other = metadata.rare.other_kind()) id.other_kind = *other;
    const bool has_place = is_cluster_scoped(metadata.kind) ? metadata.ns.empty() : !metadata.ns.empty();
    if (!has_place || !known.insert(id).second) continue;
    ages->created[id] = metadata.rare.created();
    cluster->objects.push_back({std::move(id), std::nullopt, document});
  }
  cluster->text = std::make_shared<const std::string>(std::move(text));
  cluster->index = workspace::SnapshotIndex(cluster->objects);
  cluster->ages = std::move(ages);
  return cluster;
}

Product::Product(const reference::Settings& settings, std::shared_ptr<const workspace::Snapshot> cluster)
    : analysis_(checks::check_registry(), [&] {
        std::vector<checks::MeshDefinition> meshes{product_mesh(settings)};
        if (cluster != nullptr) checks::lay_over(meshes.front(), std::move(cluster));
        return meshes;
      }()) {}

void Product::put(const std::vector<reference::EmittedFile>& files) {
  std::vector<checks::FileUpdate> updates;
  for (const reference::EmittedFile& file : files) {
    const std::string path = product_path(file.path);
    texts_[path] = file.text;
    facts_[path] = workspace::read_facts(file.text);
    updates.push_back({path, facts_[path]});
  }
  apply(std::move(updates));
}

void Product::finish_steps() {
  std::vector<std::string> touched;
  while (analysis_.step(touched)) {
  }
  touched_.insert(touched.begin(), touched.end());
  if (!analysis_.is_outdated()) return;
  for (std::string& path : analysis_.apply({})) touched_.insert(std::move(path));
}

void Product::apply(std::vector<checks::FileUpdate> updates) {
  if (in_steps_) {
    for (const checks::FileUpdate& update : updates) touched_.insert(update.path);
    return analysis_.begin_apply(std::move(updates));
  }
  for (std::string& path : analysis_.apply(std::move(updates))) touched_.insert(std::move(path));
}

void Product::write(const std::string& path, const std::string& text) {
  auto& facts = facts_[path];
  facts = workspace::read_facts(text, facts.get(), texts_[path]);
  texts_[path] = text;
  apply({{path, facts}});
}

void Product::erase(const std::string& path) {
  facts_.erase(path);
  texts_.erase(path);
  apply({{path, nullptr}});
}

checks::TextSource Product::source() const {
  return [this](const std::string& path) -> std::shared_ptr<const std::string> {
    const auto at = texts_.find(path);
    return at == texts_.end() ? nullptr : std::make_shared<const std::string>(at->second);
  };
}

std::vector<ExpectedFinding> told(checks::Analysis& analysis) {
  std::vector<ExpectedFinding> findings;
  for (const checks::Finding& finding : analysis.all_findings()) {
    if (!finding.at.has_resource) continue;
    ExpectedFinding made;
    made.code = finding.code;
    made.severity = checks::severity_name(finding.severity);
    made.role = finding.at.role == checks::Role::Rule ? "rule" : "policy";
    made.at = location_of(analysis, finding.at);
    for (const checks::Related& related : finding.related) {
      made.related.push_back(location_of(analysis, related.place));
    }
    findings.push_back(std::move(made));
  }
  return comparable(std::move(findings));
}

std::vector<ExpectedFinding> comparable(std::vector<ExpectedFinding> findings) {
  std::erase_if(findings, [](const ExpectedFinding& finding) { return !is_compared(finding); });
  for (ExpectedFinding& finding : findings) {
    finding.place_is_vague = false;
    finding.at.item = -1;
    for (reference::Place& related : finding.related) related.item = -1;
    std::sort(finding.related.begin(), finding.related.end());
  }
  std::sort(findings.begin(), findings.end());
  return findings;
}

std::string dump(const std::vector<checks::Finding>& findings) {
  std::string text;
  for (const checks::Finding& f : findings) {
    text += fmt::format("{}:{}-{} {} {} {} [{}] {}\n", f.at.file, f.at.range.begin, f.at.range.end, f.code,
                        checks::severity_name(f.severity), f.at.path, f.mesh, f.message);
    for (const checks::Related& r : f.related) {
      text += fmt::format("    {}:{}-{} {} {}\n", r.place.file, r.place.range.begin, r.place.range.end,
                          r.place.path, r.message);
    }
  }
  return text;
}

}  // namespace properties
