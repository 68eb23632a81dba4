#include "tests/reference/reference.h"

#include <algorithm>

#include "tests/reference/findings.h"

namespace reference {

using std::string;
using std::vector;

namespace {

const vector<string>& severities() {
  static const vector<string> kRising = {"hint", "information", "warning", "error"};
  return kRising;
}

}  // namespace

void Findings::add(const string& code, const string& severity, const Place& at,
                   const vector<Place>& related) {
  Entry& entry = found_[{code, at}];
  const auto found = std::find(severities().begin(), severities().end(), severity);
  entry.gravity = std::max(entry.gravity, static_cast<int>(found - severities().begin()));
  entry.related.insert(related.begin(), related.end());
}

vector<ExpectedFinding> Findings::take() const {
  vector<ExpectedFinding> result;
  for (const auto& [key, entry] : found_) {
    ExpectedFinding finding;
    finding.code = key.first;
    finding.severity = severities()[static_cast<std::size_t>(entry.gravity)];
    finding.at = key.second;
    const bool rule = finding.at.kind == "DestinationRule" || finding.at.kind == "BackendTLSPolicy";
    finding.role = rule ? "rule" : "policy";
    finding.related.assign(entry.related.begin(), entry.related.end());
    finding.place_is_vague = finding.at.path == "metadata.name" && finding.at.name.empty();
    result.push_back(std::move(finding));
  }
  std::sort(result.begin(), result.end());
  return result;
}

vector<ExpectedFinding> expected_findings(const MeshModel& model) {
  const Mesh mesh(model);
  Findings findings;
  find_conflicts(mesh, findings);
  find_missing_identities(mesh, findings);
  find_mistakes(mesh, findings);
  find_refused_callers(mesh, findings);
  return findings.take();
}

string to_string(const Place& place) {
  string text = place.kind + " " + place.ns + "/" + (place.name.empty() ? "(no name)" : place.name);
  text += " " + place.path + " (" + place.file + " #" + std::to_string(place.document);
  if (place.item >= 0) text += "[" + std::to_string(place.item) + "]";
  return text + ")";
}

string to_string(const ExpectedFinding& finding) {
  string text = finding.code + " " + finding.severity + " " + finding.role + " " + to_string(finding.at);
  for (const Place& place : finding.related) text += "\n    related: " + to_string(place);
  return text;
}

}  // namespace reference
