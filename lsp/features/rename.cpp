// textDocument/prepareRename and textDocument/rename: a namespace, a Service, a label's value or a subset, in
// all files of the meshes that hold the document (checks/queries/rename.h).
#include "checks/queries/rename.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "lsp/features/feature.h"
#include "lsp/features/mention_scope.h"
#include "lsp/protocol/fields.h"
#include "lsp/sliced_work.h"
#include "workspace/base/uri.h"
#include "workspace/cluster/snapshot.h"

namespace lsp {
namespace {

struct RenameParams {
  protocol::TextDocumentPositionParams at;
  std::string newName;
};

void from_json(const Json& json, RenameParams& params) {
  from_json(json, params.at);
  params.newName = protocol::required_string(json, "newName");
}

RpcError refusal(std::string problem) { return {ErrorCode::RequestFailed, std::move(problem)}; }

std::string shown_path(const Session& session, const std::string& path) {
  for (const Folder& folder : session.folders().all()) {
    if (workspace::is_below(path, folder.path) && path.size() > folder.path.size())
      return path.substr(folder.path == "/" ? 1 : folder.path.size() + 1);
  }
  return path;
}

// What is to be renamed, and all that is known of it; none: nothing that can be.
struct Target {
  Session::Subject subject;
  checks::Mention mention;
  checks::RenameScope scope;
  std::string problem;  // why it can't be renamed; empty: it can
};

std::string why_not(const Session::Subject& subject, const checks::Mention& mention) {
  if (!mention.is_verbatim) return "it is written with escapes or through an alias";
  const auto meshes = subject.analysis->meshes(subject.path);
  if (meshes.empty()) return "the file is part of no mesh";
  for (const checks::MeshView& view : meshes) {
    if (view.cluster != nullptr)
      return fmt::format("the files are laid over cluster {}, where it keeps its name",
                         view.cluster->header.context);
    if (view.mesh.file(subject.path) == nullptr) return "what a build makes of the file is not all known";
  }
  return {};
}

std::optional<Target> target_at(Session& session, const protocol::TextDocumentPositionParams& params) {
  const auto subject = session.subject(params.textDocument.uri);
  if (!subject) return std::nullopt;
  const std::uint32_t offset = to_offset(*subject->text, params.position, session.converter().unit());
  Target target{*subject, {}, {mention_scope(session, params.textDocument.uri), {}}, {}};
  const auto mentions = checks::mentions_in(subject->text->bytes, target.scope.names);
  const auto* mention = checks::mention_at(mentions, offset);
  if (mention == nullptr) return std::nullopt;
  target.mention = *mention;
  target.problem = why_not(*subject, *mention);
  const checks::Thing& thing = mention->thing;
  if (thing.kind == checks::ThingKind::Service) target.scope.services.insert(thing.name);
  if (thing.kind != checks::ThingKind::Namespace) return target;
  for (const checks::MeshView& view : subject->analysis->meshes(subject->path)) {
    const auto* ns = view.mesh.graph().find_namespace(thing.name);
    if (ns == nullptr) continue;
    for (const auto& [host, service] : ns->services) target.scope.services.insert(service->id.name.str());
  }
  return target;
}

RpcResult prepare_rename(const FeatureContext& context, const protocol::TextDocumentPositionParams& params) {
  const auto target = target_at(context.session, params);
  if (!target) return Json(nullptr);
  if (!target->problem.empty()) return refusal("cannot be renamed: " + target->problem);
  const workspace::ByteRange range = target->mention.range;
  const std::string& text = target->subject.text->bytes;
  return Json{{"range", to_range(*target->subject.text, range, context.session.converter().unit())},
              {"placeholder", text.substr(range.begin, range.size())}};
}

class RenameWork : public SlicedWork {
 public:
  RenameWork(Session& session, const Target& target, const std::string& new_name)
      : session_(session),
        analysis_(*target.subject.analysis),
        label_(fmt::format("Rename {} to '{}'", checks::describe(target.mention.thing), new_name)),
        rename_(target.mention.thing, new_name, target.scope) {
    for (const checks::MeshView& view : analysis_.meshes(target.subject.path)) {
      meshes_.emplace(view.name);
      for (const workspace::FileEntry& file : view.mesh.files()) files_.emplace(file.path.str(), file.facts);
    }
    next_ = files_.begin();
  }

