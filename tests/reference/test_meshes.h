// Small meshes and their findings as lines, for the tests of the reference.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/mesh_model.h"
#include "tests/reference/reference.h"

template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static doctest::String convert(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += "\n    " + line;
    return text.c_str();
  }
};

namespace reference {

using std::string;
using std::vector;

inline PeerAuthentication peer(const string& ns, const string& name, const string& mode,
                               Labels selector = {}) {
  PeerAuthentication policy;
  policy.meta = {name, ns, {}};
  policy.mode = mode;
  if (!selector.empty()) policy.selector = std::move(selector);
  return policy;
}

// No `mode`: no trafficPolicy.
inline DestinationRule rule(const string& ns, const string& name, const string& host, const string& mode = "",
                            vector<string> export_to = {}) {
  DestinationRule result;
  result.meta = {name, ns, {}};
  result.host = host;
  result.export_to = std::move(export_to);
  if (!mode.empty()) result.policy = TrafficPolicy{Tls{mode, mode == "MUTUAL"}, {}, {}};
  return result;
}

inline Service service(const string& ns, const string& name, Labels selector = {},
                       vector<ServicePort> ports = {}) {
  Service result;
  result.meta = {name, ns, {}};
  result.selector = std::move(selector);
  result.ports = std::move(ports);
  return result;
}

inline Workload workload(const string& ns, const string& name, Labels labels) {
  Workload result;
  result.meta = {name, ns, {}};
  result.labels = std::move(labels);
  return result;
}

inline Namespace named_namespace(const string& name, Labels labels = {}) {
  return {{name, {}, {}}, std::move(labels)};
}

inline MeshModel mesh(vector<Resource> resources) {
  MeshModel model;
  model.files.push_back({"mesh.yaml", {}});
  for (Resource& resource : resources) model.files[0].documents.push_back({false, {std::move(resource)}});
  return model;
}

// "CODE severity kind ns/name path -> kind ns/name path, ..." with short kinds, sorted.
inline vector<string> found_with_hints(const MeshModel& model) {
  const auto place = [](const Place& at) {
    string kind = at.kind;
    if (kind == "PeerAuthentication") kind = "PA";
    if (kind == "DestinationRule") kind = "DR";
    if (kind == "AuthorizationPolicy") kind = "AP";
    if (kind == "BackendTLSPolicy") kind = "BTP";
    return kind + " " + at.ns + "/" + at.name + " " + at.path;
  };
  vector<string> result;
  for (const ExpectedFinding& finding : expected_findings(model)) {
    string text = finding.code + " " + finding.severity + " " + place(finding.at);
    for (std::size_t i = 0; i < finding.related.size(); ++i)
      text += (i == 0 ? " -> " : ", ") + place(finding.related[i]);
    result.push_back(text);
  }
  std::sort(result.begin(), result.end());
  return result;
}

// What `check` prints.
inline vector<string> found(const MeshModel& model) {
  vector<string> lines = found_with_hints(model);
  std::erase_if(lines, [](const string& line) { return line.find(" hint ") != string::npos; });
  return lines;
}

inline vector<string> found(vector<Resource> resources) { return found(mesh(std::move(resources))); }

// Just the codes, each once per finding.
inline vector<string> codes(const MeshModel& model) {
  vector<string> result;
  for (const ExpectedFinding& finding : expected_findings(model)) result.push_back(finding.code);
  return result;
}

using Lines = vector<string>;

// Those of one code, hints too.
inline vector<string> found(const string& code, const MeshModel& model) {
  vector<string> lines = found_with_hints(model);
  std::erase_if(lines, [&](const string& line) { return !line.starts_with(code + " "); });
  return lines;
}

inline vector<string> found(const string& code, vector<Resource> resources) {
  return found(code, mesh(std::move(resources)));
}

// A conflict of two mode values, as found() prints it.
inline Lines both(const string& code, const string& policy, const string& rule,
                  const string& severity = "error") {
  const string head = code + " " + severity + " ";
  Lines lines = {head + policy + " -> " + rule, head + rule + " -> " + policy};
  std::sort(lines.begin(), lines.end());
  return lines;
}

inline const string kMode = " spec.mtls.mode";
inline const string kTls = " spec.trafficPolicy.tls.mode";

}  // namespace reference
