// What a feature is given, and the list of features.
//
// A feature is one file here: a function that binds its method, its capability and its handler. It reads the
// session's state and returns JSON; it keeps none of its own. To add one: write `features/<name>.cpp`,
// declare its bind function below and call it in `bind_features`.
#pragma once

#include <functional>

#include "lsp/binder.h"
#include "lsp/session.h"

namespace lsp {

// A file of more meshes than this is told of in the first ones only.
inline constexpr std::size_t kMaxMeshes = 3;

// A client that runs the commands which answers name (docs/design/interfaces.md).
inline bool knows_commands(const protocol::ClientCapabilities& client) {
  return protocol::flag(client.all, {"experimental", "istioMtls", "commands"});
}

struct FeatureContext {
  Session& session;
  std::function<bool()> cancelled;  // was the request being answered cancelled meanwhile?
  std::function<void(const Json& token, Json value)> report_progress;  // $/progress: a part of the answer
  std::function<bool()>
      outdated;  // do changes of documents wait, so that the client's texts are others by now?
};

void bind_features(Binder& binder, const FeatureContext& context);

void bind_builds(Binder& binder, const FeatureContext& context);
void bind_clusters(Binder& binder, const FeatureContext& context);
void bind_code_action(Binder& binder, const FeatureContext& context);
void bind_completion(Binder& binder, const FeatureContext& context);
void bind_document_highlight(Binder& binder, const FeatureContext& context);
void bind_document_link(Binder& binder, const FeatureContext& context);
void bind_folding_range(Binder& binder, const FeatureContext& context);
void bind_graph(Binder& binder, const FeatureContext& context);
void bind_code_lens(Binder& binder, const FeatureContext& context);
void bind_hover(Binder& binder, const FeatureContext& context);
void bind_inlay_hint(Binder& binder, const FeatureContext& context);
void bind_pull_diagnostics(Binder& binder, const FeatureContext& context);
void bind_rename(Binder& binder, const FeatureContext& context);
void bind_selection_range(Binder& binder, const FeatureContext& context);
void bind_document_symbols(Binder& binder, const FeatureContext& context);
void bind_workspace_symbols(Binder& binder, const FeatureContext& context);
void bind_navigation(Binder& binder, const FeatureContext& context);

}  // namespace lsp
