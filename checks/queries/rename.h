// Gives a namespace, a Service, a label's value or a subset another name, wherever manifests name it.
//
// Only where every place is known: what is built, written with escapes or through an alias, or stands in a
// document that is not valid YAML is a reason to refuse the whole, as are names that exist already. Texts
// that hold `service.namespace` as a word (URLs, arguments) are changed with the fields. Knows one text at a
// time; holds the edits only.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/finding.h"
#include "checks/queries/mentions.h"

namespace checks {

// "the namespace 'foo'"; "label app=web of namespace 'foo'".
std::string describe(const Thing& thing);

struct RenameScope {
  MentionScope names;
  // Services whose names stand before a namespace in texts: of a namespace all of it, of a Service itself.
  std::set<std::string, std::less<>> services;
};

class Rename {
 public:
  // Why the thing cannot have that name, or any other; empty: it can.
  static std::string refused(const Thing& thing, std::string_view new_name, const RenameScope& scope);

  Rename(Thing thing, std::string new_name, RenameScope scope);

  // Of files, in the order of their paths; `shown` is what people are told of a path. False: the rename is
  // refused (`problem`).
  bool add_file(const std::string& path, const std::string& shown, std::string_view text);
  // What is made of other files, and cannot be edited.
  bool add_build(const std::string& name, std::string_view text);

  // After all of them. False: a Service or a subset is defined in none.
  bool finish();

  [[nodiscard]] const std::string& problem() const { return problem_; }           // one line; empty: none
  [[nodiscard]] std::vector<FileEdit> take_edits() { return std::move(edits_); }  // sorted, each once

 private:
  [[nodiscard]] bool may_name(std::string_view text) const;
  bool refuse(std::string problem);
  bool add_mention(const std::string& path, const std::string& shown, std::string_view text,
                   const Mention& mention);
  void add_texts(const std::string& path, std::string_view text);

  const Thing thing_;
  const std::string new_name_;
  const RenameScope scope_;
  Thing renamed_;
  std::string problem_;
  bool is_defined_ = false;
  std::vector<FileEdit> edits_;
};

}  // namespace checks
