// Any text as a workspace, and every edit that is offered for it made: fixes of findings, comments that
// silence them, removals of comments that silence nothing.
//
// A line `#- NAME` begins another file; `.istio-mtls.yaml` is the configuration, a NAME that ends in `.json`
// is a JSON file, all others are YAML.
//
// Promises: edits lie inside their files, between code points, in order and apart; what was readable stays
// so, and every value that no edit touches keeps its bytes; a fix removes its finding and adds no error; a
// comment silences its finding and changes no value.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/suppress_edit.h"
#include "checks/registry.h"
#include "fuzz/target.h"
#include "workspace/config/config_file.h"
#include "workspace/sources/file_facts.h"

namespace fuzz {
namespace {

using Texts = std::map<std::string, std::string>;  // by path

constexpr std::string_view kHeader = "#- ";
constexpr std::size_t kMaxFiles = 8;
constexpr std::size_t kMaxEdits = 12;  // tried of one input
const std::string kRoot = "/w";

struct Input {
  Texts files;
  std::string config;
};

Input decode(std::string_view input) {
  Input decoded;
  std::string* into = &decoded.files[kRoot + "/0.yaml"];
  while (!input.empty()) {
    const std::size_t size = std::min(input.find('\n'), input.size() - 1) + 1;
    const std::string_view line = input.substr(0, size);
    input.remove_prefix(size);
    if (!line.starts_with(kHeader) || decoded.files.size() >= kMaxFiles) {
      *into += line;
    } else if (line.find(workspace::kConfigFileName) != std::string_view::npos) {
      into = &decoded.config;
    } else {
      const bool json = line.find(".json") != std::string_view::npos;
      into = &decoded.files[fmt::format("{}/{}{}", kRoot, decoded.files.size(), json ? ".json" : ".yaml")];
    }
  }
  return decoded;
}

std::vector<checks::MeshDefinition> meshes_of(const std::string& config) {
  std::vector<checks::MeshDefinition> meshes;
  for (auto& mesh : workspace::resolve_meshes(workspace::read_config(config), {})) {
    meshes.push_back({.name = mesh.name, .root = kRoot, .include = mesh.include, .settings = mesh.settings});
  }
  return meshes;
}

// A workspace in memory, read afresh.
class World {
 public:
  World(Texts texts, const std::vector<checks::MeshDefinition>& meshes)
      : texts_(std::move(texts)), analysis_(checks::check_registry(), meshes) {
    std::vector<checks::FileUpdate> updates;
    for (const auto& [path, text] : texts_) updates.push_back({path, workspace::read_facts(text)});
    analysis_.apply(std::move(updates));
  }

  [[nodiscard]] const Texts& texts() const { return texts_; }
  checks::Analysis& analysis() { return analysis_; }
  [[nodiscard]] checks::TextSource source() const {
    return [this](const std::string& path) -> std::shared_ptr<const std::string> {
      const auto at = texts_.find(path);
      return at == texts_.end() ? nullptr : std::make_shared<const std::string>(at->second);
    };
  }
  [[nodiscard]] bool readable(const std::string& path) const {
    const workspace::FileFacts* facts = analysis_.facts(path);
    return std::none_of(facts->documents.begin(), facts->documents.end(),
                        [](const auto& document) { return document.broken != nullptr; });
  }

 private:
  Texts texts_;
  checks::Analysis analysis_;
};

// Section 8 of docs/design/mtls-semantics.md prefers their fixes although they weaken: they write down what
// happens anyway, or what was meant.
bool is_preferred_anyhow(std::string_view code) {
  return code == "MTLS0001" || code == "MTLS0008" || code == "MTLS0103" || code == "TIS0503";
}

std::string name_of(const checks::Finding& finding) {
  return fmt::format("{} [{}] {} {}", finding.code, finding.mesh, workspace::to_string(finding.at.id),
                     finding.at.path);
}

// Those of the same name: several definitions of one resource have a finding each.
std::ptrdiff_t count(const std::vector<checks::Finding>& findings, const checks::Finding& like) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const checks::Finding& other) { return name_of(other) == name_of(like); });
}

std::multiset<std::string> errors(const std::vector<checks::Finding>& findings) {
  std::multiset<std::string> names;
  for (const checks::Finding& finding : findings) {
    if (finding.severity == checks::Severity::Error) names.insert(name_of(finding));
  }
  return names;
}

bool on_boundary(std::string_view text, std::uint32_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
}

