// Clients without code action literals (LSP before 3.8) get no actions: for them an action would have to be a
// command, which could not say that it weakens encryption before it did.
#include "lsp/features/code_action.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "lsp/features/feature.h"
#include "lsp/protocol/code_action.h"

namespace lsp {
namespace {

using protocol::CodeActionParams;
using protocol::DiagnosticKey;

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
bool is_meant(const checks::Finding& finding, const CodeActionParams& params, const Session::Subject& subject,
              const Converter& converter) {
  if (std::none_of(params.diagnostics.begin(), params.diagnostics.end(), is_ours)) {
    return touches(finding.at.range, to_bytes(*subject.text, params.range, converter.unit()));
  }
  const protocol::Range range = to_range(*subject.text, finding.at.range, converter.unit());
  return std::any_of(params.diagnostics.begin(), params.diagnostics.end(), [&](const DiagnosticKey& key) {
    return is_ours(key) && key.code == finding.code && key.range == range;
  });
}

class CodeActions {
 public:
  CodeActions(const FeatureContext& context, Session::Subject subject)
      : context_(context), session_(context.session), subject_(std::move(subject)) {}

  RpcResult answer(const CodeActionParams& params) {
    Json actions = Json::array();
    if (wants(params, kQuickFixKind)) {
      for (const checks::Finding& finding : findings()) {
        if (context_.cancelled()) return RpcError{ErrorCode::RequestCancelled, "cancelled"};
        if (is_meant(finding, params, subject_, session_.converter())) add_quick_fixes(finding, actions);
      }
    }
    if (wants_fix_all(params)) add_fix_all(actions);
    return actions;
  }

 private:
  std::vector<checks::Finding> findings() const {
    return subject_.analysis->findings(subject_.path, kMaxRelated + 1);
  }

  std::vector<checks::Fix> fixes(const checks::Finding& finding) {
    return subject_.analysis->fixes(finding, session_.text_source(), session_.client().createFiles);
  }

  void add_quick_fixes(const checks::Finding& finding, Json& actions) {
    for (const checks::Fix& fix : fixes(finding)) {
      Json edit = session_.converter().workspace_edit(fix.edits, fix.title, fix.weakens);
      if (edit.is_null()) continue;
      Json action{{"title", fix.title}, {"kind", kQuickFixKind}, {"edit", std::move(edit)}};
      action["diagnostics"] = Json::array({session_.converter().diagnostic(finding)});
      if (session_.client().isPreferred) action["isPreferred"] = fix.preferred;
      actions.push_back(std::move(action));
    }
  }

  // The first preferred fix of each finding. None weakens encryption: those are never preferred.
  void add_fix_all(Json& actions) {
    std::vector<checks::FileEdit> edits;
    for (const checks::Finding& finding : findings()) {
      if (context_.cancelled()) return;
      for (const checks::Fix& fix : fixes(finding)) {
        if (fix.preferred && !fix.weakens && combine_edits(edits, fix.edits)) break;
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
  return CodeActions(context, *std::move(subject)).answer(params);
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
