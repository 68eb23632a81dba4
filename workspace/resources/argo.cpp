#include "workspace/resources/argo.h"

#include <string>

#include "workspace/resources/decode.h"

namespace workspace {

namespace {

ApplicationSource decode_source(const yaml::Value& source) {
  ApplicationSource decoded;
  decoded.repository = source["repoURL"].text();
  decoded.path = source["path"].text();
  decoded.chart = source["chart"].text();
  const yaml::Value directory = source["directory"];
  decoded.include = directory["include"].text();
  decoded.exclude = directory["exclude"].text();
  decoded.recurse = is_true(directory["recurse"]);
  decoded.kustomize_namespace = source["kustomize"]["namespace"].text();
  decoded.plugin = source["plugin"].exists();
  const yaml::Value helm = source["helm"];
  decoded.helm_release = helm["releaseName"].text();
  for (const yaml::Value& file : helm["valueFiles"].items()) decoded.helm_values.push_back(file.text());
  for (const yaml::Value& parameter : helm["parameters"].items()) {
    decoded.helm_parameters.push_back(std::string(parameter["name"].text()) + "=" +
                                      std::string(parameter["value"].text()));
  }
  decoded.helm_inline =
      helm["values"].exists() || helm["valuesObject"].exists() || helm["fileParameters"].exists();
  return decoded;
}

// Of an Application or of the template of a set: what its `spec` says.
template <class Decoded>
void decode_spec(const yaml::Value& spec, Decoded& into) {
  for (const yaml::Value& source : spec["sources"].items()) into.sources.push_back(decode_source(source));
  if (into.sources.empty() && spec["source"].exists()) into.sources.push_back(decode_source(spec["source"]));
  const yaml::Value destination = spec["destination"];
  const yaml::Value name = destination["name"];
  into.destination = name.text().empty() ? destination["server"].text() : name.text();
  into.destination_namespace = destination["namespace"].text();
}

constexpr int kMaxParameterDepth = 8;

void add_parameters(const yaml::Value& mapping, const std::string& prefix, int depth, Parameters& into) {
  if (depth == 0) return;
  for (const auto& [key, value] : mapping.entries()) {
    const std::string name = prefix + std::string(key);
    if (value.is_scalar()) {
      into.emplace_back(name, value.text());
    } else {
      add_parameters(value, name + ".", depth - 1, into);
    }
  }
}

ApplicationGenerator decode_generator(const yaml::Value& generator) {
  ApplicationGenerator decoded;
  const yaml::Value list = generator["list"];
  const yaml::Value git = generator["git"];
  if (list["elements"].is_sequence()) {
    decoded.kind = GeneratorKind::List;
    for (const yaml::Value& element : list["elements"].items()) {
      Parameters parameters;
      add_parameters(element, "", kMaxParameterDepth, parameters);
      decoded.elements.push_back(std::move(parameters));
    }
  } else if (git["directories"].is_sequence()) {
    decoded.kind = GeneratorKind::GitDirectories;
    decoded.repository = git["repoURL"].text();
    for (const yaml::Value& folder : git["directories"].items())
      decoded.folders.push_back({folder["path"].text(), is_true(folder["exclude"])});
  }
  return decoded;
}

}  // namespace

Application decode_application(const yaml::Value& resource) {
  Application application;
  application.metadata = decode_metadata(resource, Kind::Application);
  decode_spec(resource["spec"], application);
  return application;
}

ApplicationSet decode_application_set(const yaml::Value& resource) {
  ApplicationSet set;
  set.metadata = decode_metadata(resource, Kind::ApplicationSet);
  const yaml::Value spec = resource["spec"];
  for (const yaml::Value& generator : spec["generators"].items())
    set.generators.push_back(decode_generator(generator));
  decode_spec(spec["template"]["spec"], set);
  return set;
}

}  // namespace workspace
