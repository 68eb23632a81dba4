// Two halves: mesh -> tree of keys and values (Writer), tree -> text (Printer). Every choice that must not
// change the meaning asks `maybe`, which in plain mode is always "no".
#include "tests/reference/emitter.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "tests/reference/generator.h"

namespace reference {
namespace {

using std::optional;
using std::string;
using std::string_view;
using std::vector;

// ------------------------------------------------------------------------------------------------------- the
// tree

struct Node {
  enum class Kind {
    Text,   // a string
    Loose,  // a string that may be written without quotes even where that reads as a number or a boolean
    Raw,    // number, boolean or null: never quoted
    Map,
    Seq,
  };
  Kind kind = Kind::Map;
  string text;
  vector<std::pair<string, Node>> entries;
  vector<Node> items;

  bool is_scalar() const { return kind != Kind::Map && kind != Kind::Seq; }
  bool is_empty() const { return entries.empty() && items.empty(); }

  Node& set(string key, Node value) {
    entries.emplace_back(std::move(key), std::move(value));
    return *this;
  }
};

Node text(string value) { return {Node::Kind::Text, std::move(value), {}, {}}; }
Node loose(string value) { return {Node::Kind::Loose, std::move(value), {}, {}}; }
Node raw(string value) { return {Node::Kind::Raw, std::move(value), {}, {}}; }
Node number(int value) { return raw(std::to_string(value)); }
Node boolean(bool value) { return raw(value ? "true" : "false"); }
Node null() { return raw("null"); }
Node map() { return {}; }
Node seq(vector<Node> items = {}) { return {Node::Kind::Seq, {}, {}, std::move(items)}; }

class Choices {
 public:
  explicit Choices(Random* random) : random_(random) {}
  bool maybe(int percent) { return random_ != nullptr && random_->chance(percent); }
  int below(int bound) { return random_ == nullptr ? 0 : random_->below(bound); }
  bool plain() const { return random_ == nullptr; }
  Random& random() { return *random_; }

