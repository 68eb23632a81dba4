#include "cli/baseline.h"

#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "cli/json_text.h"
#include "cli/paths.h"
#include "workspace/base/uri.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

constexpr int kVersion = 1;

std::string resource_of(const checks::Location& at) {
  return at.has_resource ? to_string(at.id) : std::string();
}

// Where a finding is of a cluster's resource; no file has such a path.
std::string cluster_key(std::string_view cluster) { return "cluster " + std::string(cluster); }

// Empty: there is none, or it is no text.
std::string text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Baseline::Key Baseline::key_of(const checks::Finding& finding) {
  const checks::Location& at = finding.at;
  const bool is_in_cluster = workspace::is_cluster_path(at.file);
  return {finding.code, is_in_cluster ? cluster_key(workspace::cluster_name(at.file)) : at.file,
          resource_of(at), at.path};
}

std::optional<workspace::Error> Baseline::add(std::string_view text, const std::string& folder) {
  workspace::Error none{"not a baseline that 'istio-mtls-ls baseline' wrote"};
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("version") || !json["version"].is_number_integer()) return none;
  if (json["version"] != kVersion)
    return workspace::Error{"a baseline of another version of istio-mtls-ls; write it anew"};
  const auto findings = json.find("findings");
  if (findings == json.end() || !findings->is_array()) return none;
  for (const nlohmann::json& finding : *findings) {
    if (!finding.is_object() || text_of(finding, "code").empty()) return none;
    const std::string cluster = text_of(finding, "cluster");
    const std::string file =
        cluster.empty() ? workspace::path_from(folder, text_of(finding, "file")) : cluster_key(cluster);
    ++left_[{text_of(finding, "code"), file, text_of(finding, "resource"), text_of(finding, "path")}];
  }
  return std::nullopt;
}

bool Baseline::takes(const checks::Finding& finding) {
  const auto known = left_.find(key_of(finding));
  if (known == left_.end() || known->second == 0) return false;
  --known->second;
  return true;
}

std::size_t Baseline::unseen(const std::function<bool(const std::string& file)>& was_read) const {
  return std::accumulate(left_.begin(), left_.end(), std::size_t{0}, [&](std::size_t sum, const auto& each) {
    return sum + (each.second != 0 && was_read(std::get<1>(each.first)) ? each.second : 0);
  });
}

std::string baseline_text(const Report& report, const std::string& folder) {
  std::string text = "{\"version\": " + std::to_string(kVersion) + ",\n \"findings\": [";
  const char* separator = "\n   ";
  for (const ReportedFinding& reported : report.findings) {
    const checks::Location& at = reported.finding.at;
    Json json = {{"code", reported.finding.code}};
    if (reported.in_cluster) {
      json["cluster"] = workspace::cluster_name(at.file);
    } else {
      json["file"] = relative_path(at.file, folder);
    }
    json["resource"] = resource_of(at);
    json["path"] = at.path;
    text += separator + compact(json);
    separator = ",\n   ";
  }
  return text + "]}\n";
}

}  // namespace cli
