// What the API server of a made-up cluster answers: half of its objects are Pods and what makes them, with
// all that a server adds to them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "workspace/cluster/take_snapshot.h"

namespace bench {

class ClusterAnswers {
 public:
  explicit ClusterAnswers(int objects) : objects_(objects) {}

  [[nodiscard]] workspace::Result<workspace::ProcessResult> operator()(
      const workspace::ProcessRequest& request) const {
    workspace::ProcessResult result;
    result.output = answer(request.arguments[1]);
    return result;
  }

 private:
  static std::string metadata(int i, std::string_view name, std::string_view more) {
    std::string fields;
    for (int field = 0; field < 12; ++field)
      fields += fmt::format(R"("f:field-{0}":{{".":{{}},"f:value":{{}},"f:other":{{}}}},)", field);
    return fmt::format(
        R"("metadata":{{"name":"{0}","namespace":"ns-{1}","uid":"00000000-0000-0000-0000-{2:012}","resourceVersion":"{2}",)"
        R"("generation":1,"creationTimestamp":"2026-01-01T00:00:00Z","labels":{{"app":"app-{3}","app.kubernetes.io/part-of":)"
        R"("shop","helm.sh/chart":"shop-1.2.3"}},"annotations":{{"kubectl.kubernetes.io/last-applied-configuration":)"
        R"("{{\"apiVersion\":\"v1\",\"spec\":{{\"a\":\"{4:x<600}\"}}}}"}},{5}"managedFields":[{{"manager":"kubectl","operation":)"
        R"("Update","fieldsV1":{{{6}"f:last":{{}}}}}}]}})",
        name, i % 200, i, i / 10, "", more, fields);
  }

  static std::string owner(std::string_view kind, std::string_view name) {
    return fmt::format(
        R"("ownerReferences":[{{"apiVersion":"apps/v1","kind":"{}","name":"{}","uid":"1","controller":true}}],)",
        kind, name);
  }

  static std::string containers(bool proxy) {
    std::string env;
    for (int i = 0; i < 10; ++i) env += fmt::format(R"({{"name":"SETTING_{0}","value":"value {0}"}},)", i);
    return fmt::format(
        R"("containers":[{{"name":"app","image":"registry.example.com/app:1.2.3","env":[{}{{"name":"LAST","value":""}}],)"
        R"("ports":[{{"name":"http","containerPort":8080,"protocol":"TCP"}}],"readinessProbe":{{"httpGet":{{"path":"/","port":8080)"
        R"(,"scheme":"HTTP"}},"timeoutSeconds":1}},"resources":{{"limits":{{"memory":"1Gi"}}}}}}{}])",
        env,
        proxy ? R"(,{"name":"istio-proxy","image":"istio/proxyv2:1.27.0","args":["proxy","sidecar"]})" : "");
  }

  // Of ten objects: four Pods of one controller, its ReplicaSet, the Deployment, two Services, a policy and a
  // rule.
  [[nodiscard]] std::string object(std::string_view plural, int i) const {
    const int group = i / count_in_ten(plural);
    const int ns = group * 10;
    if (plural == "pods") {
      return fmt::format(
          R"({{{},"spec":{{{},"nodeName":"node"}},"status":{{"phase":"Running","podIP":"10.0.0.1"}}}})",
          metadata(ns, fmt::format("app-{}-1-{}", group, i),
                   owner("ReplicaSet", fmt::format("app-{}-1", group))),
          containers(true));
    }
    const std::string made = fmt::format(
        R"("spec":{{"replicas":4,"selector":{{}},"template":{{"metadata":{{"labels":{{"app":"app-{}"}}}},"spec":{{{}}}}}}})",
        group, containers(false));
    if (plural == "replicasets") {
      return fmt::format(
          "{{{},{}}}",
          metadata(ns, fmt::format("app-{}-1", group), owner("Deployment", fmt::format("app-{}", group))),
          made);
    }
    if (plural == "deployments")
      return fmt::format("{{{},{}}}", metadata(ns, fmt::format("app-{}", group), ""), made);
    if (plural == "services") {
      return fmt::format(
          R"({{{},"spec":{{"selector":{{"app":"app-{}"}},"ports":[{{"name":"http","port":80,"targetPort":8080,"protocol":"TCP"}}],)"
          R"("clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"type":"ClusterIP"}},"status":{{"loadBalancer":{{}}}}}})",
          metadata(ns, fmt::format("service-{}", i), ""), group);
    }
    const std::string name = fmt::format("app-{}", group);
    if (plural == "peerauthentications") {
      return fmt::format(
          R"({{"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication",{},"spec":{{"selector":)"
          R"({{"matchLabels":{{"app":"{}"}}}},"mtls":{{"mode":"STRICT"}}}}}})",
          metadata(ns, name, ""), name);
    }
    return fmt::format(
        R"({{"apiVersion":"networking.istio.io/v1","kind":"DestinationRule",{},"spec":{{"host":"service-{}",)"
        R"("trafficPolicy":{{"tls":{{"mode":"ISTIO_MUTUAL"}}}}}}}})",
        metadata(ns, name, ""), 2 * group);
  }

  static int count_in_ten(std::string_view plural) {
    if (plural == "pods") return 4;
    if (plural == "services") return 2;
    for (const std::string_view one :
         {"replicasets", "deployments", "peerauthentications", "destinationrules"}) {
      if (plural == one) return 1;
    }
    return 0;
  }

  static std::string served(std::string_view kinds) {
    std::string list;
    for (std::size_t begin = 0; begin < kinds.size();) {
      const std::size_t end = std::min(kinds.find(' ', begin), kinds.size());
      const std::string_view kind = kinds.substr(begin, end - begin);
      std::string plural(kind);
      std::transform(plural.begin(), plural.end(), plural.begin(),
                     [](char c) { return c < 'a' ? static_cast<char>(c + 32) : c; });
      list += fmt::format(R"({}{{"name":"{}s","kind":"{}","namespaced":true}})", list.empty() ? "" : ",",
                          plural, kind);
      begin = end + 1;
    }
    return R"({"resources":[)" + list + "]}";
  }

  [[nodiscard]] std::string answer(std::string_view argument) const {
    argument.remove_prefix(std::min(argument.size(), std::string_view("--raw=").size()));
    if (argument == "/version") return R"({"gitVersion":"v1.34.3"})";
    if (argument == "/apis") {
      std::string groups;
      for (const std::string_view name : {"apps", "networking.istio.io", "security.istio.io"}) {
        groups += fmt::format(
            R"({}{{"name":"{}","versions":[{{"version":"v1"}}],"preferredVersion":{{"version":"v1"}}}})",
            groups.empty() ? "" : ",", name);
      }
      return R"({"groups":[)" + groups + "]}";
    }
    if (argument == "/api/v1") return served("Pod Service");
    if (argument == "/apis/apps/v1") return served("Deployment ReplicaSet");
    if (argument == "/apis/networking.istio.io/v1") return served("DestinationRule");
    if (argument == "/apis/security.istio.io/v1") return served("PeerAuthentication");
    const std::size_t query = argument.find('?');
    if (query == std::string_view::npos) return "bench\n";
    const std::string_view plural =
        argument.substr(0, query).substr(argument.substr(0, query).rfind('/') + 1);
    constexpr std::string_view kContinue = "&continue=";
    const std::size_t token = argument.find(kContinue);
    int first = 0;
    if (token != std::string_view::npos) {
      const std::string_view number = argument.substr(token + kContinue.size());
      std::from_chars(number.data(), number.data() + number.size(), first);
    }
    const int total = objects_ / 10 * count_in_ten(plural);
    const int last = std::min(first + 500, total);
    std::string items;
    for (int i = first; i < last; ++i) items += (i == first ? "" : ",") + object(plural, i);
    return fmt::format(R"({{"kind":"List","metadata":{{"continue":"{}"}},"items":[{}]}})",
                       last < total ? std::to_string(last) : "", items);
  }

  int objects_;
};

}  // namespace bench
