#include "lsp/features/feature.h"

namespace lsp {

void bind_features(Binder& binder, const FeatureContext& context) {
  bind_builds(binder, context);
  bind_clusters(binder, context);
  bind_code_action(binder, context);
  bind_completion(binder, context);
  bind_document_highlight(binder, context);
  bind_document_link(binder, context);
  bind_folding_range(binder, context);
  bind_graph(binder, context);
  bind_code_lens(binder, context);
  bind_hover(binder, context);
  bind_inlay_hint(binder, context);
  bind_pull_diagnostics(binder, context);
  bind_rename(binder, context);
  bind_selection_range(binder, context);
  bind_document_symbols(binder, context);
  bind_workspace_symbols(binder, context);
  bind_navigation(binder, context);
}

}  // namespace lsp
