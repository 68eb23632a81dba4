#include "workspace/sources/workspace_builds.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "workspace/base/helper_threads.h"
#include "workspace/base/uri.h"
#include "workspace/resources/kinds.h"
#include "workspace/sources/substitution.h"
#include "workspace/yaml/edit.h"
#include "workspace/yaml/reader.h"

namespace workspace {

namespace {

using yaml::Value;

// Collects the files that a kustomization names.
class Names {
 public:
  Names(CachedSources& sources, PlannedKustomization& into)
      : sources_(sources), into_(into), folder_(parent_path(into.path)) {}

  void read(const Value& root) {
    for (const std::string_view field : {"resources", "bases", "components"}) {
      for (const Value& item : root[field].items()) resource(item, field == "resources");
    }
    for (const std::string_view field :
         {"patchesStrategicMerge", "configurations", "crds", "transformers", "generators", "validators"}) {
      for (const Value& item : root[field].items()) other(item);
    }
    for (const std::string_view field : {"patches", "patchesJson6902", "replacements"}) {
      for (const Value& item : root[field].items()) other(item["path"]);
    }
    for (const std::string_view field : {"configMapGenerator", "secretGenerator"}) {
      for (const Value& item : root[field].items()) generator(item);
    }
    other(root["openapi"]["path"]);
  }

 private:
  void resource(const Value& item, bool may_be_file) {
    if (!is_name(item)) return;
    std::string path = path_from(folder_, item.text());
    if (sources_.is_folder(path)) {
      into_.folders.push_back(std::move(path));
    } else if (may_be_file) {
      into_.resources.push_back(std::move(path));
    }
  }

  void other(const Value& item) {
    if (is_name(item)) into_.others.push_back(path_from(folder_, item.text()));
  }

  void content(std::string_view path) {
    into_.others.push_back(path_from(folder_, path));
    into_.contents.push_back(into_.others.back());
  }

  void generator(const Value& item) {
    for (const std::string_view field : {"files", "envs"}) {
      for (const Value& file : item[field].items()) {
        if (!is_name(file)) continue;
        const std::string_view text = file.text();
        content(text.substr(text.find('=') + 1));  // "key=file", or "file"
      }
    }
    if (is_name(item["env"])) content(item["env"].text());
  }

  // Not a patch or a plugin that is written in place.
  static bool is_name(const Value& item) {
    return item.is_scalar() && !item.text().empty() && item.text().find('\n') == std::string_view::npos &&
           item.text().find("://") == std::string_view::npos;
  }

  CachedSources& sources_;
  PlannedKustomization& into_;
  std::string folder_;
};

bool is_same_request(const BuildRequest& a, const BuildRequest& b) {
  return a.name == b.name && a.folder == b.folder && a.is_synthetic == b.is_synthetic &&
         a.may_repeat == b.may_repeat && a.files == b.files && a.folders == b.folders &&
         a.default_namespace == b.default_namespace && a.target_namespace == b.target_namespace &&
         a.substitutes == b.substitutes && a.substitutions == b.substitutions &&
         a.substitute_from == b.substitute_from && a.is_chart == b.is_chart && a.chart == b.chart;
}

// Where an offset of a text is once parts of it are replaced; inside of one of those: where that begins or
// ends.
std::uint32_t offset_after(const std::vector<ReplacedText>& replaced, std::uint32_t offset, bool is_end) {
  const auto after =
      std::upper_bound(replaced.begin(), replaced.end(), offset,
                       [](std::uint32_t at, const ReplacedText& each) { return at <= each.begin; });
  if (after == replaced.begin()) return offset;
  const ReplacedText& last = *std::prev(after);
  if (offset >= last.end) return last.made_end + (offset - last.end);
  return is_end ? last.made_end : last.made_begin;
}

// Whether a text has a line that ends a document.
bool ends_a_document(std::string_view text) {
  return text.find("\n---") != std::string_view::npos || text.find("\n...") != std::string_view::npos;
}

// What was replaced in part can no longer be edited at its source. A document that values would make several
// of stays as it was.
void substitute_in(BuiltDocument& document, const std::vector<Substitution>& values) {
  SubstitutedText made = substitute(document.text(), values);
  if (made.replaced.empty() || (ends_a_document(made.text) && !ends_a_document(document.text()))) return;
  std::vector<SourceMap::Segment> segments = document.map().segments();
  for (SourceMap::Segment& segment : segments) {
    const bool is_touched =
        std::any_of(made.replaced.begin(), made.replaced.end(), [&](const ReplacedText& each) {
          return each.begin < segment.built.end && segment.built.begin < each.end;
        });
    if (is_touched && segment.kind == PlaceKind::Written) segment.kind = PlaceKind::Shared;
    segment.built = {offset_after(made.replaced, segment.built.begin, false),
                     offset_after(made.replaced, segment.built.end, true)};
  }
  document = BuiltDocument(std::move(made.text), SourceMap(std::move(segments)));
}

// A SourceReader for several threads.
class LockedReader final : public SourceReader {
 public:
  explicit LockedReader(SourceReader& reader) : reader_(reader) {}
  SharedSourceText read(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    return reader_.read(path);
  }
  bool is_folder(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    return reader_.is_folder(path);
  }
  [[nodiscard]] std::optional<std::uint64_t> version() const override { return reader_.version(); }

