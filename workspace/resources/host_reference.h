// Where a text calls a service of the mesh by its name (docs/design/mtls-semantics.md, section 7, MTLS0205).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "workspace/base/compact_list.h"
#include "workspace/base/compact_string.h"
#include "workspace/text/text_range.h"
#include "workspace/yaml/tree.h"

namespace workspace {

// A URL or `host:port` whose host is <service>.<namespace>[.svc[.<domain>]].
struct HostReference {
  CompactString host;
  CompactString scheme;    // of a URL, in small letters; empty: `host:port`
  std::uint32_t port = 0;  // as written, else that of http and https; 0: neither
  CompactString path;      // of the text in the resource: "spec.template.spec.containers[0].env[1].value"
  SourceRange place;       // the whole text
  friend bool operator==(const HostReference&, const HostReference&) = default;
};

// Whether a text may hold one: a cheap look, true for much that holds none.
bool may_hold_host(std::string_view text);

// Of one text; what follows is not looked at.
inline constexpr std::size_t kMaxHostReferences = 16;

// The next one from `at` on; none: `host` is empty. Moves `at` past it.
HostReference next_host_reference(std::string_view text, std::size_t& at);

// Adds each different one of a scalar; `path` is called if there is one, and returns the scalar's path. Costs
// what the text is long.
template <class Path>
void add_host_references(const yaml::Value& value, const Path& path, CompactList<HostReference>& into) {
  const std::string_view text = value.text();
  if (!may_hold_host(text)) return;
  const std::size_t first = into.size();
  std::size_t at = 0;
  for (HostReference found = next_host_reference(text, at); !found.host.empty();
       found = next_host_reference(text, at)) {
    if (into.size() - first >= kMaxHostReferences) return;
    const auto is_same = [&found](const HostReference& other) {
      return other.host == found.host && other.port == found.port && other.scheme == found.scheme;
    };
    if (std::any_of(into.begin() + static_cast<std::ptrdiff_t>(first), into.end(), is_same)) continue;
    found.path = into.size() > first ? into[first].path : CompactString(path());
    found.place = {value.range()};
    into.push_back(std::move(found));
  }
}

}  // namespace workspace
