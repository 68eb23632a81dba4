// Regions count from 1, columns in code points, the end is exclusive: as in our own JSON. URIs are relative
// to the current folder, which is the repository's root where code scanning runs.
#include "cli/render_sarif.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <string_view>

#include "checks/engine/cluster_place.h"
#include "checks/registry.h"
#include "cli/json_text.h"
#include "cli/paths.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

std::string_view level_of(checks::Severity severity) {
  switch (severity) {
    case checks::Severity::Error:
      return "error";
    case checks::Severity::Warning:
      return "warning";
    case checks::Severity::Information:
    case checks::Severity::Hint:
      break;
  }
  return "note";
}

Json text_of(std::string_view text) { return {{"text", text}}; }

Json region_of(const PositionRange& range) {
  return {{"startLine", range.start.line},
          {"startColumn", range.start.column},
          {"endLine", range.end.line},
          {"endColumn", range.end.column}};
}

Json rule_of(const checks::Check& check) {
  Json rule = {{"id", check.code},
               {"name", check.name},
               {"shortDescription", text_of(check.title)},
               {"fullDescription", text_of(check.docs.reports)},
               {"defaultConfiguration", {{"level", level_of(check.severity)}}}};
  const std::string manual = checks::explain(check);
  rule["help"] = {{"text", manual}, {"markdown", manual}};
  if (!check.docs.url.empty()) rule["helpUri"] = check.docs.url;
  return rule;
}

class SarifRenderer {
 public:
  explicit SarifRenderer(const ReportContext& context) : context_(context) {
    std::size_t index = 0;
    for (const checks::Check* check : checks::all_checks()) rule_indices_.emplace(check->code, index++);
  }

  Json result(const ReportedFinding& reported) {
    const checks::Finding& finding = reported.finding;
    Json json = {{"ruleId", finding.code}};
    const auto rule = rule_indices_.find(finding.code);
    if (rule != rule_indices_.end()) json["ruleIndex"] = rule->second;
    json["level"] = level_of(finding.severity);
    json["message"] = text_of(finding.message);
    json["locations"] = Json::array({location(finding.at)});
    add_related(json, finding);
    add_fixes(json, finding);
    if (reported.is_new) json["baselineState"] = "new";
    json["properties"] = {{"mesh", finding.mesh}};
    return json;
  }

 private:
  [[nodiscard]] Json artifact(const std::string& file) const {
    return {{"uri", relative_uri(relative_path(file, context_.current_folder))}};
  }

  Json location(const checks::Location& place) {
    Json json = Json::object();
    const bool in_cluster = workspace::is_cluster_path(place.file);
    if (!in_cluster) {
      json["physicalLocation"] = {{"artifactLocation", artifact(place.file)},
                                  {"region", region_of(context_.sources.positions(place.file, place.range))}};
    }
    if (place.has_resource) {
      const std::string title = in_cluster ? checks::cluster_place(place) : workspace::to_string(place.id);
      json["logicalLocations"] = Json::array(
          {{{"name", place.path}, {"fullyQualifiedName", title + " " + place.path}, {"kind", "member"}}});
    }
    return json;
  }

  void add_related(Json& json, const checks::Finding& finding) {
    if (finding.related.empty()) return;
    Json& list = json["relatedLocations"] = Json::array();
    for (const checks::Related& related : finding.related) {
      Json other = location(related.place);
      other["id"] = list.size() + 1;
      other["message"] = text_of(related.message);
      list.push_back(std::move(other));
    }
  }

  void add_fixes(Json& json, const checks::Finding& finding) {
    if (!context_.fixes) return;
    Json list = Json::array();
    for (const checks::Fix& fix : context_.fixes(finding)) list.push_back(fix_json(fix));
    if (!list.empty()) json["fixes"] = std::move(list);
  }

  Json fix_json(const checks::Fix& fix) {
    Json changes = Json::array();
    for (std::size_t i = 0; i < fix.edits.size(); ++i) {
      if (i == 0 || fix.edits[i].file != fix.edits[i - 1].file) {  // sorted by file
        changes.push_back(
            {{"artifactLocation", artifact(fix.edits[i].file)}, {"replacements", Json::array()}});
      }
      changes.back()["replacements"].push_back(
          {{"deletedRegion", region_of(context_.sources.positions(fix.edits[i].file, fix.edits[i].range))},
           {"insertedContent", text_of(fix.edits[i].new_text)}});
    }
    return {{"description", text_of(fix.title)}, {"artifactChanges", std::move(changes)}};
  }

  const ReportContext& context_;
  std::map<std::string_view, std::size_t> rule_indices_;
};

Json tool() {
  Json rules = Json::array();
  for (const checks::Check* check : checks::all_checks()) rules.push_back(rule_of(*check));
  return {{"driver",
           {{"name", "istio-mtls-ls"},
            {"version", ISTIO_MTLS_VERSION},
            {"semanticVersion", ISTIO_MTLS_VERSION},
            {"rules", std::move(rules)}}}};
}

}  // namespace

void render_sarif(std::ostream& out, const Report& report, const ReportContext& context, bool complete) {
  out << "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n \"version\": \"2.1.0\",\n"
      << " \"runs\": [{\n  \"tool\": " << compact(tool()) << ",\n  \"columnKind\": \"unicodeCodePoints\",\n"
      << "  \"invocations\": [{\"executionSuccessful\": " << (complete ? "true" : "false") << "}],\n"
      << "  \"results\": [";
  SarifRenderer renderer(context);
  const char* separator = "\n   ";
  for (const ReportedFinding& reported : report.findings) {
    out << separator << compact(renderer.result(reported));
    separator = ",\n   ";
  }
  out << "]}]}\n";
}

}  // namespace cli
