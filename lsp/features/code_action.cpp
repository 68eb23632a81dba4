// Clients without code action literals (LSP before 3.8) get no actions: for them an action would have to be a
// command, which could not say that it weakens encryption before it did.
#include "lsp/features/code_action.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "checks/engine/suppress_edit.h"
#include "checks/queries/separate_meshes.h"
#include "lsp/features/feature.h"
#include "lsp/features/markup.h"
#include "lsp/protocol/code_action.h"

namespace lsp {
namespace {

using protocol::CodeActionParams;
using protocol::DiagnosticKey;

using workspace::yaml::TextEdit;

constexpr std::string_view kQuickFixKind = "quickfix";

bool wants(const CodeActionParams& params, std::string_view kind) {
  return !params.only || std::any_of(params.only->begin(), params.only->end(),
                                     [&](const std::string& wanted) { return kind_includes(wanted, kind); });
}

// Fixing a whole document is for those who ask for it by name, as on saving.
bool wants_fix_all(const CodeActionParams& params) { return params.only && wants(params, kFixAllKind); }

bool touches(workspace::ByteRange a, workspace::ByteRange b) { return a.begin <= b.end && b.begin <= a.end; }

bool is_ours(const DiagnosticKey& key) { return key.source == "istio-mtls"; }

// The diagnostics that the client speaks of, if it speaks of any of ours, else those in the range.
bool is_meant(std::string_view code, workspace::ByteRange place, const CodeActionParams& params,
              const Session::Subject& subject, const Converter& converter) {
  if (std::none_of(params.diagnostics.begin(), params.diagnostics.end(), is_ours)) {
    return touches(place, to_bytes(*subject.text, params.range, converter.unit()));
  }
  const protocol::Range range = to_range(*subject.text, place, converter.unit());
  return std::any_of(params.diagnostics.begin(), params.diagnostics.end(), [&](const DiagnosticKey& key) {
    return is_ours(key) && key.code == code && key.range == range;
  });
}

class CodeActions {
 public:
  CodeActions(const FeatureContext& context, Session::Subject subject)
      : context_(context), session_(context.session), subject_(std::move(subject)) {}

  RpcResult answer(const CodeActionParams& params) {
    Json actions = Json::array();
    if (wants(params, kQuickFixKind)) {
      std::vector<checks::Finding> meant = findings();
      std::erase_if(meant, [&](const auto& f) { return !is_meant(f.code, f.at.range, params); });
      Json others = Json::array();  // after those that are preferred
      for (const checks::Finding& finding : meant) {
        if (context_.cancelled()) return RpcError{ErrorCode::RequestCancelled, "cancelled"};
        add_quick_fixes(finding, actions, others);
      }
      add_configuration(meant, actions);
      add_removals(params, actions);
      actions.insert(actions.end(), others.begin(), others.end());
      for (const checks::Finding& finding : meant) add_explanation(finding, actions);
      for (const checks::Finding& finding : meant) add_suppression(finding, actions);
    }
    if (wants_fix_all(params)) add_fix_all(actions);
    return actions;
  }

 private:
  [[nodiscard]] bool is_meant(std::string_view code, workspace::ByteRange place,
                              const CodeActionParams& params) const {
    return lsp::is_meant(code, place, params, subject_, session_.converter());
  }

  std::vector<checks::Finding> findings() const {
    return subject_.analysis->findings(subject_.path, kMaxRelated + 1);
  }

  std::vector<checks::Fix> fixes(const checks::Finding& finding,
                                 checks::FixFilter filter = checks::FixFilter::All) {
    return subject_.analysis->fixes(finding, session_.text_source(), session_.client().createFiles, filter);
  }

  void add_quick_fixes(const checks::Finding& finding, Json& preferred, Json& others) {
    for (const checks::Fix& fix : fixes(finding)) {
      Json edit = session_.converter().workspace_edit(fix.edits, fix.title, fix.weakens);
      if (edit.is_null()) continue;
      Json action{{"title", fix.title}, {"kind", kQuickFixKind}, {"edit", std::move(edit)}};
      action["diagnostics"] = Json::array({session_.converter().diagnostic(finding)});
      if (session_.client().isPreferred) action["isPreferred"] = fix.preferred;
      (fix.preferred ? preferred : others).push_back(std::move(action));
    }
  }

  // Our page of a code, for a client that can show it; once for each code.
  void add_explanation(const checks::Finding& finding, Json& actions) {
    if (!knows_commands(session_.client())) return;
    Json action{{"title", "Explain " + finding.code},
                {"kind", kQuickFixKind},
                {"command",
                 {{"title", "Explain " + finding.code},
                  {"command", "istioMtls.explain"},
                  {"arguments", Json::array({finding.code})}}}};
    const auto is_same = [&](const Json& other) { return other["title"] == action["title"]; };
    if (std::any_of(actions.begin(), actions.end(), is_same)) return;
    action["diagnostics"] = Json::array({session_.converter().diagnostic(finding)});
    actions.push_back(std::move(action));
  }

  void add_action(const std::string& title, const TextEdit& edit, Json diagnostic, bool preferred,
                  Json& actions) {
    Json change = session_.converter().workspace_edit({{subject_.path, edit.range, edit.new_text, false}},
                                                      title, false);
    if (change.is_null()) return;
    const auto is_same = [&](const Json& other) { return other.value("edit", Json()) == change; };
    if (std::any_of(actions.begin(), actions.end(), is_same)) return;  // the same, found in two meshes
    Json action{{"title", title}, {"kind", kQuickFixKind}, {"edit", std::move(change)}};
    action["diagnostics"] = Json::array({std::move(diagnostic)});
    if (session_.client().isPreferred) action["isPreferred"] = preferred;
    actions.push_back(std::move(action));
  }