 private:
  SourceReader& reader_;
  std::mutex mutex_;
};

// Whether no file is the kustomization that a request asks for.
bool made_up_a_kustomization(const BuildRequest& request) {
  return request.is_synthetic || !request.target_namespace.empty() || !request.default_namespace.empty();
}

// A root's facts go by its folder; what deployments ask for, by its name too.
std::string path_of(const BuildRequest& request) {
  // A folder may have a kustomization too.
  if (request.is_chart) return build_path(request.folder, "chart " + request.name);
  const bool is_root = !request.is_synthetic && request.default_namespace.empty() &&
                       request.target_namespace.empty() && !request.substitutes;
  return build_path(request.folder, is_root ? std::string_view() : std::string_view(request.name));
}

// A build, without what a request asks for beyond it.
WorkspaceBuild as_built(const BuildRequest& request, const Build& build) {
  WorkspaceBuild made;
  made.request = request;
  made.path = path_of(request);
  made.partial = build.partial;
  made.refused = build.refused;
  made.problems = build.problems;
  made.looked_at = build.looked_at;
  return made;
}

// Whether the first deployment is where it was.
bool is_same_place(const PlanInput& old_input, const BuildRequest& old_request, const PlanInput& input,
                   const BuildRequest& request) {
  const auto& before = old_request.deployments;
  const auto& now = request.deployments;
  if (before.empty() || now.empty()) return before.empty() == now.empty();
  return before.front().document == now.front().document && before.front().resource == now.front().resource &&
         old_input.files[before.front().file].path == input.files[now.front().file].path;
}

std::shared_ptr<const FileFacts> nothing_of(const BuildRequest& request) {
  Build build;
  build.root = request.folder;
  build.is_chart = request.is_chart;
  return build_facts(std::move(build), request.name, nullptr);
}

}  // namespace

WorkspaceBuilds::WorkspaceBuilds(CachedSources& sources, const Limits& limits)
    : sources_(sources),
      limits_(limits),
      kustomizer_(sources, limits),
      input_(std::make_shared<PlanInput>()),
      requests_(std::make_shared<const std::vector<BuildRequest>>()) {}

// Its path is empty where the file holds another kind, such as Flux' Kustomization.
PlannedKustomization WorkspaceBuilds::read_kustomization(const std::string& path) const {
  PlannedKustomization kustomization;
  const SharedSourceText text = sources_.read(path);
  if (text == nullptr) return kustomization;
  const auto read = yaml::read_yaml(*text, yaml::kWidestLimits);
  const auto* tree = std::get_if<yaml::Document>(&read);
  if (tree == nullptr) {
    kustomization.path = path;  // half typed
    return kustomization;
  }
  const Value root = tree->root();
  const std::string_view version = root["apiVersion"].text();
  if (!version.empty() && !version.starts_with("kustomize.config.k8s.io/")) return kustomization;
  kustomization.path = path;
  kustomization.is_component = root["kind"].text() == "Component";
  Names(sources_, kustomization).read(root);
  return kustomization;
}

// The folder to build; writes a kustomization over it where no file says what the request asks for.
std::string WorkspaceBuilds::prepare(const BuildRequest& request) {
  using yaml::write_scalar;
  if (!made_up_a_kustomization(request)) return request.folder;
  const bool renames = !request.target_namespace.empty() || !request.default_namespace.empty();
  std::string text = "resources:\n";
  std::string folder = request.folder;
  if (request.is_synthetic) {
    const auto relative = [&](const std::string& path) { return path.substr(request.folder.size() + 1); };
    for (const std::string& file : request.files) text += fmt::format("- {}\n", write_scalar(relative(file)));
    for (const std::string& below : request.folders)
      text += fmt::format("- {}\n", write_scalar(relative(below)));
  } else {
    folder = build_path("/", request.name);  // not below what it includes: that would be a cycle
    text += fmt::format("- {}\n", write_scalar(request.folder));
  }
  if (!request.target_namespace.empty()) {
    text += fmt::format("namespace: {}\n", write_scalar(request.target_namespace));
  } else if (renames) {
    text += fmt::format(
        "transformers:\n- |-\n  apiVersion: builtin\n  kind: NamespaceTransformer\n  metadata:\n"
        "    name: destination\n    namespace: {}\n  unsetOnly: true\n",
        write_scalar(request.default_namespace));
  }
  sources_.put_over(path_from(folder, kKustomizationNames[0]), std::move(text));
  return folder;
}

// Those of the ConfigMaps that a request names, then its own.
std::vector<Substitution> WorkspaceBuilds::substitution_values(const BuildRequest& request) {
  std::vector<Substitution> values;
  for (const PlanPlace& place : request.substitute_from) {
    const PlanFile& file = input_->files[place.file];
    const FileFacts* facts = facts_of(file);
    const SharedSourceText text = sources_.read(file.path);
    const auto [document, resource] = resource_at(place);
    if (text == nullptr || resource == nullptr || text->size() != facts->text_size) continue;
    const auto read =
        yaml::read_yaml(std::string_view(*text).substr(document->begin, document->size), yaml::kWidestLimits);
    const auto* tree = std::get_if<yaml::Document>(&read);
    if (tree == nullptr) continue;
    std::vector<Substitution> more = config_values(resource_in(tree->root(), metadata_of(*resource)));
    values.insert(values.end(), more.begin(), more.end());
  }
  values.insert(values.end(), request.substitutions.begin(), request.substitutions.end());
  return values;
}

// What a kustomization that no file holds is named for is written at the deployment that asks for it.
void WorkspaceBuilds::forget_kustomization(const std::string& folder, const BuildRequest& request,
                                           Build& build) {
  const std::string path = path_from(folder, kKustomizationNames[0]);
  sources_.take_over_away(path);  // a file of that name may be something else
  for (BuildProblem& problem : build.problems) {
    if (problem.path != path && problem.path != folder) continue;
    problem.path = request.folder;
    problem.range = {};
    if (request.deployments.empty()) continue;
    const PlanPlace& place = request.deployments.front();
    problem.path = input_->files[place.file].path;
    if (const auto [document, resource] = resource_at(place); resource != nullptr)
      problem.range = document->place(metadata_of(*resource).name.place.range).value_or(ByteRange{});
  }
  const auto is_made_up = [&](const std::string& file) { return file == path; };
  std::vector<std::string> looked_at = *build.looked_at;
  std::erase_if(looked_at, is_made_up);
  build.looked_at = share(std::move(looked_at));
  std::vector<std::string> files = *build.files;
  const auto file = std::find_if(files.begin(), files.end(), is_made_up);
  if (file == files.end()) return;
  const auto index = static_cast<std::uint32_t>(file - files.begin());
  for (BuiltDocument& document : build.documents) {
    std::vector<SourceMap::Segment> segments = document.map().segments();
    std::erase_if(segments, [&](const SourceMap::Segment& segment) { return segment.file == index; });
    for (SourceMap::Segment& segment : segments) segment.file -= segment.file > index ? 1 : 0;
    document = BuiltDocument(document.marked(), SourceMap(std::move(segments)));
  }
  files.erase(file);
  build.files = share(std::move(files));
}

WorkspaceBuild WorkspaceBuilds::make_chart(const BuildRequest& request,
                                           std::shared_ptr<const RenderedChart> chart, bool is_trial) {
  WorkspaceBuild made;
  made.request = request;
  made.path = path_of(request);
  made.chart = std::move(chart);
  if (made.chart->facts == nullptr) {
    made.problems.push_back({made.chart->no_helm ? BuildProblemKind::NoHelm : BuildProblemKind::NotRendered,
                             request.folder + "/Chart.yaml",
                             {},
                             made.chart->error});
    made.facts = nothing_of(request);
    return made;
  }
  const std::vector<std::string>& files = made.chart->facts->origin->files();
  std::vector<SharedSourceText> texts;
  texts.reserve(files.size());
  for (const std::string& file : files) texts.push_back(sources_.read(file));
  made.facts = rendered_with(*made.chart, texts);
  if (made.facts == nullptr) made.facts = is_trial ? nothing_of(request) : made.chart->facts;
  std::vector<std::string> looked_at = files;
  std::sort(looked_at.begin(), looked_at.end());
  made.looked_at = share(std::move(looked_at));
  made.partial = made.chart->unreadable > 0;
  return made;
}

WorkspaceBuild WorkspaceBuilds::make(const BuildRequest& request, const FileFacts* previous) {
  const std::string folder = prepare(request);
  Build build = kustomizer_.build(folder, request.may_repeat);
  build.root = request.folder;
  if (made_up_a_kustomization(request)) forget_kustomization(folder, request, build);
  WorkspaceBuild made = as_built(request, build);
  if (request.substitutes) {
    const std::vector<Substitution> values = substitution_values(request);
    for (BuiltDocument& document : build.documents) substitute_in(document, values);
  }
  made.facts = build_facts(std::move(build), request.name, previous, reader_);
  return made;
}

void WorkspaceBuilds::add_kustomization(const std::string& path, PlanInput& input) const {
  if (!has_kustomization_name(path)) return;
  PlannedKustomization kustomization = read_kustomization(path);
  if (!kustomization.path.empty()) input.kustomizations.push_back(std::move(kustomization));
}

std::vector<FileUpdate> WorkspaceBuilds::set_files(PlanInput input) {
  const auto listed = std::make_shared<PlanInput>(std::move(input));
  listed->kustomizations.clear();
  for (const PlanFile& file : listed->files) add_kustomization(file.path, *listed);
  for (PlannedChart& chart : listed->charts) read_chart(chart);
  finish_charts(*listed);
  std::vector<BuildRequest> requests = plan_builds(*listed);
  return set_requests(listed, std::move(requests));
}

std::vector<FileUpdate> WorkspaceBuilds::set_requests(std::shared_ptr<PlanInput> input,
                                                      std::vector<BuildRequest> requests) {
  const std::shared_ptr<const PlanInput> old_input = std::exchange(input_, std::move(input));
  is_lent_ = false;
  facts_apart_.clear();
  requests_ = std::make_shared<const std::vector<BuildRequest>>(std::move(requests));
  ++outcome_;
  std::set<std::string> waited;
  for (const std::uint32_t index : waiting_) waited.insert(builds_[index]->path);
  std::set<std::string> to_render;
  for (const std::uint32_t index : to_render_) to_render.insert(builds_[index]->path);
  to_render_.clear();
  const SharedBuilds known = std::exchange(builds_, {});
  std::unordered_map<std::string_view, std::uint32_t> before;
  before.reserve(known.size());
  for (std::uint32_t i = 0; i < known.size(); ++i) before.emplace(known[i]->path, i);
  waiting_.clear();
  builds_by_file_.clear();
  for (std::uint32_t i = 0; i < requests_->size(); ++i) {
    const BuildRequest& request = (*requests_)[i];
    const std::string path = path_of(request);
    const auto at = before.find(path);
    const auto old = at == before.end() ? std::make_shared<const WorkspaceBuild>() : known[at->second];
    if (at != before.end()) before.erase(at);
    // What is wrong with a kustomization that no file holds is said where it is deployed.
    const bool is_same =
        is_same_request(old->request, request) && (request.is_chart || old->problems.empty() ||
                                                   is_same_place(*old_input, old->request, *input_, request));
    if (request.is_chart) {
      const bool is_being_rendered = is_same && rendering_.contains(path);
      if (to_render.contains(path) || !is_same || (old->chart == nullptr && !is_being_rendered))
        to_render_.insert(i);
      if (waited.contains(path) && old->chart != nullptr) waiting_.insert(i);
    } else if (old->facts == nullptr || waited.contains(path) || !is_same) {
      waiting_.insert(i);
    }
    if (is_same && old->path == path && old->request.deployments == request.deployments &&
        old->request.is_one_of_several == request.is_one_of_several) {
      builds_.push_back(old);
    } else {
      const auto build = std::make_shared<WorkspaceBuild>(*old);
      build->path = path;
      build->request = request;
      builds_.push_back(build);
    }
    index(i);
  }
  std::vector<FileUpdate> gone;
  gone.reserve(before.size());
  for (const auto& build : known) {
    if (before.contains(build->path)) gone.push_back({build->path, nullptr});
  }
  note_rendered_charts();
  return gone;
}

PlanSources WorkspaceBuilds::lend_plan_sources() {
  is_lent_ = true;
  return plan_sources();
}

void WorkspaceBuilds::take_changes_over() {
  is_lent_ = false;
  for (auto& [path, facts] : std::exchange(facts_apart_, {})) set_facts(path, std::move(facts));
  note_rendered_charts();
}

// Nothing: the file says something else now than when the builds were planned, and they are planned anew.
std::pair<const DocumentState*, const Resource*> WorkspaceBuilds::resource_at(const PlanPlace& place) const {
  const FileFacts* facts = facts_of(input_->files[place.file]);
  if (facts == nullptr || place.document >= facts->documents.size()) return {};
  const DocumentState& document = facts->documents[place.document];
  if (place.resource >= document.facts->resources.size()) return {};
  return {&document, &document.facts->resources[place.resource]};
}

const FileFacts* WorkspaceBuilds::facts_of(const PlanFile& file) const {
  const auto apart = facts_apart_.find(file.path);
  return apart == facts_apart_.end() ? file.facts.get() : apart->second.get();
}

void WorkspaceBuilds::set_facts(const std::string& path, std::shared_ptr<const FileFacts> facts) {
  if (is_lent_) {
    facts_apart_[path] = std::move(facts);
  } else if (const auto file = file_index(*input_, path)) {
    input_->files[*file].facts = std::move(facts);
  }
}

void WorkspaceBuilds::mark_changed(const std::string& path) {
  const auto at = builds_by_file_.find(path);
  if (at != builds_by_file_.end()) waiting_.insert(at->second.begin(), at->second.end());
}

bool WorkspaceBuilds::waits_for(const std::string& path) const {
  const auto at = builds_by_file_.find(path);
  return at != builds_by_file_.end() &&
         std::any_of(at->second.begin(), at->second.end(),
                     [this](std::uint32_t index) { return waiting_.contains(index); });
}

std::vector<const WorkspaceBuild*> WorkspaceBuilds::that_look_at(const std::string& path) const {
  std::vector<const WorkspaceBuild*> found;
  const auto at = builds_by_file_.find(path);
  if (at == builds_by_file_.end()) return found;
  for (const std::uint32_t index : at->second) found.push_back(builds_[index].get());
  return found;
}

bool WorkspaceBuilds::step(std::vector<FileUpdate>& updates) {
  if (waiting_.empty()) return false;
  updates.push_back(make_again(*waiting_.begin()));
  return true;
}

std::vector<FileUpdate> WorkspaceBuilds::make_waiting(unsigned jobs) {
  std::vector<FileUpdate> updates;
  if (jobs > 1) make_on_threads(jobs, updates);
  while (step(updates)) {
  }
  return updates;
}

// Makes those that are a kustomization's and nothing else. Each thread takes runs of builds, which are sorted
// by folder: what they have in common is read once for a run.
void WorkspaceBuilds::make_on_threads(unsigned jobs, std::vector<FileUpdate>& updates) {
  constexpr std::size_t kRun = 32;
  std::vector<std::uint32_t> plain;
  for (const std::uint32_t index : waiting_) {
    const BuildRequest& request = (*requests_)[index];
    if (!request.is_chart && !request.substitutes && !made_up_a_kustomization(request))
      plain.push_back(index);
  }
  const std::size_t runs = (plain.size() + kRun - 1) / kRun;
  if (runs < 2) return;
  LockedReader reader(sources_);
  std::vector<WorkspaceBuild> made(plain.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    Kustomizer kustomizer(reader, limits_);
    FactsReader facts_reader;
    for (std::size_t run = next++; run < runs; run = next++) {
      for (std::size_t i = run * kRun; i < std::min(plain.size(), (run + 1) * kRun); ++i) {
        const BuildRequest& request = (*requests_)[plain[i]];
        Build build = kustomizer.build(request.folder, request.may_repeat);
        made[i] = as_built(request, build);
        made[i].facts =
            build_facts(std::move(build), request.name, builds_[plain[i]]->facts.get(), facts_reader);
      }
    }
  };
  {
    const HelperThreads helpers(std::min<std::size_t>(std::max(jobs, 1U), runs) - 1, work);
    work();
  }
  for (std::size_t i = 0; i < plain.size(); ++i) updates.push_back(replace(plain[i], std::move(made[i])));
}

std::vector<FileUpdate> WorkspaceBuilds::make_waiting_for(const std::string& path) {
  std::vector<FileUpdate> updates;
  const auto at = builds_by_file_.find(path);
  if (at == builds_by_file_.end()) return updates;
  for (const std::uint32_t index : std::set<std::uint32_t>(at->second)) {  // making one indexes it anew
    if (waiting_.contains(index)) updates.push_back(make_again(index));
  }
  return updates;
}

FileUpdate WorkspaceBuilds::make_again(std::uint32_t index) {
  const WorkspaceBuild& build = *builds_[index];
  const BuildRequest& request = (*requests_)[index];
  return replace(index, build.chart != nullptr ? make_chart(request, build.chart, false)
                                               : make(request, build.facts.get()));
}

FileUpdate WorkspaceBuilds::replace(std::uint32_t index, WorkspaceBuild made) {
  waiting_.erase(index);
  const WorkspaceBuild& build = *builds_[index];
  const bool looks_alike = build.looked_at == made.looked_at || *build.looked_at == *made.looked_at;
  const bool same = build.problems == made.problems && build.partial == made.partial &&
                    build.refused == made.refused && looks_alike;
  outcome_ += same ? 0 : 1;
  if (!looks_alike) forget_index(index);
  builds_[index] = std::make_shared<const WorkspaceBuild>(std::move(made));
  if (!looks_alike) this->index(index);
  const WorkspaceBuild& replaced = *builds_[index];
  if (replaced.chart != nullptr) note_rendered_charts();
  return {replaced.path, replaced.facts};
}

std::vector<FileUpdate> WorkspaceBuilds::with_texts(const std::map<std::string, std::string>& texts) {
  std::set<std::uint32_t> concerned;
  for (const auto& [path, text] : texts) {
    const auto at = builds_by_file_.find(path);
    if (at != builds_by_file_.end()) concerned.insert(at->second.begin(), at->second.end());
    sources_.put_over(path, text);
  }
  std::vector<FileUpdate> updates;
  for (const std::uint32_t index : concerned) {
    const WorkspaceBuild& build = *builds_[index];
    const BuildRequest& request = (*requests_)[index];
    WorkspaceBuild made =
        build.chart != nullptr ? make_chart(request, build.chart, true) : make(request, build.facts.get());
    updates.push_back({std::move(made.path), std::move(made.facts)});
  }
  for (const auto& [path, text] : texts) sources_.take_over_away(path);
  return updates;
}

std::vector<ChartToRender> WorkspaceBuilds::charts_to_render() {
  std::vector<ChartToRender> charts;
  charts.reserve(to_render_.size());
  for (const std::uint32_t index : to_render_) {
    const BuildRequest& request = (*requests_)[index];
    const std::string& ns = request.chart.ns.empty() ? input_->default_namespace : request.chart.ns;
    rendering_[builds_[index]->path] = ++version_;
    charts.push_back({request.chart, ns, request.name, builds_[index]->path, version_});
  }
  to_render_.clear();
  return charts;
}

void WorkspaceBuilds::set_rendered(const ChartToRender& chart, RenderedChart result) {
  const auto newest = rendering_.find(chart.path);
  if (newest == rendering_.end() || newest->second != chart.version) return;
  rendering_.erase(newest);
  const auto build = std::find_if(builds_.begin(), builds_.end(), [&chart](const auto& each) {
    return each->path == chart.path && each->request.chart == chart.release;
  });
  if (build == builds_.end()) return;
  if (result.facts != nullptr) {
    for (const std::string& file : result.facts->origin->files()) sources_.forget(file);
  }
  const auto rendered = std::make_shared<WorkspaceBuild>(**build);
  rendered->chart = std::make_shared<const RenderedChart>(std::move(result));
  *build = rendered;
  waiting_.insert(static_cast<std::uint32_t>(build - builds_.begin()));
}

bool WorkspaceBuilds::mark_chart_changed(const std::string& path) {
  bool found = false;
  for (std::uint32_t i = 0; i < requests_->size(); ++i) {
    const ChartRelease& chart = (*requests_)[i].chart;
    const bool is_read = (*requests_)[i].is_chart &&
                         (is_below(path, chart.folder) ||
                          std::find(chart.values.begin(), chart.values.end(), path) != chart.values.end());
    if (is_read) to_render_.insert(i);
    found |= is_read;
  }
  return found;
}

std::optional<ChartFile> WorkspaceBuilds::read_chart_of(const std::string& folder) const {
  const SharedSourceText text = sources_.read(folder + "/Chart.yaml");
  return text == nullptr ? std::nullopt : std::optional<ChartFile>(read_chart_file(*text));
}

void WorkspaceBuilds::read_chart(PlannedChart& chart) const {
  if (auto file = read_chart_of(chart.folder)) chart.file = *std::move(file);
}

// Adds charts that only hold others, and what releases leave out.
void WorkspaceBuilds::finish_charts(PlanInput& input) const {
  std::set<std::string> holders;
  for (const PlannedChart& chart : input.charts) {
    if (const std::size_t at = chart.folder.rfind("/charts/"); at != std::string::npos)
      holders.insert(chart.folder.substr(0, at));
  }
  for (const PlannedChart& chart : input.charts) holders.erase(chart.folder);
  for (const std::string& folder : holders) {
    if (auto file = read_chart_of(folder)) input.charts.push_back({folder, false, *std::move(file), false});
  }
  std::sort(input.charts.begin(), input.charts.end(),
            [](const PlannedChart& a, const PlannedChart& b) { return a.folder < b.folder; });
  for (ChartRelease& release : input.chart_settings.releases) {
    if (release.release.empty()) {
      const auto file = read_chart_of(release.folder);
      release.release = release_name(file ? file->name : std::string());
    }
    for (std::string& values : release.values) {
      std::string in_chart = path_from(release.folder, values);
      values = sources_.read(in_chart) != nullptr ? std::move(in_chart) : path_from(input.root, values);
    }
  }
}

// A chart without manifests of its own is as good as rendered.
void WorkspaceBuilds::note_rendered_charts() {
  if (is_lent_) return;  // noted when changes are taken over
  for (PlannedChart& chart : input_->charts) {
    chart.rendered = chart.file.is_library || !chart.has_templates ||
                     std::any_of(builds_.begin(), builds_.end(), [&chart](const auto& build) {
                       const std::string& folder = build->request.folder;
                       return build->request.is_chart && build->is_rendered() &&
                              (folder == chart.folder || is_subchart_of(chart.folder, folder));
                     });
  }
}

void WorkspaceBuilds::index(std::uint32_t build) {
  for (const std::string& path : *builds_[build]->looked_at) builds_by_file_[path].insert(build);
}

void WorkspaceBuilds::forget_index(std::uint32_t build) {
  for (const std::string& path : *builds_[build]->looked_at) {
    const auto at = builds_by_file_.find(path);
    at->second.erase(build);
    if (at->second.empty()) builds_by_file_.erase(at);
  }
}

std::vector<PlanUnit> plan_units(const PlanSources& sources) {
  std::vector<PlanUnit> units;
  units.reserve(sources.input->files.size() + sources.builds.size());
  // Kustomizations are no manifests, whether a build uses them or not.
  std::unordered_set<std::string_view> others;
  for (const PlannedKustomization& each : sources.input->kustomizations) others.insert(each.path);
  for (const auto& build : sources.builds) others.insert(build->looked_at->begin(), build->looked_at->end());
  for (const PlanFile& file : sources.input->files) {
    if (others.contains(file.path)) continue;
    PlanUnit& unit = units.emplace_back();
    unit.path = file.path;
    unit.facts = file.facts;
  }
  for (std::uint32_t i = 0; i < sources.builds.size(); ++i) {
    const WorkspaceBuild& build = *sources.builds[i];
    if (build.facts == nullptr || (build.request.is_chart && !build.is_rendered())) continue;
    PlanUnit& unit = units.emplace_back();
    unit.path = build.request.folder + "/";
    unit.is_build = true;
    if (build.request.is_one_of_several) unit.path += build.request.chart.release + "/";
    unit.partial = build.partial;
    unit.refused = build.refused;
    unit.request = i;
    unit.facts = build.facts;
    // Several releases of a chart are no alternatives for that alone.
    if (!build.request.is_chart) unit.files = build.facts->origin->files();
  }
  return units;
}

}  // namespace workspace
