#include "lsp/features/mention_scope.h"

namespace lsp {

checks::MentionScope mention_scope(Session& session, const std::string& uri) {
  checks::MentionScope scope;
  const auto subject = session.subject(uri);
  if (!subject) return scope;
  const auto meshes = session.meshes_of(*subject);
  if (meshes.empty()) return scope;
  const workspace::Mesh& mesh = meshes.front().mesh;
  scope.root_namespace = mesh.graph().settings().root_namespace;
  scope.cluster_domain = mesh.graph().settings().cluster_domain;
  scope.default_namespace = mesh.settings().default_namespace.value_or(scope.default_namespace);
  return scope;
}

}  // namespace lsp
