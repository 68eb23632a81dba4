#include "workspace/sources/manifest_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace workspace {
namespace {

constexpr std::array<std::string_view, 5> kMarks = {"{{", "{%", "<%", "%{", "${"};

bool is_capital(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

constexpr std::size_t kMaxToken = 64;

// "<TOKEN>" or "[TOKEN]", perhaps with more behind it.
bool begins_with_token(std::string_view text) {
  text = text.substr(0, kMaxToken);
  if (text.size() < 3 || (text[0] != '<' && text[0] != '[') || text[1] < 'A' || text[1] > 'Z') return false;
  const auto end = std::find_if_not(text.begin() + 1, text.end(), is_capital);
  return end != text.end() && *end == (text[0] == '<' ? '>' : ']');
}

// A scalar that holds a mark. `${` is for substitution by the tool that applies the document, which names the
// same thing wherever it stands.
bool has_mark(std::string_view scalar) {
  for (const std::string_view mark : kMarks) {
    if (mark != "${" && scalar.find(mark) != std::string_view::npos) return true;
  }
  return begins_with_token(scalar);
}

constexpr std::size_t kMaxDepth = 16;  // deeper than any field that is looked at

bool is_marked(const yaml::Value& value, std::size_t depth) {
  if (value.is_scalar()) return has_mark(value.text());
  if (depth == 0) return false;
  if (value.is_sequence()) {
    const auto items = value.items();
    return std::any_of(items.begin(), items.end(),
                       [depth](const yaml::Value& item) { return is_marked(item, depth - 1); });
  }
  if (!value.is_mapping()) return false;
  const auto entries = value.entries();
  return std::any_of(entries.begin(), entries.end(), [depth](const auto& entry) {
    return has_mark(entry.first) || is_marked(entry.second, depth - 1);
  });
}

constexpr std::array<std::string_view, 6> kNamingFields = {"host",     "selector", "mode",
                                                           "exportTo", "labels",   "matchLabels"};

// Looks for the fields of `spec` that name or decide something, at any depth.
bool has_marked_field(const yaml::Value& value, std::size_t depth) {
  if (depth == 0) return false;
  if (value.is_sequence()) {
    const auto items = value.items();
    return std::any_of(items.begin(), items.end(),
                       [depth](const yaml::Value& item) { return has_marked_field(item, depth - 1); });
  }
  if (!value.is_mapping()) return false;
  const auto entries = value.entries();
  return std::any_of(entries.begin(), entries.end(), [depth](const auto& entry) {
    const bool names =
        std::find(kNamingFields.begin(), kNamingFields.end(), entry.first) != kNamingFields.end();
    return names ? is_marked(entry.second, depth - 1) : has_marked_field(entry.second, depth - 1);
  });
}

// The groups of the kinds that are read, and those whose workloads are (semantics, section 1).
constexpr std::array<std::string_view, 13> kGroups = {"security.istio.io",
                                                      "networking.istio.io",
                                                      "install.istio.io",
                                                      "sailoperator.io",
                                                      "operator.istio.io",
                                                      "gateway.networking.k8s.io",
                                                      "admissionregistration.k8s.io",
                                                      "apiextensions.k8s.io",
                                                      "apiregistration.k8s.io",
                                                      "monitoring.coreos.com",
                                                      "networking.k8s.io",
                                                      "apps",
                                                      "batch"};

bool is_known_api_version(std::string_view value) {
  if (value == "v1") return true;
  const std::string_view group = value.substr(0, value.find('/'));
  return group.size() < value.size() && std::find(kGroups.begin(), kGroups.end(), group) != kGroups.end();
}

// Reports whether `accept` takes the value behind some `key:` of the text: a key as YAML or JSON writes it,
// first on its line or after a bracket, comma, dash or quote. Lists of characters stand for a grammar here,
// since the text has none.
template <class Accept>
bool any_value(std::string_view text, std::string_view key, const Accept& accept) {
  constexpr std::string_view kBefore = " \t\n-{,\"'\xBF";
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at > 0 && kBefore.find(text[at - 1]) == std::string_view::npos) continue;
    std::size_t value = text.find_first_not_of("\"' \t", at + key.size());
    if (value == std::string_view::npos || text[value] != ':') continue;
    value = text.find_first_not_of("\"' \t", value + 1);
    if (value == std::string_view::npos) continue;
    const std::size_t end = std::min(text.find_first_of(" \t\r\n,\"'#}", value), text.size());
    if (accept(text.substr(value, end - value))) return true;
  }
  return false;
}

template <class Accept>
bool any_line(std::string_view text, const Accept& accept) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (accept(text.substr(0, end))) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

}  // namespace

bool may_hold_manifest(std::string_view text) {
  return text.find("apiVersion") != std::string_view::npos && text.find("kind") != std::string_view::npos;
}

bool has_template_mark(std::string_view text) {
  for (const std::string_view mark : kMarks) {
    if (text.find(mark) != std::string_view::npos) return true;
  }
  return any_line(text, [](std::string_view line) {
    const std::size_t value = line.find(": ");
    std::string_view node = value == std::string_view::npos ? line : line.substr(value + 2);
    node.remove_prefix(std::min(node.find_first_not_of(" \t-\"'"), node.size()));
    return begins_with_token(node);
  });
}

// Each mark has a `{` or begins with `<`, and so does, or with `[`, each token.
bool may_be_template(std::string_view text) {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == '{' || next == '%' || (at > 0 && text[at - 1] == '%')) return true;
  }
  for (const char open : {'<', '['}) {
    for (std::size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at + 1)) {
      const std::string_view rest = text.substr(at);
      if (rest.starts_with("<%") || begins_with_token(rest)) return true;
    }
  }
  return false;
}

bool is_template(const yaml::Value& root) {
  const yaml::Value metadata = root["metadata"];
  for (const std::string_view key : {"apiVersion", "kind"}) {
    if (is_marked(root[key], 1)) return true;
  }
  for (const std::string_view key : {"name", "namespace", "labels"}) {
    if (is_marked(metadata[key], 2)) return true;
  }
  // The marks below are its own: it makes Applications of them.
  if (root["kind"].text() == "ApplicationSet") return false;
  return has_marked_field(root["spec"], kMaxDepth);
}

bool is_ytt(std::string_view text) {
  if (text.find("#@") == std::string_view::npos) return false;
  return any_line(text, [](std::string_view line) {
    const std::size_t comment = line.find("#@");
    return comment != std::string_view::npos &&
           (comment == 0 || line[comment - 1] == ' ' || line[comment - 1] == '\t');
  });
}

bool claims_to_be_manifest(std::string_view document) {
  return any_value(document, "apiVersion", is_known_api_version) &&
         any_value(document, "kind", [](std::string_view value) { return !value.empty(); });
}

}  // namespace workspace