  // Comes after all fixes: to silence a finding heals nothing.
  void add_suppression(const checks::Finding& finding, Json& actions) {
    const std::string& text = subject_.text->bytes;
    const auto edit = checks::suppress(subject_.path, text, *subject_.analysis->facts(subject_.path),
                                       finding.at.range.begin, finding.code);
    if (!edit) return;
    add_action("Ignore " + finding.code + " here (writes a comment)", *edit,
               session_.converter().diagnostic(finding), false, actions);
  }

  // For folders that are deployed separately: a first configuration, which says so.
  void add_configuration(const std::vector<checks::Finding>& meant, Json& actions) {
    const Folder* folder = session_.folder_without_config(subject_.path);
    if (folder == nullptr || !session_.client().createFiles) return;
    for (const checks::Finding& finding : meant) {
      if (finding.code != "MTLS0006") continue;
      const auto separate = checks::separate_meshes(*subject_.analysis, folder->path, finding);
      if (!separate) continue;
      const std::string title = fmt::format("Create {} with the meshes {}", workspace::kConfigFileName,
                                            enumerate(separate->names, separate->names.size()));
      Json edit = session_.converter().workspace_edit(
          {{session_.folders().config_path(*folder), {}, separate->config, true}}, title, false);
      if (edit.is_null()) continue;
      Json action{{"title", title}, {"kind", kQuickFixKind}, {"edit", std::move(edit)}};
      action["diagnostics"] = Json::array({session_.converter().diagnostic(finding)});
      if (session_.client().isPreferred) action["isPreferred"] = false;
      actions.push_back(std::move(action));
      return;
    }
  }

  void add_removals(const CodeActionParams& params, Json& actions) {
    const workspace::FileFacts& facts = *subject_.analysis->facts(subject_.path);
    const std::string& text = subject_.text->bytes;
    for (const checks::UnusedSuppression& unused : session_.unused_suppressions(subject_.path)) {
      if (unused.comment.empty() || !is_meant(kUnusedSuppression, unused.range, params)) continue;
      const auto edit = unused.code.empty() ? checks::remove_comment(text, facts, unused.comment)
                                            : checks::remove_code(text, facts, unused.comment, unused.code);
      if (!edit) continue;
      const std::string what = unused.code.empty() ? "the unused comment" : "the unused code " + unused.code;
      add_action("Remove " + what, *edit, session_.converter().diagnostic(unused, *subject_.text), true,
                 actions);
    }
  }

  // The first preferred fix of each finding. None weakens encryption: those are never preferred.
  void add_fix_all(Json& actions) {
    std::vector<checks::FileEdit> edits;
    for (const checks::Finding& finding : findings()) {
      if (context_.cancelled()) return;
      for (const checks::Fix& fix : fixes(finding, checks::FixFilter::Preferred)) {
        if (!fix.weakens && combine_edits(edits, fix.edits)) break;
      }
    }
    if (edits.empty()) return;
    const std::string title = "Fix all Istio mTLS problems that have a safe fix";
    Json edit = session_.converter().workspace_edit(edits, title, false);
    if (edit.is_null()) return;
    actions.push_back({{"title", title}, {"kind", kFixAllKind}, {"edit", std::move(edit)}});
  }

  const FeatureContext& context_;
  Session& session_;
  Session::Subject subject_;
};

RpcResult code_actions(const FeatureContext& context, const CodeActionParams& params) {
  auto subject = context.session.subject(params.uri);
  if (!subject || !context.session.client().codeActionLiterals) return Json::array();
  RpcResult answer = CodeActions(context, *std::move(subject)).answer(params);
  // Edits without versions would be made in whatever the client has by then.
  if (!context.session.client().documentChanges && context.outdated()) {
    return RpcError{ErrorCode::ContentModified, "the text has changed since"};
  }
  return answer;
}

Json options(const protocol::ClientCapabilities& client) {
  if (!client.codeActionLiterals) return true;
  return {{"codeActionKinds", {kQuickFixKind, kFixAllKind}}};
}

bool conflict(const checks::FileEdit& a, const checks::FileEdit& b) {
  if (a.file != b.file) return false;
  if (a.creates_file || b.creates_file || a.range == b.range) return true;
  return a.range.begin < b.range.end && b.range.begin < a.range.end;
}

}  // namespace

bool kind_includes(std::string_view wanted, std::string_view kind) {
  if (wanted.empty()) return true;
  return kind.starts_with(wanted) && (kind.size() == wanted.size() || kind[wanted.size()] == '.');
}

bool combine_edits(std::vector<checks::FileEdit>& all, const std::vector<checks::FileEdit>& more) {
  std::vector<checks::FileEdit> added;
  for (const checks::FileEdit& edit : more) {
    if (std::find(all.begin(), all.end(), edit) != all.end()) continue;
    const auto clashes = [&](const checks::FileEdit& other) { return conflict(edit, other); };
    if (std::any_of(all.begin(), all.end(), clashes)) return false;
    added.push_back(edit);
  }
  all.insert(all.end(), added.begin(), added.end());
  std::stable_sort(all.begin(), all.end(), [](const checks::FileEdit& a, const checks::FileEdit& b) {
    return std::tie(a.file, a.range) < std::tie(b.file, b.range);
  });
  return true;
}

void bind_code_action(Binder& binder, const FeatureContext& context) {
  binder.feature<CodeActionParams>(
      "textDocument/codeAction", {"codeActionProvider", options},
      [&context](const CodeActionParams& params) { return code_actions(context, params); });
}

}  // namespace lsp
