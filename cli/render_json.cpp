#include "cli/render_json.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "checks/registry.h"
#include "cli/conflicts.h"
#include "cli/json_text.h"
#include "cli/paths.h"
#include "cli/statistics.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

std::string documentation_url(const std::string& code) {
  const checks::Check* check = checks::find_check(code);
  return check == nullptr ? std::string() : std::string(check->docs.url);
}

class JsonRenderer {
 public:
  explicit JsonRenderer(const ReportContext& context) : context_(context) {}

  Json finding(const ReportedFinding& reported, const std::string& conflict) {
    const checks::Finding& finding = reported.finding;
    const std::vector<std::string> only = {finding.mesh};
    const std::vector<std::string>& meshes = finding.where.empty() ? only : finding.where;
    Json json = {{"code", finding.code},       {"severity", checks::severity_name(finding.severity)},
                 {"message", finding.message}, {"mesh", meshes.front()},
                 {"meshes", meshes},           {"at", place(finding.at)},
                 {"related", Json::array()},   {"fixes", Json::array()}};
    if (const std::string url = documentation_url(finding.code); !url.empty()) json["url"] = url;
    if (!conflict.empty()) json["conflict"] = conflict;
    if (reported.is_new) json["new"] = true;
    for (const checks::Related& related : finding.related) {
      Json other = place(related.place);
      other["message"] = related.message;
      json["related"].push_back(std::move(other));
    }
    if (context_.fixes) {
      for (const checks::Fix& fix : context_.fixes(finding)) json["fixes"].push_back(fix_json(fix));
    }
    return json;
  }

 private:
  Json place(const checks::Location& place) {
    const bool named = place.has_resource;
    if (workspace::is_cluster_path(place.file)) {
      return {{"role", place.role == checks::Role::Rule ? "rule" : "policy"},
              {"kind", workspace::kind_name(place.id)},
              {"namespace", place.id.ns},
              {"name", place.id.name},
              {"cluster", workspace::cluster_name(place.file)},
              {"path", place.path}};
    }
    return {{"role", place.role == checks::Role::Rule ? "rule" : "policy"},
            {"kind", named ? workspace::kind_name(place.id) : std::string_view()},
            {"namespace", named ? place.id.ns : std::string()},
            {"name", named ? place.id.name : std::string()},
            {"file", relative_path(place.file, context_.current_folder)},
            {"range", json_of(context_.sources.positions(place.file, place.range))},
            {"path", place.path}};
  }

  Json fix_json(const checks::Fix& fix) {
    Json json = {{"title", fix.title},
                 {"preferred", fix.preferred},
                 {"weakens", fix.weakens},
                 {"edits", Json::array()}};
    for (const checks::FileEdit& edit : fix.edits) {
      json["edits"].push_back({{"file", relative_path(edit.file, context_.current_folder)},
                               {"range", json_of(context_.sources.positions(edit.file, edit.range))},
                               {"newText", edit.new_text}});
    }
    return json;
  }

  const ReportContext& context_;
};

Json cluster_json(const ClusterReport& cluster) {
  return {{"name", cluster.name},
          {"taken", cluster.taken},
          {"objects", cluster.objects},
          {"notRead", cluster.not_read},
          {"hidden", cluster.hidden}};
}

Json statistics_json(const Statistics& statistics) {
  Json codes = Json::object();
  for (const CodeCount& code : statistics.codes) codes[std::string(code.code)] = code.findings;
  Json meshes = Json::array();
  for (const MeshCount& mesh : statistics.meshes) {
    const checks::MeshContents& contents = mesh.contents;
    meshes.push_back({{"name", mesh.name},
                      {"policies", contents.policies},
                      {"rules", contents.rules},
                      {"services", contents.services},
                      {"workloads", contents.workloads},
                      {"withoutSidecar", contents.outside},
                      {"files", contents.files},
                      {"builds", contents.builds}});
  }
  return {{"codes", std::move(codes)}, {"meshes", std::move(meshes)}};
}

// The one that the files are laid over is `cluster`; several are `clusters`, each with its own counts.
void add_clusters(const std::vector<ClusterReport>& clusters, Json& summary) {
  if (clusters.empty()) return;
  if (clusters.size() == 1) {
    summary["cluster"] = cluster_json(clusters.front());
  } else {
    summary["clusters"] = Json::array();
  }
  for (const ClusterReport& cluster : clusters) {
    Json& counts = clusters.size() == 1 ? summary : summary["clusters"].emplace_back(cluster_json(cluster));
    if (!cluster.compared) continue;
    counts["broken"] = cluster.broken;
    counts["mended"] = cluster.mended;
  }
}

}  // namespace

void render_json(std::ostream& out, const Report& report, const ReportContext& context) {
  Json not_checked = Json::array();
  for (const std::string& chart : report.charts) {
    not_checked.push_back({{"kind", "helm-chart"}, {"path", chart}});
  }
  for (const std::string& link : report.links) {
    not_checked.push_back({{"kind", "link"}, {"path", link}});
  }
  Json summary = {{"files", report.totals.files},
                  {"documents", report.totals.documents},
                  {"errors", report.totals.errors},
                  {"warnings", report.totals.warnings},
                  {"information", report.totals.information},
                  {"templates", report.totals.templates},
                  {"builds", report.builds},
                  {"meshes", std::max<std::size_t>(report.meshes.size(), 1)},
                  {"unlisted", report.unlisted},
                  {"notChecked", std::move(not_checked)}};
  add_clusters(report.clusters, summary);
  if (!report.read_from.empty()) {
    summary["only"] = report.only;
    summary["readFrom"] = report.read_from;
    summary["elsewhere"] = report.elsewhere;
  }
  if (report.has_baseline) summary["baseline"] = {{"known", report.known}, {"outdated", report.outdated}};
  const Conflicts conflicts(report.findings);
  if (context.statistics != nullptr)
    summary["statistics"] = statistics_json(statistics_of(*context.statistics, report, conflicts));
  out << "{\"version\": 1,\n \"summary\": " << compact(summary) << ",\n \"findings\": [";
  JsonRenderer renderer(context);
  const char* separator = "\n   ";
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    out << separator << compact(renderer.finding(report.findings[i], conflicts.id(i)));
    separator = ",\n   ";
  }
  out << "]}\n";
}

}  // namespace cli
