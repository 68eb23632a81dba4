#include "workspace/resources/flux.h"

namespace workspace {

FluxKustomization decode_flux_kustomization(const yaml::Value& resource) {
  FluxKustomization kustomization;
  kustomization.metadata = decode_metadata(resource, Kind::FluxKustomization);
  const yaml::Value spec = resource["spec"];
  kustomization.path = spec["path"].text();
  const yaml::Value source = spec["sourceRef"];
  if (source.exists())
    kustomization.source =
        FluxSource{source["kind"].text(), source["namespace"].text(), source["name"].text()};
  kustomization.target_namespace = spec["targetNamespace"].text();
  const yaml::Value post_build = spec["postBuild"];
  if (!post_build.exists()) return kustomization;
  PostBuild decoded;
  for (const auto& [name, value] : post_build["substitute"].entries()) {
    if (value.is_scalar()) decoded.substitute.emplace_back(name, value.text());
  }
  for (const yaml::Value& from : post_build["substituteFrom"].items())
    decoded.from.push_back({from["kind"].text(), from["name"].text()});
  kustomization.post_build = std::move(decoded);
  return kustomization;
}

HelmRelease decode_helm_release(const yaml::Value& resource) {
  HelmRelease release;
  release.metadata = decode_metadata(resource, Kind::HelmRelease);
  const yaml::Value spec = resource["spec"];
  const std::string_view chart = spec["chart"]["spec"]["chart"].text();
  release.chart = chart.empty() ? spec["chartRef"]["name"].text() : chart;
  return release;
}

}  // namespace workspace
