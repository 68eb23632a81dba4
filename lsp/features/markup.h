// Text for people, in Markdown or plain. What comes from manifests is never taken for markup.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/field_ref.h"
#include "lsp/convert.h"

namespace lsp {

// How a place is given behind what is said of it.
enum class Places {
  Omitted,
  InWords,  // foo/a at `payments/rules.yaml:22`
  Linked,   // in Markdown; in plain text InWords
};

// Linked, but for editors of which it is known that they show the address of a link or cannot follow it, and
// those that give no name.
Places places_for(const protocol::ClientCapabilities& client);

class Markup {
 public:
  Markup(bool markdown, const Converter& converter, Places places = Places::Omitted)
      : markdown_(markdown), places_(places), converter_(converter) {}

  [[nodiscard]] std::string text(std::string_view text) const;  // as it is
  [[nodiscard]] std::string strong(std::string_view text) const;
  [[nodiscard]] std::string code(std::string_view text) const;
  // `text` and the place that it leads to, if there is one.
  [[nodiscard]] std::string link(std::string_view text, const std::optional<checks::Location>& place) const;
  // "foo/a", which leads to the site; of a cluster "foo/a in cluster prod".
  [[nodiscard]] std::string link(const checks::FieldRef& site) const;
  // What links have named of clusters that the client cannot open.
  [[nodiscard]] const std::vector<checks::Location>& unopenable() const { return unopenable_; }

 private:
  bool markdown_;
  Places places_;
  const Converter& converter_;
  mutable std::vector<checks::Location> unopenable_;
};

inline constexpr std::size_t kMaxNamed = 5;

// "foo/a"; "a" without a namespace.
std::string short_name(const workspace::ResourceId& id);
// "1 conflict", "2 conflicts".
std::string count(std::size_t number, std::string_view what);
// "a, b and 3 more": of `total` things the first ones.
std::string enumerate(const std::vector<std::string>& first, std::size_t total);

}  // namespace lsp