// As an editor does it, after a look at whether it can.
Texts edited(const Texts& texts, const std::vector<checks::FileEdit>& edits, const std::string& what) {
  Texts after = texts;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    const checks::FileEdit& edit = edits[i];
    if (edit.creates_file) {
      require(!texts.contains(edit.file), what + ": a file that is made is not there yet");
      continue;
    }
    require(texts.contains(edit.file), what + ": edits a file that there is");
    const std::string& text = texts.at(edit.file);
    require(edit.range.begin <= edit.range.end && edit.range.end <= text.size(),
            what + ": edits inside the file");
    require(on_boundary(text, edit.range.begin) && on_boundary(text, edit.range.end),
            what + ": edits whole characters");
    if (i == 0 || edits[i - 1].file != edit.file) continue;
    require(edits[i - 1].range.end <= edit.range.begin, what + ": edits are in order and apart");
  }
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
    after[edit->file].replace(edit->range.begin, edit->range.size(), edit->new_text);
  }
  return after;
}

class Editing {
 public:
  explicit Editing(const Input& input)
      : meshes_(meshes_of(input.config)),
        world_(input.files, meshes_),
        findings_(world_.analysis().all_findings()) {}

  void try_all() {
    for (const checks::Finding& finding : findings_) {
      for (const checks::Fix& fix : world_.analysis().fixes(finding, world_.source(), true))
        try_fix(finding, fix);
      try_suppression(finding);
    }
    for (const auto& [path, text] : world_.texts()) try_removals(path, text);
  }

 private:
  World after(const std::vector<checks::FileEdit>& edits, const std::string& what) {
    World changed(edited(world_.texts(), edits, what), meshes_);
    for (const checks::FileEdit& edit : edits) {
      if (edit.creates_file || world_.readable(edit.file))
        require(changed.readable(edit.file), what + ": what was YAML stays so");
    }
    return changed;
  }

  void try_fix(const checks::Finding& finding, const checks::Fix& fix) {
    if (++tried_ > kMaxEdits) return;
    const std::string what = name_of(finding) + ": " + fix.title;
    World changed = after(fix.edits, what);
    const auto errors_before = errors(findings_);
    const auto now = changed.analysis().all_findings();
    require(count(now, finding) < count(findings_, finding), what + ": the finding is gone");
    for (const std::string& error : errors(now)) {
      require(errors_before.contains(error), what + ": no new error, but " + error);
    }
    require(!fix.preferred || !fix.weakens || is_preferred_anyhow(finding.code),
            what + ": not both preferred and weakening");
  }

  // A comment changes no value: every document says what it said.
  void try_comment(const std::string& path, const workspace::yaml::TextEdit& edit, const std::string& what) {
    World changed = after({{path, edit.range, edit.new_text, false}}, what);
    const auto& before = world_.analysis().facts(path)->documents;
    const auto& now = changed.analysis().facts(path)->documents;
    require(before.size() == now.size(), what + ": as many documents");
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i].problem()) continue;
      require(before[i].facts->resources == now[i].facts->resources, what + ": no value changes");
    }
  }

  void try_suppression(const checks::Finding& finding) {
    const std::string& path = finding.at.file;
    if (++tried_ > kMaxEdits || !world_.texts().contains(path)) return;
    const std::string& text = world_.texts().at(path);
    const auto edit =
        checks::suppress(path, text, *world_.analysis().facts(path), finding.at.range.begin, finding.code);
    if (!edit) return;
    const std::string what = "ignore " + name_of(finding);
    try_comment(path, *edit, what);
    World changed = after({{path, edit->range, edit->new_text, false}}, what);
    require(count(changed.analysis().all_findings(), finding) < count(findings_, finding),
            what + ": the finding is gone");
  }

  void try_removals(const std::string& path, const std::string& text) {
    const workspace::FileFacts& facts = *world_.analysis().facts(path);
    for (const auto& unused : world_.analysis().unused_suppressions(path, world_.source())) {
      if (unused.comment.empty() || ++tried_ > kMaxEdits) continue;
      const auto edit = unused.code.empty() ? checks::remove_comment(text, facts, unused.comment)
                                            : checks::remove_code(text, facts, unused.comment, unused.code);
      if (edit) try_comment(path, *edit, "remove " + unused.message);
    }
  }

  const std::vector<checks::MeshDefinition> meshes_;
  World world_;
  const std::vector<checks::Finding> findings_;
  std::size_t tried_ = 0;
};

}  // namespace

void fixes(std::string_view input) { Editing(decode(input)).try_all(); }

}  // namespace fuzz
