#include "lsp/refresher.h"

#include <nlohmann/json.hpp>

namespace lsp {

void Refresher::initialize(const protocol::ClientCapabilities& client) {
  for (const char* shown : {"inlayHint", "codeLens"}) {
    if (!protocol::flag(client.all, {"workspace", shown, "refreshSupport"})) continue;
    questions_.push_back({std::string("workspace/") + shown + "/refresh"});
  }
}

void Refresher::mark_stale() {
  for (RefreshKind& question : questions_) question.stale = true;
}

void Refresher::publishing_done() {
  for (RefreshKind& question : questions_) {
    if (!question.stale || question.asked) continue;
    question.stale = false;
    question.asked = true;
    client_.request(question.method, nullptr, [&question](const Message&) { question.asked = false; });
  }
}

}  // namespace lsp
