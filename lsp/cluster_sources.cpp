#include "lsp/cluster_sources.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "workspace/base/uri.h"
#include "workspace/cluster/snapshot_file.h"

namespace lsp {
namespace {

// Whether two snapshots differ in nothing but the time that they were taken.
bool say_the_same(const workspace::Snapshot& a, const workspace::Snapshot& b) {
  return a.header.context == b.header.context && a.header.server_version == b.header.server_version &&
         a.header.default_namespace == b.header.default_namespace && a.header.not_read == b.header.not_read &&
         std::equal(a.objects.begin(), a.objects.end(), b.objects.begin(), b.objects.end(),
                    [](const workspace::SnapshotObject& x, const workspace::SnapshotObject& y) {
                      return x.id == y.id && x.document.size == y.document.size &&
                             x.document.hash == y.document.hash;
                    });
}

}  // namespace

void ClusterSources::lay_below(std::vector<checks::MeshDefinition>& meshes,
                               const std::function<bool(const std::string& root)>& is_settled) {
  std::set<Key> wanted;
  for (checks::MeshDefinition& mesh : meshes) {
    const workspace::ClusterSource& named = mesh.settings.cluster;
    if (!named.is_set()) continue;
    Key key{named.context, ""};
    if (!named.snapshot.empty()) key = {"", workspace::path_from(mesh.root, named.snapshot)};
    wanted.insert(key);
    Source& source = sources_[key];
    source.root_namespace = mesh.settings.root_namespace.value_or("istio-system");
    if (!source.is_asked && is_settled(mesh.root)) read(key, source);
    if (source.snapshot != nullptr) {
      checks::lay_over(mesh, source.snapshot);
    } else {
      mesh.unseen = {.documents = true, .pods = true};
    }
  }
  const std::size_t before = sources_.size();
  std::erase_if(sources_, [&](const auto& source) {
    if (wanted.contains(source.first)) return false;
    if (source.second.request != nullptr) source.second.request->is_cancelled = true;
    return true;
  });
  if (sources_.size() != before) {
    tell_progress();
    listener_.changed();
  }
}

void ClusterSources::refresh() {
  for (auto& [key, source] : sources_) read(key, source);
}

void ClusterSources::file_changed(const std::string& path) {
  const auto source = sources_.find({"", path});
  if (source != sources_.end()) read(source->first, source->second);
}

void ClusterSources::cancel() {
  for (auto& [key, source] : sources_) {
    if (source.request == nullptr) continue;
    source.request->is_cancelled = true;
    source.request = nullptr;
    source.is_cancelled = true;
  }
  tell_progress();
  listener_.changed();
}

std::vector<ClusterSources::Status> ClusterSources::states() const {
  std::vector<Status> states;
  for (const auto& [key, source] : sources_) {
    Status& status = states.emplace_back();
    status.context = key.first;
    status.snapshot = key.second;
    status.name = key.first.empty() ? std::string(workspace::base_name(key.second)) : key.first;
    status.reading = source.request != nullptr;
    status.error = source.error;
    status.cancelled = source.is_cancelled;
    if (source.snapshot == nullptr) continue;
    status.name = source.snapshot->header.context;
    status.taken = source.taken;
    status.objects = source.snapshot->objects.size();
    status.not_read = source.snapshot->header.not_read;
  }
  return states;
}

const ClusterSources::Source* ClusterSources::source_of(std::string_view name) const {
  const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const auto& source) {
    return source.second.snapshot != nullptr && source.second.snapshot->header.context == name;
  });
  return found == sources_.end() ? nullptr : &found->second;
}

std::shared_ptr<const workspace::Snapshot> ClusterSources::find(std::string_view name) const {
  const Source* source = source_of(name);
  return source == nullptr ? nullptr : source->snapshot;
}

std::string ClusterSources::taken(std::string_view name) const {
  const Source* source = source_of(name);
  return source == nullptr ? "" : source->taken;
}

std::size_t ClusterSources::object_count() const {
  return std::accumulate(
      sources_.begin(), sources_.end(), std::size_t{0}, [](std::size_t sum, const auto& source) {
        return sum + (source.second.snapshot == nullptr ? 0 : source.second.snapshot->objects.size());
      });
}

void ClusterSources::read(const Key& key, Source& source) {
  source.is_asked = true;
  source.is_cancelled = false;
  if (source.request != nullptr) source.request->is_cancelled = true;
  auto request = std::make_shared<Request>();
  request->context = key.first;
  request->path = key.second;
  request->root_namespace = source.root_namespace;
  source.request = request;
  listener_.changed();
  tell_progress();
  scheduler_.run([this, request]() -> Task {
    const auto cancelled = [this, request] { return scheduler_.cancelled() || request->is_cancelled.load(); };
    const auto progress = [this, request](std::size_t done, std::size_t total) {
      scheduler_.post([this, request, done, total] {
        request->done = done;
        request->total = total;
        if (!request->is_cancelled) tell_progress();
      });
    };
    auto loaded = std::make_shared<Loaded>(load(*request, files_, access_, cancelled, progress));
    return [this, request, loaded] { done(request, std::move(*loaded)); };
  });
}

ClusterSources::Loaded ClusterSources::load(const Request& request, const workspace::FileSystem& files,
                                            const ClusterAccess& access,
                                            const std::function<bool()>& cancelled,
                                            const std::function<void(std::size_t, std::size_t)>& progress) {
  if (!request.path.empty()) return workspace::read_snapshot_file(files, request.path, request.path);
  if (!access.run_program) return workspace::Error{"no program can be run here"};
  workspace::SnapshotRequest wanted;
  if (request.context != workspace::kCurrentContext) wanted.context = request.context;
  wanted.root_namespace = request.root_namespace;
  if (access.now) wanted.taken = access.now();
  wanted.progress = progress;
  const auto run = [&](const workspace::ProcessRequest& asked) {
    workspace::ProcessRequest call = asked;
    call.cancelled = cancelled;
    return access.run_program(call);
  };
  workspace::Result<workspace::TakenSnapshot> taken = workspace::take_snapshot(wanted, run);
  if (!taken) return taken.error();
  return workspace::read_snapshot("the cluster", std::move(taken->text));
}

void ClusterSources::done(const std::shared_ptr<Request>& request, Loaded loaded) {
  const auto found = sources_.find({request->context, request->path});
  if (request->is_cancelled || found == sources_.end() || found->second.request != request) return;
  Source& source = found->second;
  source.request = nullptr;
  source.error = loaded ? "" : loaded.error().message;
  bool is_other = false;
  if (loaded) {
    source.taken = (*loaded)->header.taken;
    is_other = source.snapshot == nullptr || !say_the_same(*source.snapshot, **loaded);
    if (is_other) source.snapshot = std::move(*loaded);
  }
  tell_progress();
  listener_.changed();
  if (is_other) listener_.read();
}

void ClusterSources::tell_progress() {
  std::size_t done = 0;
  std::size_t total = 0;
  for (const auto& [key, source] : sources_) {
    if (source.request == nullptr) continue;
    done += source.request->done;
    total += std::max<std::size_t>(source.request->total, 1);
  }
  listener_.progress(done, total);
}

}  // namespace lsp