  bool step() override {
    if (!problem_.empty()) return false;
    if (next_ == files_.end()) {
      rename_.finish();
      problem_ = rename_.problem();
      return false;
    }
    const auto& [path, facts] = *next_++;
    ++done_;
    problem_ = look(path, *facts);
    return true;
  }
  [[nodiscard]] std::size_t done() const override { return done_; }
  [[nodiscard]] std::size_t total() const override { return files_.size(); }
  [[nodiscard]] std::string title() const override { return label_; }

  [[nodiscard]] RpcResult take_answer() override {
    if (!problem_.empty()) return refusal("not renamed: " + problem_);
    const auto edits = rename_.take_edits();
    for (const checks::FileEdit& edit : edits) {
      for (const checks::MeshView& view : analysis_.meshes(edit.file)) {
        if (!meshes_.contains(std::string(view.name)))
          return refusal(fmt::format("not renamed: {} is part of mesh {}, too",
                                     shown_path(session_, edit.file), view.name));
      }
    }
    Json edit = session_.converter().workspace_edit(edits, label_, false);
    if (edit.is_null()) return refusal("not renamed: a file has changed on the disk meanwhile");
    return edit;
  }

 private:
  // Why the rename is refused; empty: it is not.
  std::string look(const std::string& path, const workspace::FileFacts& facts) {
    if (workspace::is_cluster_path(path)) return {};
    if (facts.origin) {
      rename_.add_build(facts.origin->name(), facts.origin->text());
    } else if (const SharedText text = session_.text_to_edit(path)) {
      rename_.add_file(path, shown_path(session_, path), text->bytes);
    } else {
      return fmt::format("{} cannot be read, or has changed meanwhile", shown_path(session_, path));
    }
    return rename_.problem();
  }

  Session& session_;
  checks::Analysis& analysis_;
  const std::string label_;
  checks::Rename rename_;
  std::set<std::string> meshes_;
  std::map<std::string, std::shared_ptr<const workspace::FileFacts>> files_;
  std::map<std::string, std::shared_ptr<const workspace::FileFacts>>::const_iterator next_;
  std::size_t done_ = 0;
  std::string problem_;
};

RpcResult rename(const FeatureContext& context, const RenameParams& params) {
  // What is being read may be another by then, or gone: a new file that was closed without being saved.
  if (context.session.indexing()) return Deferred{};
  const auto target = target_at(context.session, params.at);
  if (!target) return refusal("there is nothing here that can be renamed");
  std::string problem = target->problem;
  if (problem.empty())
    problem = checks::Rename::refused(target->mention.thing, params.newName, target->scope);
  if (!problem.empty()) return refusal("not renamed: " + problem);
  const std::string& text = target->subject.text->bytes;
  const workspace::ByteRange range = target->mention.range;
  if (text.substr(range.begin, range.size()) == params.newName) return Json(nullptr);
  return std::make_shared<RenameWork>(context.session, *target, params.newName);
}

Json provider(const protocol::ClientCapabilities& client) {
  if (protocol::flag(client.all, {"textDocument", "rename", "prepareSupport"}))
    return Json{{"prepareProvider", true}};
  return true;
}

}  // namespace

void bind_rename(Binder& binder, const FeatureContext& context) {
  binder.request<protocol::TextDocumentPositionParams>(
      "textDocument/prepareRename", [&context](const protocol::TextDocumentPositionParams& params) {
        return prepare_rename(context, params);
      });
  binder.feature<RenameParams>("textDocument/rename", {"renameProvider", provider},
                               [&context](const RenameParams& params) { return rename(context, params); });
}

}  // namespace lsp