 private:
  Random* random_;
};

// -------------------------------------------------------------------------------------------------------
// printing

string json_string(const string& value) {
  string result = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + '"';
}

// YAML 1.2 core schema, and 1.1's words for good measure.
bool reads_as_another_type(const string& value) {
  static const vector<string> kWords = {
      "",   "~",   "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", "yes", "no",
      "on", "off", "y",    "n",    "Yes",  "No",   "On",   "Off",  "OFF",   "ON",    "YES",   "NO"};
  if (std::find(kWords.begin(), kWords.end(), value) != kWords.end()) return true;
  return value.find_first_not_of("0123456789.+-eE_:") == string::npos;
}

// Can stand without quotes, in block or flow style, and is a scalar (of whatever type).
bool can_be_plain(const string& value) {
  if (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL") return false;
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (!is_word(value.front()) && value != ".") return false;
  return std::all_of(value.begin(), value.end(),
                     [&](char c) { return is_word(c) || string_view("./_-").find(c) != string_view::npos; });
}

class Printer {
 public:
  Printer(Choices& choices, bool json) : choices_(choices), json_(json) {}

  // A whole document with its final line end.
  string document(const Node& root) {
    out_.clear();
    step_ = choices_.maybe(25) ? 4 : 2;
    indented_items_ = !choices_.maybe(50);
    comments_ = choices_.maybe(30) && !json_;
    flow_percent_ = choices_.maybe(40) ? 12 : 0;
    quote_percent_ = choices_.maybe(25) ? 60 : 8;
    if (json_ || choices_.maybe(6)) {
      if (choices_.maybe(20)) {
        flow(root, true);
      } else {
        pretty_json(root, 0);
      }
      out_ += '\n';
    } else {
      block_map(root, 0);
    }
    return out_;
  }

 private:
  void comment_line(int indent) {
    if (!comments_ || !choices_.maybe(12)) return;
    static const vector<string> kComments = {"# mode: STRICT", "# who owns this?", "#", "# --- old",
                                             "# host: \"*.local\""};
    out_ += string(static_cast<std::size_t>(indent), ' ') + choices_.random().pick(kComments) + '\n';
  }

  void end_line() {
    if (comments_ && choices_.maybe(12)) out_ += choices_.maybe(50) ? "  # {mode: DISABLE}" : " # see above";
    out_ += '\n';
  }

  string scalar(const Node& node) {
    const string& value = node.text;
    if (node.kind == Node::Kind::Raw) {
      if (value == "null" && choices_.maybe(20)) return "~";
      return value;
    }
    const bool plain =
        can_be_plain(value) && (node.kind == Node::Kind::Loose || !reads_as_another_type(value));
    const bool typed = reads_as_another_type(value);
    if (plain && !choices_.maybe(quote_percent_) && !(typed && choices_.plain())) return value;
    if (choices_.maybe(40) && value.find_first_of("'\n\\") == string::npos) return "'" + value + "'";
    return json_string(value);
  }

  string key(const string& name) {
    if (can_be_plain(name) && !choices_.maybe(quote_percent_ / 8)) return name;
    return choices_.maybe(40) ? "'" + name + "'" : json_string(name);
  }

  void block_value(const Node& node, int indent) {
    if (node.is_scalar() && node.text.find('\n') != string::npos && !choices_.maybe(15)) {
      literal(node.text, indent);
    } else if (node.is_scalar()) {
      // Plain spaces before a value are allowed, and `key:` alone is null.
      if (node.kind == Node::Kind::Raw && node.text == "null" && choices_.maybe(40)) {
        end_line();
        return;
      }
      out_ += choices_.maybe(3) ? "   " : " ";
      out_ += scalar(node);
      end_line();
    } else if (node.is_empty() || choices_.maybe(flow_percent_)) {
      out_ += ' ';
      flow(node, false);
      end_line();
    } else if (node.kind == Node::Kind::Map) {
      end_line();
      block_map(node, indent + step_);
    } else {
      end_line();
      block_seq(node, indented_items_ ? indent + step_ : indent);
    }
  }

  void literal(const string& value, int indent) {
    out_ += " |\n";
    const string margin(static_cast<std::size_t>(indent + step_), ' ');
    std::size_t at = 0;
    while (at < value.size()) {
      const std::size_t end = value.find('\n', at);
      out_ += margin + value.substr(at, end - at) + '\n';
      at = end + 1;  // every text of several lines ends with a line end
    }
  }

  void block_map(const Node& node, int indent, bool first_is_placed = false) {
    bool placed = first_is_placed;
    for (const auto& [name, value] : node.entries) {
      if (!placed) {
        comment_line(indent);
        out_ += string(static_cast<std::size_t>(indent), ' ');
      }
      placed = false;
      out_ += key(name) + ':';
      block_value(value, indent);
    }
  }

  void block_seq(const Node& node, int indent) {
    for (const Node& item : node.items) {
      comment_line(indent);
      out_ += string(static_cast<std::size_t>(indent), ' ') + '-';
      if (item.kind == Node::Kind::Map && !item.is_empty() && !choices_.maybe(flow_percent_)) {
        if (choices_.maybe(6)) {  // the mapping on its own lines
          out_ += '\n';
          block_map(item, indent + 2);
        } else {
          out_ += ' ';
          block_map(item, indent + 2, true);
        }
      } else if (item.is_scalar()) {
        out_ += ' ' + scalar(item);
        end_line();
      } else {
        out_ += ' ';
        flow(item, false);
        end_line();
      }
    }
  }

  void flow(const Node& node, bool as_json) {
    if (node.is_scalar()) {
      out_ += as_json ? json_scalar(node) : scalar(node);
      return;
    }
    const bool is_map = node.kind == Node::Kind::Map;
    const string space = !as_json && choices_.maybe(30) ? " " : "";
    out_ += is_map ? '{' : '[';
    if (!node.is_empty()) out_ += space;
    bool first = true;
    const auto separate = [&] {
      if (!first) out_ += ", ";
      first = false;
    };
    for (const auto& [name, value] : node.entries) {
      separate();
      out_ += (as_json ? json_string(name) : key(name)) + ": ";
      flow(value, as_json);
    }
    for (const Node& item : node.items) {
      separate();
      flow(item, as_json);
    }
    if (!node.is_empty()) out_ += space;
    out_ += is_map ? '}' : ']';
  }

  string json_scalar(const Node& node) {
    return node.kind == Node::Kind::Raw ? node.text : json_string(node.text);
  }

  void pretty_json(const Node& node, int indent) {
    if (node.is_scalar()) {
      out_ += json_scalar(node);
      return;
    }
    const bool is_map = node.kind == Node::Kind::Map;
    if (node.is_empty()) {
      out_ += is_map ? "{}" : "[]";
      return;
    }
    const string margin(static_cast<std::size_t>(indent + 2), ' ');
    out_ += is_map ? "{\n" : "[\n";
    bool first = true;
    const auto separate = [&] {
      if (!first) out_ += ",\n";
      first = false;
      out_ += margin;
    };
    for (const auto& [name, value] : node.entries) {
      separate();
      out_ += json_string(name) + ": ";
      pretty_json(value, indent + 2);
    }
    for (const Node& item : node.items) {
      separate();
      pretty_json(item, indent + 2);
    }
    out_ += '\n' + string(static_cast<std::size_t>(indent), ' ') + (is_map ? '}' : ']');
  }

  Choices& choices_;
  bool json_;
  string out_;
  int step_ = 2;
  bool indented_items_ = true;
  bool comments_ = false;
  int flow_percent_ = 0;
  int quote_percent_ = 0;
};

// -------------------------------------------------------------------------------------------- mesh to tree

class Writer {
 public:
  explicit Writer(Choices& choices) : choices_(choices) {}

  Node document(const Document& document) {
    Node result;
    if (!document.list) {
      result = resource(document.items.front());
    } else {
      vector<Node> items;
      for (const Resource& item : document.items) items.push_back(resource(item));
      string version = "v1";
      string kind = "List";
      if (of_one_kind(items) && choices_.maybe(40)) {
        version = items.front().entries[0].second.text;
        kind = items.front().entries[1].second.text + "List";
        // "one without `kind` or `apiVersion` has the list's"
        for (Node& item : items) {
          if (choices_.maybe(60)) item.entries.erase(item.entries.begin(), item.entries.begin() + 2);
        }
      }
      result.set("apiVersion", text(version)).set("kind", text(kind));
      if (choices_.maybe(30)) result.set("metadata", map().set("resourceVersion", text("")));
      result.set("items", seq(std::move(items)));
    }
    if (choices_.maybe(15)) shuffle(result);
    return result;
  }

  Node mesh_config(const MeshConfig& config) {
    Node result;
    if (config.root_namespace) result.set("rootNamespace", text(*config.root_namespace));
    if (config.enable_auto_mtls) result.set("enableAutoMtls", boolean(*config.enable_auto_mtls));
    if (config.rule_export_to) result.set("defaultDestinationRuleExportTo", strings(*config.rule_export_to));
    if (choices_.maybe(30)) result.set("accessLogFile", text("/dev/stdout"));
    return result;
  }

 private:
  // Reports whether all begin with the same apiVersion and kind.
  static bool of_one_kind(const vector<Node>& items) {
    return std::all_of(items.begin(), items.end(), [&](const Node& item) {
      if (item.entries.size() < 2 || item.entries[0].first != "apiVersion") return false;
      for (std::size_t i = 0; i < 2; ++i) {
        if (item.entries[i].second.text != items.front().entries[i].second.text) return false;
      }
      return item.entries[1].first == "kind";
    });
  }

  void shuffle(Node& node) {
    choices_.random().shuffle(node.entries);
    for (auto& entry : node.entries) shuffle(entry.second);
    for (Node& item : node.items) shuffle(item);
  }

  // Absent: not written, or `null`.
  void absent(Node& node, const string& key) {
    if (choices_.maybe(4)) node.set(key, null());
  }

  // Empty, where the contract makes no difference to absent.
  void absent_or(Node& node, const string& key, Node empty) {
    if (choices_.maybe(8)) {
      node.set(key, std::move(empty));
    } else {
      absent(node, key);
    }
  }

  Node labels(const Labels& labels) {
    Node result;
    for (const auto& [key, value] : labels) result.set(key, loose(value));
    return result;
  }

  Node annotations(const Labels& labels) {
    Node result;
    for (const auto& [key, value] : labels) result.set(key, text(value));
    return result;
  }

  void set_labels(Node& node, const string& key, const Labels& value) {
    if (value.empty()) {
      absent_or(node, key, map());
    } else {
      node.set(key, labels(value));
    }
  }

  Node strings(const vector<string>& values) {
    vector<Node> items;
    for (const string& value : values) items.push_back(text(value));
    return seq(std::move(items));
  }

  void set_strings(Node& node, const string& key, const vector<string>& values) {
    if (values.empty()) {
      absent_or(node, key, seq());
    } else {
      node.set(key, strings(values));
    }
  }

  Node metadata(const Meta& meta) {
    Node result;
    if (meta.name) result.set("name", text(*meta.name));
    if (meta.ns) {
      result.set("namespace", text(*meta.ns));
    } else {
      absent(result, "namespace");
    }
    if (meta.created) {
      result.set("creationTimestamp", text(*meta.created));
    } else {
      absent(result, "creationTimestamp");
    }
    return result;
  }

  Node head(const vector<string>& api_versions, const string& kind, Node metadata) {
    Node result;
    const auto index = static_cast<std::size_t>(choices_.below(static_cast<int>(api_versions.size())));
    result.set("apiVersion", text(api_versions[index])).set("kind", text(kind));
    if (metadata.is_empty()) metadata.set("labels", map().set("app", text("other")));
    result.set("metadata", std::move(metadata));
    return result;
  }

  void set_selector(Node& spec, const string& key, const optional<Labels>& selector, bool empty_is_absent) {
    if (!selector) {
      absent(spec, key);
    } else if (!selector->empty()) {
      spec.set(key, map().set("matchLabels", labels(*selector)));
    } else if (empty_is_absent && choices_.maybe(30)) {
      spec.set(key, map());
    } else {
      spec.set(key, map().set("matchLabels", map()));
    }
  }

  // The mapping that holds a mode.
  Node mode(const optional<string>& mode) {
    Node result;
    if (mode) {
      result.set("mode", loose(*mode));
    } else {
      absent(result, "mode");
    }
    return result;
  }

  void set_spec(Node& resource, Node spec) {
    if (!spec.is_empty()) {
      resource.set("spec", std::move(spec));
    } else if (!choices_.maybe(40)) {
      resource.set("spec", map());
    }
  }

  Node resource(const Resource& resource) {
    return std::visit([&](const auto& value) { return write(value); }, resource);
  }

  Node write(const PeerAuthentication& policy) {
    Node result = head({"security.istio.io/v1", "security.istio.io/v1beta1"}, "PeerAuthentication",
                       metadata(policy.meta));
    Node spec;
    set_selector(spec, "selector", policy.selector, true);
    if (policy.mode) {
      spec.set("mtls", mode(policy.mode));
    } else {
      absent_or(spec, "mtls", mode(policy.mode));
    }
    if (policy.port_level.empty()) {
      absent_or(spec, "portLevelMtls", map());
    } else {
      Node ports;
      for (const PortMode& entry : policy.port_level) ports.set(std::to_string(entry.port), mode(entry.mode));
      spec.set("portLevelMtls", std::move(ports));
    }
    set_spec(result, std::move(spec));
    return result;
  }

  Node write(const AuthorizationPolicy& policy) {
    Node result = head({"security.istio.io/v1", "security.istio.io/v1beta1"}, "AuthorizationPolicy",
                       metadata(policy.meta));
    Node spec;
    set_selector(spec, "selector", policy.selector, true);
    if (policy.target_refs) {
      spec.set("targetRefs", seq({map()
                                      .set("group", text("gateway.networking.k8s.io"))
                                      .set("kind", text("Gateway"))
                                      .set("name", text("waypoint"))}));
    }
    if (choices_.maybe(50)) spec.set("action", text(choices_.maybe(50) ? "ALLOW" : "DENY"));
    vector<Node> rules;
    for (const AuthorizationRule& rule : policy.rules) {
      Node entry;
      vector<Node> from;
      for (const Source& source : rule.from) {
        Node fields;
        for (const auto& [field, values] : source.fields) fields.set(field, strings(values));
        from.push_back(map().set("source", std::move(fields)));
      }
      if (!from.empty()) entry.set("from", seq(std::move(from)));
      if (choices_.maybe(30)) {
        entry.set("to", seq({map().set("operation", map().set("ports", seq({text("80")})))}));
      }
      vector<Node> when;
      for (const When& condition : rule.when) {
        when.push_back(map().set("key", text(condition.key)).set("values", strings(condition.values)));
      }
      if (!when.empty()) entry.set("when", seq(std::move(when)));
      rules.push_back(std::move(entry));
    }
    if (!rules.empty()) spec.set("rules", seq(std::move(rules)));
    set_spec(result, std::move(spec));
    return result;
  }

  void set_tls(Node& node, const optional<Tls>& tls) {
    if (!tls) {
      absent(node, "tls");
      return;
    }
    Node value;
    if (tls->mode) value.set("mode", loose(*tls->mode));
    if (tls->credential_name) value.set("credentialName", text("client"));
    if (tls->client_certificate) value.set("clientCertificate", text("/etc/certs/cert.pem"));
    if (tls->private_key) value.set("privateKey", text("/etc/certs/key.pem"));
    if (tls->sni) value.set("sni", text("a.example.com"));
    node.set("tls", std::move(value));
  }

  Node traffic_policy(const TrafficPolicy& policy) {
    Node result;
    if (policy.load_balancer) result.set("loadBalancer", map().set("simple", text(*policy.load_balancer)));
    set_tls(result, policy.tls);
    vector<Node> ports;
    for (const PortSettings& entry : policy.ports) {
      Node port = map().set("port", map().set("number", number(entry.port)));
      set_tls(port, entry.tls);
      ports.push_back(std::move(port));
    }
    if (!ports.empty()) result.set("portLevelSettings", seq(std::move(ports)));
    return result;
  }

  void set_policy(Node& node, const optional<TrafficPolicy>& policy) {
    if (policy) {
      node.set("trafficPolicy", traffic_policy(*policy));
    } else {
      absent(node, "trafficPolicy");
    }
  }

  Node write(const DestinationRule& rule) {
    Node result =
        head({"networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"},
             "DestinationRule", metadata(rule.meta));
    Node spec;
    if (rule.host) spec.set("host", text(*rule.host));
    set_strings(spec, "exportTo", rule.export_to);
    set_selector(spec, "workloadSelector", rule.workload_selector, false);
    set_policy(spec, rule.policy);
    vector<Node> subsets;
    for (const Subset& subset : rule.subsets) {
      Node entry = map().set("name", text(subset.name));
      if (!subset.labels.empty()) entry.set("labels", labels(subset.labels));
      set_policy(entry, subset.policy);
      subsets.push_back(std::move(entry));
    }
    if (!subsets.empty()) {
      spec.set("subsets", seq(std::move(subsets)));
    } else {
      absent_or(spec, "subsets", seq());
    }
    set_spec(result, std::move(spec));
    return result;
  }

  Node write(const ServiceEntry& entry) {
    Node result =
        head({"networking.istio.io/v1", "networking.istio.io/v1beta1"}, "ServiceEntry", metadata(entry.meta));
    Node spec = map().set("hosts", strings(entry.hosts));
    set_strings(spec, "exportTo", entry.export_to);
    spec.set("location", text("MESH_EXTERNAL"));
    spec.set("ports",
             seq({map().set("number", number(443)).set("name", text("https")).set("protocol", text("TLS"))}));
    return result.set("spec", std::move(spec));
  }

  Node write(const Sidecar& sidecar) {
    Node result =
        head({"networking.istio.io/v1", "networking.istio.io/v1beta1"}, "Sidecar", metadata(sidecar.meta));
    Node spec;
    // The selector's own shape: `workloadSelector.labels`, not `matchLabels`.
    if (sidecar.workload_selector) {
      spec.set("workloadSelector", map().set("labels", labels(*sidecar.workload_selector)));
    }
    vector<Node> egress;
    for (const vector<string>& hosts : sidecar.egress) {
      egress.push_back(map().set("hosts", strings(hosts)));
    }
    if (!egress.empty()) spec.set("egress", seq(std::move(egress)));
    set_spec(result, std::move(spec));
    return result;
  }

  Node write(const Gateway& gateway) {
    Node result =
        head({"networking.istio.io/v1", "networking.istio.io/v1beta1"}, "Gateway", metadata(gateway.meta));
    Node spec;
    set_labels(spec, "selector", gateway.selector);
    Node port = map().set("number", number(80)).set("name", text("http")).set("protocol", text("HTTP"));
    spec.set("servers", seq({map().set("port", std::move(port)).set("hosts", seq({text("*")}))}));
    return result.set("spec", std::move(spec));
  }

  Node write(const Namespace& ns) {
    Node meta = metadata(ns.meta);
    set_labels(meta, "labels", ns.labels);
    return head({"v1"}, "Namespace", std::move(meta));
  }

  Node port_ref(const PortRef& port) {
    if (const int* wanted = std::get_if<int>(&port)) return number(*wanted);
    return text(std::get<string>(port));
  }

  void set_port_ref(Node& node, const string& key, const PortRef& port) {
    if (std::holds_alternative<std::monostate>(port)) {
      absent(node, key);
    } else {
      node.set(key, port_ref(port));
    }
  }

  void set_text(Node& node, const string& key, const optional<string>& value) {
    if (value) {
      node.set(key, text(*value));
    } else {
      absent(node, key);
    }
  }

  Node write(const Service& service) {
    Node meta = metadata(service.meta);
    if (!service.labels.empty()) meta.set("labels", labels(service.labels));
    if (!service.annotations.empty()) meta.set("annotations", annotations(service.annotations));
    Node result = head({"v1"}, "Service", std::move(meta));
    Node spec;
    set_labels(spec, "selector", service.selector);
    if (service.cluster_ip) spec.set("clusterIP", text(*service.cluster_ip));
    if (service.type) spec.set("type", text(*service.type));
    if (service.type == "ExternalName") spec.set("externalName", text("www.example.com"));
    vector<Node> ports;
    for (const ServicePort& entry : service.ports) {
      Node port = map();
      set_text(port, "name", entry.name);
      port.set("port", number(entry.port));
      set_text(port, "protocol", entry.protocol);
      set_text(port, "appProtocol", entry.app_protocol);
      set_port_ref(port, "targetPort", entry.target);
      ports.push_back(std::move(port));
    }
    if (!ports.empty()) spec.set("ports", seq(std::move(ports)));
    set_spec(result, std::move(spec));
    return result;
  }

  Node pod_spec(const Workload& workload) {
    Node result;
    if (workload.host_network) {
      result.set("hostNetwork", boolean(true));
    } else if (choices_.maybe(5)) {
      result.set("hostNetwork", boolean(false));
    }
    vector<Node> containers;
    for (std::size_t i = 0; i < workload.containers.size(); ++i) {
      const Container& value = workload.containers[i];
      Node container = map().set("name", text("c" + std::to_string(i))).set("image", text("nginx:1.25"));
      vector<Node> ports;
      for (const ContainerPort& entry : value.ports) {
        Node port;
        if (entry.name) port.set("name", text(*entry.name));
        ports.push_back(port.set("containerPort", number(entry.port)));
      }
      if (!ports.empty()) container.set("ports", seq(std::move(ports)));
      for (const Probe& probe : value.probes) {
        Node handler = map().set("port", port_ref(probe.port));
        if (probe.handler == "httpGet") handler.set("path", text("/ready"));
        container.set(probe.field, map().set(probe.handler, std::move(handler)));
      }
      if (!value.command.empty()) container.set("command", strings(value.command));
      if (!value.args.empty()) container.set("args", strings(value.args));
      set_environment(container, value);
      containers.push_back(std::move(container));
    }
    // Without containers it would be no pod template.
    if (containers.empty()) {
      containers.push_back(map().set("name", text("c0")).set("image", text("nginx:1.25")));
    }
    if (workload.proxied) {
      Node proxy = map().set("name", text("istio-proxy")).set("image", text("istio/proxyv2"));
      if (choices_.maybe(50)) {
        result.set("initContainers", seq({std::move(proxy)}));
      } else {
        containers.push_back(std::move(proxy));
      }
    }
    return result.set("containers", seq(std::move(containers)));
  }

  void set_environment(Node& container, const Container& value) {
    vector<Node> env;
    for (const EnvVar& variable : value.env) {
      Node entry = map().set("name", text(variable.name));
      if (variable.config_map_key) {
        const auto& [name, key] = *variable.config_map_key;
        Node ref = map().set("name", text(name)).set("key", text(key));
        entry.set("valueFrom", map().set("configMapKeyRef", std::move(ref)));
      } else if (variable.value) {
        entry.set("value", text(*variable.value));
      }
      env.push_back(std::move(entry));
    }
    if (!env.empty()) container.set("env", seq(std::move(env)));
    vector<Node> from;
    for (const string& name : value.env_from) {
      from.push_back(map().set("configMapRef", map().set("name", text(name))));
    }
    if (!from.empty()) container.set("envFrom", seq(std::move(from)));
  }

  // Labels and annotations of the pod, into its metadata.
  void set_pod_labels(Node& meta, const Workload& workload) {
    set_labels(meta, "labels", workload.labels);
    Labels all = workload.annotations;
    if (workload.ambient) all["ambient.istio.io/redirection"] = "enabled";
    if (all.empty()) {
      absent_or(meta, "annotations", map());
    } else {
      meta.set("annotations", annotations(all));
    }
  }

  Node write(const Workload& workload) {
    Node meta = metadata(workload.meta);
    if (workload.kind == "Pod") {
      set_pod_labels(meta, workload);
      Node result = head({"v1"}, "Pod", std::move(meta));
      result.set("spec", pod_spec(workload));
      if (workload.runs)
        result.set("status", map().set("phase", text(choices_.maybe(80) ? "Running" : "Pending")));
      return result;
    }
    if (workload.kind == "WorkloadEntry" || workload.kind == "WorkloadGroup") {
      return entry_or_group(workload, std::move(meta));
    }
    // A controller's own labels and annotations are not its pods'.
    if (!workload.own_labels.empty()) meta.set("labels", labels(workload.own_labels));
    if (!workload.own_annotations.empty()) meta.set("annotations", annotations(workload.own_annotations));
    const bool is_job = workload.kind == "Job" || workload.kind == "CronJob";
    string version = is_job ? "batch/v1" : "apps/v1";
    if (workload.kind == "Rollout") version = "argoproj.io/v1alpha1";
    if (workload.kind == "CloneSet") version = "apps.kruise.io/v1alpha1";
    const bool knative = workload.kind == "KnativeService";
    if (knative) version = "serving.knative.dev/v1";
    Node result = head({version}, knative ? "Service" : workload.kind, std::move(meta));

    Node pod_meta;
    set_pod_labels(pod_meta, workload);
    Node pod_template;
    pod_template.set("metadata", std::move(pod_meta));  // present, or it would be no pod template
    pod_template.set("spec", pod_spec(workload));

    Node spec;
    if (!is_job && !knative && choices_.maybe(50)) spec.set("replicas", number(2));
    if (!is_job && !knative && choices_.maybe(50))
      spec.set("selector", map().set("matchLabels", map().set("app", text("b"))));
    spec.set("template", std::move(pod_template));
    if (workload.kind == "CronJob") {
      Node job = map().set("spec", std::move(spec));
      if (choices_.maybe(20)) job.set("metadata", map().set("labels", map().set("app", text("b"))));
      spec = map().set("schedule", text("0 * * * *")).set("jobTemplate", std::move(job));
    }
    return result.set("spec", std::move(spec));
  }

  Node entry_or_group(const Workload& workload, Node meta) {
    const bool group = workload.kind == "WorkloadGroup";
    Node entry;
    set_labels(entry, "labels", workload.entry_labels);
    Node ports;
    for (const ContainerPort& port : workload.entry_ports)
      ports.set(port.name.value_or("http"), number(port.port));
    if (!ports.is_empty()) entry.set("ports", std::move(ports));
    if (!group) {
      entry.set("address", text("10.0.0.1"));
      set_pod_labels(meta, workload);
      Node result =
          head({"networking.istio.io/v1", "networking.istio.io/v1beta1"}, workload.kind, std::move(meta));
      return result.set("spec", std::move(entry));
    }
    Node pod_meta;
    set_pod_labels(pod_meta, workload);
    Node spec;
    if (!pod_meta.is_empty()) spec.set("metadata", std::move(pod_meta));
    spec.set("template", std::move(entry));
    Node result =
        head({"networking.istio.io/v1", "networking.istio.io/v1beta1"}, workload.kind, std::move(meta));
    return result.set("spec", std::move(spec));
  }

  Node write(const ConfigMap& config_map) {
    Node data;
    for (const auto& [key, value] : config_map.data) data.set(key, text(value));
    return head({"v1"}, "ConfigMap", metadata(config_map.meta)).set("data", std::move(data));
  }

  Node service_ref(const ServiceRef& ref) {
    Node result = map().set("namespace", text(ref.ns)).set("name", text(ref.name));
    if (ref.port) result.set("port", number(*ref.port));
    return result;
  }

  Node client_config(const optional<ServiceRef>& ref) {
    if (!ref) return map().set("url", text("https://hooks.example.com/x"));
    return map().set("service", service_ref(*ref));
  }

  Node write(const ApiServerCaller& caller) {
    Node meta = metadata(caller.meta);
    const optional<ServiceRef> first = caller.services.empty() ? std::nullopt : caller.services.front();
    if (caller.kind == "APIService") {
      Node spec = map().set("group", text("x.example.com"));
      if (first) spec.set("service", service_ref(*first));
      return head({"apiregistration.k8s.io/v1"}, caller.kind, std::move(meta)).set("spec", std::move(spec));
    }
    if (caller.kind == "CustomResourceDefinition") {
      Node conversion = map().set("strategy", text("Webhook"));
      conversion.set("webhook", map().set("clientConfig", client_config(first)));
      return head({"apiextensions.k8s.io/v1"}, caller.kind, std::move(meta))
          .set("spec", map().set("group", text("x.example.com")).set("conversion", std::move(conversion)));
    }
    vector<Node> webhooks;
    for (const optional<ServiceRef>& ref : caller.services) {
      Node webhook = map().set("name", text("h" + std::to_string(webhooks.size()) + ".example.com"));
      webhooks.push_back(webhook.set("clientConfig", client_config(ref)));
    }
    return head({"admissionregistration.k8s.io/v1"}, caller.kind, std::move(meta))
        .set("webhooks", seq(std::move(webhooks)));
  }

  Node write(const Monitor& monitor) {
    Node spec = map().set("selector", map().set("matchLabels", labels(monitor.selector)));
    if (monitor.any_namespace) {
      spec.set("namespaceSelector", map().set("any", boolean(true)));
    } else if (!monitor.match_names.empty()) {
      spec.set("namespaceSelector", map().set("matchNames", strings(monitor.match_names)));
    }
    vector<Node> endpoints;
    for (const MonitorEndpoint& endpoint : monitor.endpoints) {
      Node entry;
      if (endpoint.port) entry.set("port", text(*endpoint.port));
      set_port_ref(entry, "targetPort", endpoint.target_port);
      set_text(entry, "scheme", endpoint.scheme);
      if (endpoint.tls_config) entry.set("tlsConfig", map().set("insecureSkipVerify", boolean(true)));
      entry.set("path", text("/metrics"));
      endpoints.push_back(std::move(entry));
    }
    spec.set(monitor.kind == "PodMonitor" ? "podMetricsEndpoints" : "endpoints", seq(std::move(endpoints)));
    return head({"monitoring.coreos.com/v1"}, monitor.kind, metadata(monitor.meta))
        .set("spec", std::move(spec));
  }

  Node ingress_backend(const IngressBackend& backend) {
    Node service = map().set("name", text(backend.service));
    const string kind = std::holds_alternative<int>(backend.port) ? "number" : "name";
    service.set("port", map().set(kind, port_ref(backend.port)));
    return map().set("service", std::move(service));
  }

  Node write(const Ingress& ingress) {
    Node meta = metadata(ingress.meta);
    if (ingress.class_annotation) {
      meta.set("annotations", map().set("kubernetes.io/ingress.class", text(*ingress.class_annotation)));
    }
    Node spec;
    if (ingress.class_name) spec.set("ingressClassName", text(*ingress.class_name));
    if (ingress.default_backend) spec.set("defaultBackend", ingress_backend(*ingress.default_backend));
    vector<Node> rules;
    for (const IngressBackend& backend : ingress.backends) {
      Node path = map().set("path", text("/")).set("pathType", text("Prefix"));
      path.set("backend", ingress_backend(backend));
      rules.push_back(map().set("http", map().set("paths", seq({std::move(path)}))));
    }
    if (!rules.empty()) spec.set("rules", seq(std::move(rules)));
    Node result = head({"networking.k8s.io/v1"}, "Ingress", std::move(meta));
    set_spec(result, std::move(spec));
    return result;
  }

  Node write(const BackendTlsPolicy& policy) {
    vector<Node> targets;
    for (const TargetRef& target : policy.targets) {
      const bool service = target.kind == "Service";
      Node entry = map().set("group", text(service ? "" : "networking.istio.io"));
      entry.set("kind", text(target.kind)).set("name", text(target.name));
      if (target.section_name) entry.set("sectionName", text(*target.section_name));
      targets.push_back(std::move(entry));
    }
    Node validation = map().set("hostname", text("a.example.com"));
    validation.set("wellKnownCACertificates", text("System"));
    return head({"gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1alpha3"}, "BackendTLSPolicy",
                metadata(policy.meta))
        .set("spec",
             map().set("targetRefs", seq(std::move(targets))).set("validation", std::move(validation)));
  }

  Node write(const MeshConfigSource& source) {
    Node meta = metadata(source.meta);
    if (source.kind == "ConfigMap") {
      Node result = head({"v1"}, "ConfigMap", std::move(meta));
      Node data;
      if (source.config) {
        const Node config = mesh_config(*source.config);
        Choices plain(nullptr);
        data.set("mesh", text(config.is_empty() ? "{}\n" : Printer(plain, false).document(config)));
      } else {
        data.set("other", text("x"));
      }
      return result.set("data", std::move(data));
    }
    const bool is_operator = source.kind == "IstioOperator";
    Node result = head(is_operator ? vector<string>{"install.istio.io/v1alpha1"}
                                   : vector<string>{"sailoperator.io/v1", "sailoperator.io/v1alpha1"},
                       source.kind, std::move(meta));
    Node spec;
    Node values;
    if (source.config) {
      (is_operator ? spec : values).set("meshConfig", mesh_config(*source.config));
      if (source.config->cluster_domain) {
        Node proxy = map().set("clusterDomain", text(*source.config->cluster_domain));
        values.set("global", map().set("proxy", std::move(proxy)));
      }
    }
    if (source.rewrite_probes) {
      Node injector = map().set("rewriteAppHTTPProbe", boolean(*source.rewrite_probes));
      values.set("sidecarInjectorWebhook", std::move(injector));
    }
    if (!values.is_empty()) spec.set("values", std::move(values));
    set_spec(result, std::move(spec));
    return result;
  }

  Node write(const Foreign& foreign) {
    const Node meta = metadata({"default", foreign.ns, {}});
    const Node strict = map().set("mtls", map().set("mode", text("STRICT")));
    switch (foreign.variety) {
      case 0:
        return head({"serving.knative.dev/v1"}, "Configuration", meta).set("spec", map());
      case 1:
        return head({"security.example.com/v1"}, "PeerAuthentication", meta).set("spec", strict);
      case 2:
        return head({"policy.example.com/v1"}, "DestinationRule", meta)
            .set("spec", map().set("host", text("*.local")));
      case 3:
        return head({"v1"}, "Secret", meta);
      case 4:
        return head({"networking.istio.io/v1"}, "VirtualService", meta)
            .set("spec", map().set("exportTo", seq({text("nowhere")})).set("hosts", seq({text("a")})));
      case 5:
        return map().set("kind", text("PeerAuthentication")).set("metadata", meta).set("spec", strict);
      case 6:
        return map().set("replicas", number(2)).set("values", seq({text("a"), number(1)}));
      default:
        return head({"v1"}, "ServiceAccount", meta);
    }
  }

  Choices& choices_;
};

vector<EmittedFile> emit_with(const MeshModel& mesh, Choices choices) {
  vector<EmittedFile> result;
  for (const File& file : mesh.files) {
    const bool json = file.path.ends_with(".json");
    string out;
    if (!json && choices.maybe(10)) out += "# generated\n";
    bool first = true;
    for (const Document& document : file.documents) {
      if (!first || (!json && choices.maybe(25))) out += choices.maybe(8) ? "--- # next\n" : "---\n";
      first = false;
      Writer writer(choices);
      Printer printer(choices, json);
      out += printer.document(writer.document(document));
      if (!json && choices.maybe(8)) out += '\n';
    }
    if (choices.maybe(8) && out.ends_with('\n')) out.pop_back();
    if (choices.maybe(4)) {
      string with_returns;
      for (const char c : out) with_returns += c == '\n' ? string("\r\n") : string(1, c);
      out = with_returns;
    }
    result.push_back({file.path, out});
  }
  return result;
}

}  // namespace

vector<EmittedFile> emit(const MeshModel& mesh, std::uint64_t style_seed) {
  Random random(style_seed);
  return emit_with(mesh, Choices(&random));
}

vector<EmittedFile> emit_plain(const MeshModel& mesh) { return emit_with(mesh, Choices(nullptr)); }

string print(const MeshModel& mesh, const vector<EmittedFile>& files) {
  string out;
  const Settings& settings = mesh.settings;
  if (settings.root_namespace) out += "#- setting rootNamespace: " + *settings.root_namespace + '\n';
  if (settings.enable_auto_mtls) {
    out += string("#- setting enableAutoMtls: ") + (*settings.enable_auto_mtls ? "true" : "false") + '\n';
  }
  if (settings.cluster_domain) out += "#- setting clusterDomain: " + *settings.cluster_domain + '\n';
  if (settings.rule_export_to) {
    out += "#- setting defaultDestinationRuleExportTo:";
    for (const string& entry : *settings.rule_export_to) out += ' ' + entry;
    out += '\n';
  }
  if (settings.default_namespace) out += "#- setting defaultNamespace: " + *settings.default_namespace + '\n';
  if (settings.separate_tis0207) {
    out += string("#- setting separateTIS0207: ") + (*settings.separate_tis0207 ? "true" : "false") + '\n';
  }
  for (const EmittedFile& file : files) out += "#- " + file.path + '\n' + file.text;
  return out;
}

string print(const MeshModel& mesh) { return print(mesh, emit_plain(mesh)); }

}  // namespace reference
