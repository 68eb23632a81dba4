#include "cli/cluster.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "cli/paths.h"
#include "workspace/base/spelling.h"
#include "workspace/cluster/snapshot_file.h"
#include "workspace/resources/kinds.h"

namespace cli {
namespace {

using workspace::Error;
using workspace::Result;
using SnapshotPtr = std::shared_ptr<const workspace::Snapshot>;

bool is_same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// KIND/NAMESPACE/NAME or KIND/NAME; the kind's case does not count.
Result<workspace::ResourceId> parse_resource(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  const auto is_empty = [](const std::string& word) { return word.empty(); };
  if (words.size() < 2 || words.size() > 3 || std::any_of(words.begin(), words.end(), is_empty))
    return Error{fmt::format("--without: expected KIND/NAMESPACE/NAME or KIND/NAME, found '{}'", text)};
  std::vector<std::string_view> kinds;
  for (const workspace::KindInfo& info : workspace::all_kinds()) {
    kinds.push_back(info.name);
    if (!is_same_word(info.name, words.front())) continue;
    const std::size_t wanted = info.cluster_scoped ? 2 : 3;
    if (words.size() != wanted)
      return Error{fmt::format("--without: expected {} for a {}, found '{}'",
                               info.cluster_scoped ? "KIND/NAME" : "KIND/NAMESPACE/NAME", info.name, text)};
    workspace::ResourceId id{info.kind, {}, workspace::CompactString(words.back())};
    if (!info.cluster_scoped) id.ns = workspace::CompactString(words[1]);
    return id;
  }
  return Error{fmt::format("--without: unknown kind '{}'{}", words.front(),
                           workspace::did_you_mean(words.front(), kinds))};
}

}  // namespace

Result<workspace::TakenSnapshot> take_cluster(const Environment& environment, const Options& options,
                                              const std::string& context, Progress& progress) {
  if (!environment.run_program) return Error{"no program can be run here"};
  workspace::SnapshotRequest request;
  if (context != workspace::kCurrentContext) request.context = context;
  if (!options.kubeconfig.empty())
    request.kubeconfig = absolute_path(environment.files, environment.current_folder, options.kubeconfig);
  request.namespaces = options.namespaces;
  request.root_namespace = options.settings.root_namespace.value_or("istio-system");
  request.time_limit = std::chrono::seconds(options.timeout);
  request.taken = environment.now();
  request.progress = [&progress](std::size_t done, std::size_t total) {
    progress.update("reading the cluster:", done, total, "lists");
  };
  Result<workspace::TakenSnapshot> taken = workspace::take_snapshot(request, environment.run_program);
  progress.clear();
  return taken;
}

Clusters::Loaded Clusters::load(const workspace::ClusterSource& source, const std::string& folder) {
  const std::string path =
      source.snapshot.empty() ? "" : absolute_path(environment_.files, folder, source.snapshot);
  const auto known = loaded_.find({source.context, path});
  if (known != loaded_.end()) return known->second.rest;
  const Loaded whole = read(source, path);
  if (!whole) return whole.error();
  const Loaded rest = leave_out(*whole);
  if (!rest) return rest.error();
  loaded_[{source.context, path}] = {*whole, *rest};
  return *rest;
}

Clusters::Loaded Clusters::read(const workspace::ClusterSource& source, const std::string& path) {
  if (source.snapshot.empty()) {
    Result<workspace::TakenSnapshot> taken = take_cluster(environment_, options_, source.context, progress_);
    if (!taken) return taken.error();
    return workspace::read_snapshot("the cluster", std::move(taken->text));
  }
  if (environment_.files.status(path).type == workspace::FileType::Missing)
    return Error{source.snapshot + ": no such file"};
  return workspace::read_snapshot_file(environment_.files, path, source.snapshot);
}

Clusters::Loaded Clusters::leave_out(SnapshotPtr cluster) {
  for (const std::string& resource : options_.without) {
    const auto id = parse_resource(resource);
    if (!id) return id.error();
    SnapshotPtr rest = workspace::without(*cluster, *id);
    if (rest == nullptr) continue;
    left_out_.insert(resource);
    cluster = std::move(rest);
  }
  return cluster;
}

SnapshotPtr Clusters::whole(const workspace::Snapshot* cluster) const {
  const auto pair = std::find_if(loaded_.begin(), loaded_.end(),
                                 [&](const auto& each) { return each.second.rest.get() == cluster; });
  return pair == loaded_.end() ? nullptr : pair->second.whole;
}

std::optional<Error> Clusters::check_left_out() const {
  for (const std::string& resource : options_.without) {
    if (left_out_.contains(resource)) continue;
    const auto id = parse_resource(resource);
    if (!id) return id.error();
    std::vector<std::string> names;
    for (const auto& [key, pair] : loaded_) names.push_back(pair.whole->header.context);
    return Error{fmt::format("--without: cluster {} has no {}", fmt::join(names, " or "), to_string(*id))};
  }
  return std::nullopt;
}

}  // namespace cli
