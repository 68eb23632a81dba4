// Fix plans -> exact text edits (docs/design/mtls-semantics.md, section 8).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/check_context.h"
#include "workspace/base/result.h"
#include "workspace/yaml/edit.h"

namespace checks {

enum class Placement : std::uint8_t { EndOfFile, NewFile };

// What building many fixes of one state of the files shares; to be cleared when that state changes. Bounded.
class FixMemo {
 public:
  void clear();

 private:
  friend class AnalysedTexts;
  using EditKey =
      std::tuple<const workspace::ResourceNode*, Field, std::int32_t, workspace::ClauseRef, std::string>;
  // Texts that were found to be what was analysed.
  std::unordered_map<std::string, std::weak_ptr<const std::string>> verified_;
  std::map<EditKey, std::vector<workspace::yaml::TextEdit>> mode_edits_;  // relative to the document
};

// The texts that one request for fixes is built from: each is asked for once, and is what was analysed.
class AnalysedTexts {
 public:
  // What is known of a file; null: nothing.
  using FactsOf = std::function<std::shared_ptr<const workspace::FileFacts>(std::string_view path)>;

  // `source` and `memo` must outlive it.
  AnalysedTexts(const TextSource& source, FixMemo& memo, FactsOf facts_of)
      : source_(&source), memo_(&memo), facts_of_(std::move(facts_of)) {}

  [[nodiscard]] std::shared_ptr<const workspace::FileFacts> facts(std::string_view path) const {
    return facts_of_(path);
  }

  // An Error where the text can't be read or has changed since.
  [[nodiscard]] workspace::Result<std::shared_ptr<const std::string>> of(
      const std::string& path, const workspace::FileFacts& facts) const;
  [[nodiscard]] bool exists(const std::string& path) const { return (*source_)(path) != nullptr; }
  // The edits that give a mode another value, in the file's text.
  [[nodiscard]] workspace::Result<std::vector<FileEdit>> mode_edits(const SetMode& change) const;

 private:
  const TextSource* source_;
  FixMemo* memo_;
  FactsOf facts_of_;
  mutable std::unordered_map<std::string, std::shared_ptr<const std::string>> texts_;
};

// The path of the mapping that holds the mode of a site ("spec.trafficPolicy.tls").
std::string mapping_of_mode(const FieldRef& site);

// What must be empty in a clause with that mode. Source: docs/design/mtls-semantics.md, section 8.
std::vector<std::string> excluded_by(std::string_view mode);

// The edits of a plan on the present texts, sorted by file and place; an Error where a text can't be read,
// is not what was analysed, or can't take the edit. `placement` matters for plans that insert a rule.
workspace::Result<std::vector<FileEdit>> build_edits(const workspace::Mesh& mesh, const FixPlan& plan,
                                                     const AnalysedTexts& texts, Placement placement);

}  // namespace checks
