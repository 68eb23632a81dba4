// Reads kustomizations and what they name, and runs what they ask for in kustomize's order.
#include "workspace/sources/kustomize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

#include "workspace/base/base64.h"
#include "workspace/base/uri.h"
#include "workspace/sources/build_files.h"
#include "workspace/sources/build_increment.h"
#include "workspace/sources/kustomize_evaluation.h"
#include "workspace/sources/manifest_text.h"
#include "workspace/sources/patches.h"
#include "workspace/sources/printed_build.h"
#include "workspace/text/utf8.h"
#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

namespace workspace {
namespace {

using namespace kustomize;  // NOLINT(google-build-using-namespace): this file is what it is for

constexpr std::string_view kKustomization = "Kustomization";
constexpr std::string_view kComponent = "Component";
constexpr std::string_view kNotValidYaml = "not valid YAML: ";
// Of resources, by all patches, labels, images and so on of a build: what has many of both is refused.
constexpr std::size_t kMaxVisits = 50'000'000;
// Documents that are kept as they were printed, some 2 kB each.
constexpr std::size_t kMaxKeptPieces = 10'000;
constexpr std::string_view kLocalConfig = "config.kubernetes.io/local-config";

// What kustomize would fetch: a URL, or a repository's address.
bool is_remote(std::string_view path) {
  for (const std::string_view mark : {"://", "git::"}) {
    if (path.find(mark) != std::string_view::npos) return true;
  }
  for (const std::string_view host : {"git@", "github.com/", "github.com:", "gitlab.com/", "bitbucket.org/",
                                      "gh:", "org-", "dev.azure.com/"}) {
    if (path.starts_with(host)) return host != "org-" || path.find('@') != std::string_view::npos;
  }
  return path.find("?ref=") != std::string_view::npos || path.find(".git/") != std::string_view::npos ||
         path.find("?timeout=") != std::string_view::npos;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// What one text says, read as manifests or patches.
struct ParsedText {
  // A part between document markers that is one document.
  struct Part {
    ByteRange range;
    std::shared_ptr<Tree> document;
  };
  std::vector<std::shared_ptr<Tree>> documents;  // without empty ones; items of lists in their place
  std::optional<Refusal> refusal;                // why kustomize would not take it
  std::vector<Part> parts;                       // of manifests, in order
};

// The text that a file had before, if any.
struct EarlierText {
  std::string_view text;
  const ParsedText* parsed = nullptr;
};

// The documents of an earlier text that stand, just as they were, where they stood. Asked for in order.
class UnchangedParts {
 public:
  explicit UnchangedParts(EarlierText earlier) : earlier_(earlier) {}

  // Null: there is none.
  std::shared_ptr<Tree> find(std::string_view text, ByteRange range) {
    if (earlier_.parsed == nullptr) return nullptr;
    const std::vector<ParsedText::Part>& parts = earlier_.parsed->parts;
    while (next_ < parts.size() && parts[next_].range.begin < range.begin) ++next_;
    if (next_ == parts.size() || parts[next_].range != range) return nullptr;
    const std::string_view before = earlier_.text.substr(range.begin, range.size());
    return before == text.substr(range.begin, range.size()) ? parts[next_].document : nullptr;
  }

 private:
  EarlierText earlier_;
  std::size_t next_ = 0;
};

std::optional<Refusal> invalid_document(const Tree& tree) {
  if (!tree.is_mapping()) return Refusal{tree.place, "a document is no mapping"};
  const Tree* kind = tree.find("kind");
  if (kind == nullptr || kind->text.empty() || kind->is_null())
    return Refusal{tree.place, "a document has no `kind`"};
  if (kind->text.ends_with("List")) return std::nullopt;
  const Tree* metadata = tree.find("metadata");
  const Tree* name = metadata == nullptr ? nullptr : metadata->find("name");
  if (name == nullptr || name->text.empty() || name->is_null())
    return Refusal{tree.place, "a document has no `metadata.name`"};
  return std::nullopt;
}

}  // namespace

class Kustomizer::Evaluation {
 public:
  Evaluation(SourceReader& reader, const Limits& limits)
      : limits_(limits), files_(reader, limits.file_size) {}

  Build build(const std::string& root, bool may_repeat, std::vector<std::string>* json) {
    ++generation_;
    files_.begin();
    kept_.clear();
    all_looked_ = nullptr;
    components_ = 0;
    values_left_ = kMaxBuiltValues;
    visits_left_ = kMaxVisits;
    Build result;
    result.root = path_from("/", root);
    repeating_ = may_repeat ? result.root : std::string();
    try {
      const bool was_built = memos_.contains(result.root);
      target(result.root, {}, {});
      Memo& memo = memos_[result.root];
      // What is built again is likely to be once more.
      if (json != nullptr || !print_changes(memo, result)) print_all(memo, was_built, result, json);
      result.looked_at = files_.paths_of(*memo.looked);
    } catch (const Refusal& refusal) {
      refuse(refusal, result);
      if (all_looked_ != nullptr) result.looked_at = files_.paths_of(*all_looked_);
    }
    return result;
  }

  [[nodiscard]] std::size_t targets_evaluated() const { return targets_evaluated_; }
  [[nodiscard]] std::size_t documents_printed() const { return documents_printed_; }

 private:
  // What a folder has built, for as long as what it looked at stays as it is.
  struct Memo {
    std::shared_ptr<Accumulator> result;  // not changed while others hold it
    std::optional<Refusal> refusal;
    std::shared_ptr<LookedList> looked;  // null: nothing was built
    std::shared_ptr<const ParsedText> text;
    const Tree* kustomization = nullptr;  // as long as `text` lives
    // To take over what is as it was; of what is_piecewise.
    bool is_piecewise = false;
    bool was_partial = false;  // for its inputs
    std::vector<LayerInput> inputs;
    std::vector<Looked> own_files;  // that decide what it makes of its inputs; first those that it is in
    std::size_t loaded = 0;         // of those
  };
  struct ParsedFile {
    SharedSourceText text;
    std::shared_ptr<const ParsedText> parsed;
  };

  // What stands in scalars of a file, by where they begin and how they are read.
  struct ParsedInline {
    struct Parsed {
      std::string text;  // an alias stands where another does, and says something else
      std::shared_ptr<const ParsedText> parsed;
    };
    SharedSourceText text;
    std::size_t first_seen = 0;  // generation
    std::map<std::tuple<std::uint32_t, bool, bool>, Parsed> at;
  };

  // --- Files -------------------------------------------------------------------------------------------

  // What a target has looked at, so has the one that includes it; of the outermost one it is what the build
  // has.
  void note_looked(const std::shared_ptr<LookedList>& looked) {
    if (files_.keeps_lists()) {
      files_.note(looked);
    } else {
      all_looked_ = looked;
    }
  }

  void problem(Accumulator& all, BuildProblemKind kind, const Place& place, std::string message) {
    if (kind != BuildProblemKind::OutsideRoot) all.partial = true;
    all.problems.push_back({kind, files_.path(place.file), place.range, std::move(message)});
  }

  // A file that a field names: its text, or what is wrong.
  SharedSourceText named_file(Accumulator& all, const Layer& layer, const std::string& name,
                              const Place& place, std::string& path) {
    if (is_remote(name)) {
      problem(all, BuildProblemKind::NotSeen, place, fmt::format("{} is remote and was not fetched", name));
      return nullptr;
    }
    path = path_from(layer.folder, name);
    SharedSourceText text = files_.read(path);
    if (text == nullptr) {
      problem(all, BuildProblemKind::Missing, place, fmt::format("there is no file {}", name));
      return nullptr;
    }
    check_inside(all, layer, path, place);
    return text;
  }

  void check_inside(Accumulator& all, const Layer& layer, const std::string& path, const Place& place) {
    if (is_below(path, layer.folder)) return;
    problem(all, BuildProblemKind::OutsideRoot, place,
            "the file is outside of the kustomization's folder; kustomize reads it only with "
            "--load-restrictor LoadRestrictionsNone");
  }

  // --- Reading -----------------------------------------------------------------------------------------

  // The documents of a text: at most `limits.documents`. Those of manifests that an earlier text of the same
  // file had at the same place are the same objects.
  ParsedText parse(std::string_view text, const std::function<TextPlaces(std::uint32_t)>& places_at,
                   bool yaml11, bool manifests, EarlierText earlier = {}) const {
    ParsedText result;
    const std::vector<ByteRange> slices = split_documents(text);
    if (slices.size() > limits_.documents) {
      result.refusal = Refusal{places_at(0).place({0, 0}), "the file has too many documents"};
      return result;
    }
    std::vector<std::shared_ptr<Tree>> lists;
    UnchangedParts unchanged(earlier);
    for (const ByteRange slice : slices) {
      if (auto document = unchanged.find(text, slice)) {
        result.documents.push_back(document);
        result.parts.push_back({slice, std::move(document)});
        continue;
      }
      const std::string_view part = text.substr(slice.begin, slice.size());
      const auto read = yaml::read_yaml(part, limits_.document);
      const TextPlaces places = places_at(slice.begin);
      if (const auto* bad = std::get_if<yaml::Problem>(&read)) {
        result.refusal = Refusal{places.place(bad->range), std::string(kNotValidYaml) + bad->message};
        return result;
      }
      ReadTree tree = to_tree(std::get<yaml::Document>(read), part, places, yaml11, !manifests);
      if (tree.root.is_null()) continue;
      if (!manifests) {
        result.documents.push_back(std::make_shared<Tree>(std::move(tree.root)));
        continue;
      }
      if (tree.root.is_mapping() && tree.root.entries.empty()) continue;
      if (auto invalid = invalid_document(tree.root)) {
        result.refusal = std::move(invalid);
        return result;
      }
      if (tree.repeated_key) {
        result.refusal =
            Refusal{*tree.repeated_key, fmt::format("the key `{}` is there twice", tree.repeated_name)};
        return result;
      }
      const std::size_t count = result.documents.size();
      const bool is_list = tree.root.find("items") != nullptr;
      add_document(std::move(tree.root), slices.size() == 1, result, lists);
      if (result.refusal) return result;
      if (!is_list && result.documents.size() == count + 1)
        result.parts.push_back({slice, result.documents.back()});
    }
    // The items of lists among several documents follow all others, as kustomize has it.
    for (std::size_t i = 0; i < lists.size(); ++i) {
      for (Tree& item : lists[i]->find("items")->items) {
        if (item.is_null()) continue;
        if (auto invalid = invalid_document(item)) {
          result.refusal = std::move(invalid);
          return result;
        }
        add_document(std::move(item), false, result, lists);
      }
    }
    return result;
  }

  static void add_document(Tree tree, bool only, ParsedText& result,
                           std::vector<std::shared_ptr<Tree>>& lists) {
    const Tree* kind = tree.find("kind");
    Tree* items = tree.find("items");
    if (!kind->text.ends_with("List") || items == nullptr) {
      result.documents.push_back(std::make_shared<Tree>(std::move(tree)));
      return;
    }
    if (items->is_null()) return;
    if (!items->is_sequence()) {
      result.refusal = Refusal{items->place, "`items` is no list"};
      return;
    }
    if (only && (kind->text == "List" || kind->text == "ResourceList")) {
      for (Tree& item : items->items) {
        if (item.is_null()) continue;
        if (auto invalid = invalid_document(item)) {
          result.refusal = std::move(invalid);
          return;
        }
        add_document(std::move(item), false, result, lists);
      }
      return;
    }
    lists.push_back(std::make_shared<Tree>(std::move(tree)));
  }

  std::shared_ptr<const ParsedText> parse_file(const std::string& path, const SharedSourceText& text,
                                               bool manifests, bool yaml11) {
    const std::string_view way = manifests ? (yaml11 ? "n" : "m") : yaml11 ? "k" : "p";
    ParsedFile& known = parsed_[std::string(way) + path];
    if (known.text == text && known.parsed != nullptr) return known.parsed;
    const std::uint32_t file = files_.number_of(path, text);
    const auto places_at = [file](std::uint32_t begin) { return TextPlaces(file, begin); };
    EarlierText earlier;
    if (manifests && known.parsed != nullptr) earlier = {*known.text, known.parsed.get()};
    auto parsed = std::make_shared<const ParsedText>(parse(*text, places_at, yaml11, manifests, earlier));
    known = {text, std::move(parsed)};
    return known.parsed;
  }

  // The text of a scalar, with places in the file that the scalar stands in. Kept from the second build on
  // for as long as the file's text is the same: what is built again is likely to be once more.
  std::shared_ptr<const ParsedText> parse_inline(const Tree& scalar, bool yaml11, bool manifests) {
    const std::uint32_t file = scalar.place.file;
    const auto make = [&] {
      const TextPlaces places(scalar, files_.text(file));
      return std::make_shared<const ParsedText>(parse(
          scalar.text, [&](std::uint32_t begin) { return places.from(begin); }, yaml11, manifests));
    };
    if (!files_.has_text(file)) return make();
    ParsedInline& known = inline_[file];
    if (known.text != files_.shared_text(file)) known = {files_.shared_text(file), generation_, {}};
    if (known.first_seen == generation_) return make();
    ParsedInline::Parsed& parsed = known.at[{scalar.place.range.begin, yaml11, manifests}];
    if (parsed.text != scalar.text || parsed.parsed == nullptr) parsed = {scalar.text, make()};
    return parsed.parsed;
  }

  // --- Targets -----------------------------------------------------------------------------------------

  [[noreturn]] static void refuse_at(const Place& place, std::string message) {
    throw Refusal{place, std::move(message)};
  }

  // What the kustomization in a folder builds. `place` is what names it.
  std::shared_ptr<const Accumulator> target(const std::string& folder, const std::vector<std::string>& chain,
                                            const Place& place) {
    if (chain.size() >= kMaxKustomizationDepth) refuse_at(place, "kustomizations are nested too deeply");
    Memo& memo = memos_[folder];
    Memo previous;
    if (memo.looked != nullptr && !files_.is_current(*memo.looked)) previous = std::exchange(memo, {});
    if (memo.looked != nullptr) {
      note_looked(memo.looked);
      if (memo.refusal) throw *memo.refusal;
      check_chain(memo.result->folders, chain, place);
      if (chain.size() + memo.result->depth >= kMaxKustomizationDepth)
        refuse_at(place, "kustomizations are nested too deeply");
      return memo.result;
    }
    ++targets_evaluated_;
    std::vector<Looked> looked;
    files_.keep(looked);
    Memo fresh;
    try {
      auto all = std::make_shared<Accumulator>();
      all->number = targets_evaluated_;
      all->may_repeat = folder == repeating_;
      Layer layer{folder, kNoFile, nullptr, chain};
      layer.chain.push_back(folder);
      const bool is_as_before = has_own_files_as_before(previous);
      if (is_as_before) {
        take_kustomization_over(previous, layer, fresh);
      } else {
        load(layer, place, false, fresh.text);
      }
      fresh.kustomization = layer.tree;
      accumulate_target(layer, is_as_before ? &previous : nullptr, looked, fresh, *all);
      all->folders.push_back(folder);
      std::sort(all->folders.begin(), all->folders.end());
      all->folders.erase(std::unique(all->folders.begin(), all->folders.end()), all->folders.end());
      deduplicate(all->problems);
      fresh.result = std::move(all);
    } catch (const Refusal& refusal) {
      fresh.refusal = refusal;
    }
    files_.end_list();
    fresh.looked = files_.list_of(std::move(looked), previous.looked.get());
    note_looked(fresh.looked);
    Memo& stored = memos_[folder];
    // A cycle is one only for who comes along it: what was refused below a chain is not kept for others.
    if (fresh.refusal) {
      const Refusal refusal = *fresh.refusal;
      if (files_.keeps_lists() || chain.empty()) stored = {};
      throw refusal;
    }
    stored = std::move(fresh);
    return stored.result;
  }

  bool has_own_files_as_before(const Memo& previous) {
    return previous.is_piecewise && previous.result != nullptr &&
           std::all_of(previous.own_files.begin(), previous.own_files.end(),
                       [&](const Looked& each) { return files_.is_current(each); });
  }

  // As load(), where the kustomization has not changed.
  void take_kustomization_over(const Memo& previous, Layer& layer, Memo& memo) {
    const auto begin = previous.own_files.begin();
    files_.note({begin, begin + static_cast<std::ptrdiff_t>(previous.loaded)});
    memo.text = previous.text;
    layer.tree = previous.kustomization;
    layer.file = layer.tree->place.file;
    kept_.push_back(previous.text);
  }

  // As accumulate(), and keeps in `memo` what the next time may be taken over; `looked` is what the target
  // has looked at. `previous`: what there was, if its own files are as they were; null: nothing.
  void accumulate_target(const Layer& layer, Memo* previous, std::vector<Looked>& looked, Memo& memo,
                         Accumulator& all) {
    memo.is_piecewise = is_piecewise(*layer.tree) && !all.may_repeat;
    if (!memo.is_piecewise) return accumulate(layer, all);
    const std::size_t begin = looked.size();
    memo.inputs = gather_resources(layer, all);
    const std::size_t end = looked.size();
    memo.is_piecewise = all.config == nullptr && all.vars.empty();
    memo.was_partial = all.partial;
    const bool is_comparable = memo.is_piecewise && previous != nullptr;
    if (!is_comparable || !accumulate_changes(layer, *previous, memo, all)) {
      place_resources(memo.inputs, all);
      run_transformers(layer, all);
    }
    if (!memo.is_piecewise) {
      memo.inputs.clear();
      return;
    }
    memo.loaded = begin;
    memo.own_files.assign(looked.begin(), looked.begin() + static_cast<std::ptrdiff_t>(begin));
    memo.own_files.insert(memo.own_files.end(), looked.begin() + static_cast<std::ptrdiff_t>(end),
                          looked.end());
  }

  // What a layer makes of resources of which few changed since it made something of them before. False: not
  // to be told from that alone; `all` is as it was.
  bool accumulate_changes(const Layer& layer, Memo& previous, const Memo& memo, Accumulator& all) {
    if (previous.was_partial != memo.was_partial) return false;
    const auto changed = changed_resources(previous.inputs, memo.inputs);
    if (!changed) return false;
    Accumulator part;
    part.is_part = true;
    part.partial = all.partial;
    part.resources.reserve(changed->size());
    for (const ChangedResource& each : *changed) part.resources.push_back(each.resource);
    const std::size_t visits = visits_left_;
    const std::size_t values = values_left_;
    const auto give_up = [&] {
      visits_left_ = visits;
      values_left_ = values;
      return false;
    };
    try {
      run_transformers(layer, part);
      const auto places = places_of(part.resources, *changed, previous.result->resources);
      if (!places) return give_up();
      // What a transformer adds is as much for each resource.
      const std::size_t added = changed->empty() ? 0 : part.size / changed->size();
      all.grow(added * previous.result->resources.size(), {});
      take_over(layer.folder, previous, *places, std::move(part.resources), all);
    } catch (const Refusal&) {
      return give_up();
    }
    all.partial |= part.partial;
    all.problems.insert(all.problems.end(), part.problems.begin(), part.problems.end());
    return true;
  }

  // The resources that a target made before, with others in some places. Nothing is copied if nobody else
  // holds those but what was printed of them, which is told what was replaced.
  void take_over(const std::string& folder, Memo& previous, const std::vector<std::uint32_t>& places,
                 std::vector<Resource> made, Accumulator& all) {
    const auto known = printed_.find(folder);
    PrintedBuild* printed = known == printed_.end() ? nullptr : &known->second;
    if (printed != nullptr && (printed->made != previous.result || printed->successor != 0))
      printed = nullptr;
    const bool is_held = previous.result.use_count() > (printed == nullptr ? 1 : 2);
    if (is_held) {
      all.resources = previous.result->resources;
    } else {
      all.resources = std::move(previous.result->resources);
    }
    for (std::size_t i = 0; i < places.size(); ++i) std::swap(all.resources[places[i]], made[i]);
    if (is_held || printed == nullptr) return;
    printed->successor = all.number;
    printed->replaced.clear();
    for (std::size_t i = 0; i < places.size(); ++i)
      printed->replaced.push_back({places[i], std::move(made[i])});
  }

  static void deduplicate(std::vector<BuildProblem>& problems) {
    const auto key = [](const BuildProblem& p) { return std::tie(p.path, p.range, p.kind, p.message); };
    std::sort(problems.begin(), problems.end(),
              [&](const BuildProblem& a, const BuildProblem& b) { return key(a) < key(b); });
    problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
  }

  // kustomize allows no kustomization inside of itself, nor of a folder above one that is being built.
  static void check_chain(const std::vector<std::string>& folders, const std::vector<std::string>& chain,
                          const Place& place) {
    for (const std::string& folder : folders) {
      for (const std::string& visited : chain) {
        if (is_below(visited, folder))
          refuse_at(place, "a cycle: the folder is, or holds, one that includes this");
      }
    }
  }

  void load(Layer& layer, const Place& place, bool component, std::shared_ptr<const ParsedText>& kept) {
    SharedSourceText found;
    std::string path;
    for (const std::string_view name : kKustomizationNames) {
      const std::string candidate = path_from(layer.folder, name);
      const SharedSourceText text = files_.read(candidate);
      if (text == nullptr) continue;
      if (found != nullptr) {
        refuse_at({files_.number_of(candidate, text), {}, PlaceKind::Written},
                  "the folder has several kustomizations");
      }
      found = text;
      path = candidate;
    }
    if (found == nullptr) refuse_at(place, "there is no kustomization in the folder");
    layer.file = files_.number_of(path, found);
    kept = parse_file(path, found, false, true);
    const Place whole{layer.file, {}, PlaceKind::Written};
    if (kept->refusal) throw *kept->refusal;
    const bool empty =
        kept->documents.empty() || !kept->documents.front()->is_mapping() ||
        std::all_of(kept->documents.front()->entries.begin(), kept->documents.front()->entries.end(),
                    [](const Entry& entry) {
                      return entry.key == "apiVersion" || entry.key == "kind" || entry.value.is_null();
                    });
    if (empty) refuse_at(whole, "the kustomization is empty");
    layer.tree = kept->documents.front().get();
    kept_.push_back(kept);
    check_header(*layer.tree, component, place.file == kNoFile ? whole : place);
  }

  static void check_header(const Tree& tree, bool component, const Place& place) {
    fields::known_only(tree,
                       {"apiVersion",
                        "kind",
                        "metadata",
                        "openapi",
                        "namePrefix",
                        "nameSuffix",
                        "namespace",
                        "commonLabels",
                        "labels",
                        "commonAnnotations",
                        "patchesStrategicMerge",
                        "patchesJson6902",
                        "patches",
                        "images",
                        "imageTags",
                        "replacements",
                        "replicas",
                        "vars",
                        "sortOptions",
                        "resources",
                        "components",
                        "crds",
                        "bases",
                        "configMapGenerator",
                        "secretGenerator",
                        "helmGlobals",
                        "helmCharts",
                        "helmChartInflationGenerator",
                        "generatorOptions",
                        "configurations",
                        "generators",
                        "transformers",
                        "validators",
                        "buildMetadata"},
                       "kustomization");
    const std::string kind = fields::text(tree, "kind");
    const std::string version = fields::text(tree, "apiVersion");
    if (!kind.empty() && kind != kKustomization && kind != kComponent)
      refuse_at(fields::place(tree, "kind"), "`kind` must be Kustomization or Component");
    const bool is_component = kind == kComponent;
    const std::string_view expected =
        is_component ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
    if (!version.empty() && version != expected)
      refuse_at(fields::place(tree, "apiVersion"), fmt::format("`apiVersion` must be {}", expected));
    if (component && !is_component)
      refuse_at(place, "`components` takes kustomizations of kind Component only");
    if (!component && is_component) refuse_at(place, "a Component can be named by `components` only");
  }

  // --- Accumulating ------------------------------------------------------------------------------------

  void accumulate(const Layer& layer, Accumulator& all) {
    const Tree& tree = *layer.tree;
    accumulate_resources(layer, all);
    add_configurations(layer, all);
    for (const Tree& crd : fields::list(tree, "crds")) {
      std::string path;
      named_file(all, layer, fields::text_of(crd, "crds"), crd.place, path);
    }
    run_generators(layer, all);
    for (const Tree& component : fields::list(tree, "components"))
      accumulate_component(layer, all, component);
    run_transformers(layer, all);
    std::vector<Var> vars;
    for (const Tree& var : fields::list(tree, "vars")) vars.push_back(read_var(var));
    mark_vars(all, vars);
    if (all.resources.size() > kMaxBuiltDocuments) refuse_at(tree.place, "the build has too many documents");
  }

  static Var read_var(const Tree& tree) {
    fields::known_only(tree, {"name", "objref", "fieldref"}, "vars");
    Var var;
    var.name = fields::text(tree, "name");
    var.place = fields::place(tree, "name");
    if (const Tree* object = fields::value(tree, "objref")) {
      fields::known_only(*object, {"apiVersion", "group", "version", "kind", "name", "namespace"}, "objref");
      var.kind = fields::kind_filter(*object);
      const std::string version = fields::text(*object, "apiVersion");
      const std::size_t slash = version.find('/');
      if (slash != std::string::npos) {
        var.kind.group = version.substr(0, slash);
        var.kind.version = version.substr(slash + 1);
      } else if (!version.empty()) {
        var.kind.version = version;
      }
      var.object = fields::text(*object, "name");
      var.name_space = fields::text(*object, "namespace");
    }
    if (const Tree* field = fields::value(tree, "fieldref")) {
      fields::known_only(*field, {"fieldPath", "fieldpath"}, "fieldref");
      var.field_path = fields::text(*field, "fieldPath");
    }
    if (var.field_path.empty()) var.field_path = "metadata.name";
    return var;
  }

  // Ids that are taken while resources are added.
  class Ids {
   public:
    explicit Ids(const Accumulator& all) : may_repeat_(all.may_repeat) {
      for (const Resource& resource : all.resources) known_.insert(resource.key().text());
    }
    void add(const Resource& resource, const Place& place) {
      const ResourceKey key = resource.key();
      if (!known_.insert(key.text()).second && !may_repeat_) {
        refuse_at(place, fmt::format("{} {} is there twice", key.kind, key.name));
      }
    }

   private:
    std::unordered_set<std::string> known_;
    bool may_repeat_;
  };

  // Before something looks at every resource.
  void visit_all(const Accumulator& all, const Place& place) {
    const std::size_t visits = all.resources.size() + 1;
    if (visits > visits_left_) refuse_at(place, "the build is too much work");
    visits_left_ -= visits;
  }

  void take_values(const Tree& tree, const Place& place) { take_values(size_of(tree), place); }

  void take_values(std::size_t size, const Place& place) {
    if (size > values_left_) refuse_at(place, "the build is too large");
    values_left_ -= size;
  }

  void accumulate_resources(const Layer& layer, Accumulator& all) {
    place_resources(gather_resources(layer, all), all);
  }

  // What the entries of `resources` bring, which is yet to be placed: configurations, vars and problems are
  // in `all` already.
  std::vector<LayerInput> gather_resources(const Layer& layer, Accumulator& all) {
    std::vector<LayerInput> inputs;
    std::size_t count = all.resources.size();
    try {
      for (const std::string_view field : {"resources", "bases"}) {
        for (const Tree& entry : fields::list(*layer.tree, field))
          gather_resource(layer, all, entry, inputs, count);
      }
    } catch (const Refusal&) {
      place_resources(inputs, all);  // what is there twice comes first
      throw;
    }
    return inputs;
  }

  void gather_resource(const Layer& layer, Accumulator& all, const Tree& entry,
                       std::vector<LayerInput>& inputs, std::size_t& count) {
    const std::string name = fields::text_of(entry, "resources");
    if (name.empty()) refuse_at(entry.place, "a path is empty");
    const std::string path = path_from(layer.folder, name);
    if (const SharedSourceText text = is_remote(name) ? nullptr : files_.read(path)) {
      check_inside(all, layer, path, entry.place);
      const auto parsed = parse_file(path, text, true, false);
      if (parsed->refusal) throw *parsed->refusal;
      for (const std::shared_ptr<Tree>& document : parsed->documents) {
        inputs.push_back({nullptr, document, entry.place});
        all.grow(size_of(*document), entry.place);
      }
      count += parsed->documents.size();
      return;
    }
    if (is_remote(name)) {
      problem(all, BuildProblemKind::NotSeen, entry.place,
              fmt::format("{} is remote and was not fetched", name));
      return;
    }
    if (!files_.is_folder(path)) {
      problem(all, BuildProblemKind::Missing, entry.place,
              fmt::format("there is no file or folder {}", name));
      return;
    }
    check_chain({path}, layer.chain, entry.place);
    const std::shared_ptr<const Accumulator> base = target(path, layer.chain, entry.place);
    all.grow(base->size, entry.place);
    inputs.push_back({base, nullptr, entry.place});
    count += base->resources.size();
    if (count > kMaxBuiltDocuments) refuse_at(entry.place, "the build has too many documents");
    merge(all, *base, entry.place);
  }

  static void place_resources(const std::vector<LayerInput>& inputs, Accumulator& all) {
    Ids ids(all);
    std::size_t count = all.resources.size();
    for (const LayerInput& input : inputs) count += input.size();
    all.resources.reserve(count);
    for (const LayerInput& input : inputs) {
      for (std::size_t i = 0; i < input.size(); ++i) {
        Resource resource = input.at(i);
        ids.add(resource, input.place);
        resource.input = static_cast<std::uint32_t>(all.resources.size());
        all.resources.push_back(std::move(resource));
      }
    }
  }

  // All of a base but its resources.
  static void merge(Accumulator& all, const Accumulator& base, const Place& place) {
    if (base.config != nullptr) merge_config(all, *base.config, place);
    for (const Var& var : base.vars) {
      const auto known =
          std::find_if(all.vars.begin(), all.vars.end(), [&](const Var& v) { return v.name == var.name; });
      if (known != all.vars.end()) refuse_at(place, fmt::format("the var {} is there twice", var.name));
      all.vars.push_back(var);
    }
    all.problems.insert(all.problems.end(), base.problems.begin(), base.problems.end());
    all.partial |= base.partial;
    all.folders.insert(all.folders.end(), base.folders.begin(), base.folders.end());
    std::sort(all.folders.begin(), all.folders.end());
    all.folders.erase(std::unique(all.folders.begin(), all.folders.end()), all.folders.end());
    all.depth = std::max(all.depth, base.depth + 1);
  }

  static void merge_config(Accumulator& all, const FieldConfig& more, const Place& place) {
    auto config = std::make_shared<FieldConfig>(all.fields());
    if (!add_config(*config, more)) refuse_at(place, "two configurations disagree on `create` of a field");
    all.config = std::move(config);
  }

  void add_configurations(const Layer& layer, Accumulator& all) {
    for (const Tree& entry : fields::list(*layer.tree, "configurations")) {
      std::string path;
      const SharedSourceText text =
          named_file(all, layer, fields::text_of(entry, "configurations"), entry.place, path);
      if (text == nullptr) continue;
      const auto parsed = parse_file(path, text, false, true);
      if (parsed->refusal) throw *parsed->refusal;
      if (parsed->documents.empty()) continue;
      merge_config(all, read_config(*parsed->documents.front()), entry.place);
    }
  }

  static FieldConfig read_config(const Tree& tree) {
    FieldConfig config;
    const auto specs = [&](std::string_view name) {
      std::vector<FieldSpec> result;
      for (const Tree& spec : fields::list(tree, name)) result.push_back(fields::field_spec(spec));
      return result;
    };
    config.name_prefix = specs("namePrefix");
    config.name_suffix = specs("nameSuffix");
    config.name_space = specs("namespace");
    config.common_labels = specs("commonLabels");
    config.labels = specs("labels");
    config.template_labels = specs("templateLabels");
    config.volume_claim_template_labels = specs("volumeClaimTemplateLabels");
    config.common_annotations = specs("commonAnnotations");
    config.var_reference = specs("varReference");
    config.images = specs("images");
    config.replicas = specs("replicas");
    for (const Tree& reference : fields::list(tree, "nameReference")) {
      NameReference read{fields::kind_filter(reference), {}};
      for (const Tree& spec : fields::list(reference, "fieldSpecs"))
        read.referrers.push_back(fields::field_spec(spec));
      config.name_reference.push_back(std::move(read));
    }
    return config;
  }

  void accumulate_component(const Layer& layer, Accumulator& all, const Tree& entry) {
    const std::string name = fields::text_of(entry, "components");
    if (is_remote(name)) {
      problem(all, BuildProblemKind::NotSeen, entry.place,
              fmt::format("{} is remote and was not fetched", name));
      return;
    }
    const std::string path = path_from(layer.folder, name);
    if (!files_.is_folder(path)) {
      problem(all, BuildProblemKind::Missing, entry.place, fmt::format("there is no folder {}", name));
      return;
    }
    check_chain({path}, layer.chain, entry.place);
    if (layer.chain.size() >= kMaxKustomizationDepth)
      refuse_at(entry.place, "kustomizations are nested too deeply");
    if (++components_ > kMaxBuiltDocuments) refuse_at(entry.place, "the build includes too many components");
    Layer below{path, kNoFile, nullptr, layer.chain};
    below.chain.push_back(path);
    std::shared_ptr<const ParsedText> kept;
    load(below, entry.place, true, kept);
    accumulate(below, all);
    all.folders.push_back(path);
  }

  // --- Generators --------------------------------------------------------------------------------------

  void run_generators(const Layer& layer, Accumulator& all) {
    const Tree* global = fields::value(*layer.tree, "generatorOptions");
    for (const Tree& generator : fields::list(*layer.tree, "configMapGenerator"))
      add_generated(layer, all, generator, global, false);
    for (const Tree& generator : fields::list(*layer.tree, "secretGenerator"))
      add_generated(layer, all, generator, global, true);
    for (const std::string_view field : {"helmCharts", "helmChartInflationGenerator"}) {
      const Entry* charts = fields::entry(*layer.tree, field);
      if (charts != nullptr && !charts->value.is_null())
        problem(all, BuildProblemKind::NotSeen, charts->place, "charts in a kustomization are not rendered");
    }
    for_each_plugin(layer, all, "generators", [&](const Tree& plugin) {
      const std::string kind = fields::text(plugin, "kind");
      if (fields::text(plugin, "apiVersion") != "builtin") return false;
      if (kind != "ConfigMapGenerator" && kind != "SecretGenerator") return false;
      Tree generator = without_header(plugin);
      const Tree* metadata = plugin.find("metadata");
      for (const std::string_view part : {"name", "namespace"}) {
        const Tree* value = metadata == nullptr ? nullptr : metadata->find(part);
        if (value != nullptr) set_field(generator, part, *value, value->place);
      }
      add_generated(layer, all, generator, nullptr, kind == "SecretGenerator");
      return true;
    });
  }

  // The configuration of a built-in plugin as the field of a kustomization has it.
  static Tree without_header(Tree plugin) {
    for (const std::string_view part : {"apiVersion", "kind", "metadata"}) plugin.remove(part);
    return plugin;
  }

  // A key and its value, with the place of the value.
  struct Pair {
    std::string key;
    Tree value;
  };

  static Tree literal_value(const Tree& scalar, std::string_view source, std::size_t from,
                            std::string_view value) {
    Place place = scalar.place;
    const ByteRange range = scalar.place.range;
    const bool verbatim =
        range.end <= source.size() && source.substr(range.begin, range.size()) == scalar.text;
    if (verbatim && place.kind == PlaceKind::Written) {
      place.range.begin = range.begin + static_cast<std::uint32_t>(from);
      place.range.end = place.range.begin + static_cast<std::uint32_t>(value.size());
    } else {
      place = made_at(place);
    }
    return make_scalar(std::string(value), place, Tag::String);
  }

  void add_literals(const Tree& generator, std::vector<Pair>& pairs) const {
    for (const Tree& literal : fields::list(generator, "literals")) {
      const std::string written = fields::text_of(literal, "literals");
      const std::size_t sign = written.find('=');
      if (sign == std::string::npos || sign == 0)
        refuse_at(literal.place, "a literal must be written as key=value");
      std::string_view value = std::string_view(written).substr(sign + 1);
      std::size_t from = sign + 1;
      if (value.size() >= 2 && value.front() == value.back() &&
          (value.front() == '"' || value.front() == '\'')) {
        value = value.substr(1, value.size() - 2);
        ++from;
      }
      pairs.push_back(
          {written.substr(0, sign), literal_value(literal, files_.text(literal.place.file), from, value)});
    }
  }

  void add_env_files(const Layer& layer, Accumulator& all, const Tree& generator, std::vector<Pair>& pairs) {
    std::vector<const Tree*> names;
    for (const Tree& name : fields::list(generator, "envs")) names.push_back(&name);
    if (const Tree* one = fields::value(generator, "env")) names.push_back(one);
    for (const Tree* name : names) {
      std::string path;
      const SharedSourceText content =
          named_file(all, layer, fields::text_of(*name, "envs"), name->place, path);
      if (content == nullptr) continue;
      const std::uint32_t file = files_.number_of(path, content);
      std::string_view rest = *content;
      bool first = true;
      while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (first && line.starts_with(utf8::kByteOrderMark)) line.remove_prefix(utf8::kByteOrderMark.size());
        first = false;
        const std::size_t begin = line.find_first_not_of(" \t\v\f\r");
        if (begin == std::string_view::npos || line[begin] == '#') continue;
        line.remove_prefix(begin);
        const std::size_t sign = std::min(line.find('='), line.size());
        const std::string_view value = line.substr(std::min(sign + 1, line.size()));
        const auto at = static_cast<std::uint32_t>(value.data() - content->data());
        const Place place{file, {at, at + static_cast<std::uint32_t>(value.size())}, PlaceKind::Written};
        pairs.push_back(
            {std::string(line.substr(0, sign)), make_scalar(std::string(value), place, Tag::String)});
        all.grow(size_of(pairs.back().value), generator.place);
      }
    }
  }

  void add_files(const Layer& layer, Accumulator& all, const Tree& generator, std::vector<Pair>& pairs) {
    for (const Tree& entry : fields::list(generator, "files")) {
      const std::string written = fields::text_of(entry, "files");
      const std::size_t sign = written.find('=');
      if (sign == 0 || sign + 1 == written.size() ||
          (sign != std::string::npos && written.find('=', sign + 1) != std::string::npos))
        refuse_at(entry.place, "a file must be written as path or key=path");
      const std::string name = sign == std::string::npos ? written : written.substr(sign + 1);
      const std::string key =
          sign == std::string::npos ? name.substr(name.rfind('/') + 1) : written.substr(0, sign);
      std::string path;
      const SharedSourceText content = named_file(all, layer, name, entry.place, path);
      if (content == nullptr) continue;
      const std::uint32_t file = files_.number_of(path, content);
      Tree value =
          make_scalar(*content, {file, {0, static_cast<std::uint32_t>(content->size())}, PlaceKind::Written},
                      Tag::String);
      value.style = yaml::ScalarStyle::Literal;
      all.grow(size_of(value), generator.place);
      pairs.push_back({key, std::move(value)});
    }
  }

  // kustomize breaks long base64 into lines.
  static std::string lined_base64(std::string_view bytes) {
    constexpr std::size_t kLine = 70;
    std::string whole = base64(bytes);
    if (whole.size() / kLine == 0) return whole;
    std::string lines;
    for (std::size_t at = 0; at < whole.size(); at += kLine) lines += whole.substr(at, kLine) + '\n';
    return lines;
  }

  void add_generated(const Layer& layer, Accumulator& all, const Tree& generator, const Tree* global,
                     bool secret) {
    fields::known_only(
        generator, {"namespace", "name", "behavior", "literals", "files", "envs", "env", "options", "type"},
        secret ? "secretGenerator" : "configMapGenerator");
    const std::string name = fields::text(generator, "name");
    if (name.empty()) refuse_at(generator.place, "a generator needs a name");
    visit_all(all, generator.place);
    std::vector<Pair> pairs;
    const std::size_t problems = all.problems.size();
    add_env_files(layer, all, generator, pairs);
    add_literals(generator, pairs);
    add_files(layer, all, generator, pairs);
    const bool has_unseen =
        std::any_of(all.problems.begin() + static_cast<std::ptrdiff_t>(problems), all.problems.end(),
                    [](const BuildProblem& each) { return each.kind != BuildProblemKind::OutsideRoot; });
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.key < b.key; });
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (i > 0 && pairs[i].key == pairs[i - 1].key)
        refuse_at(generator.place, fmt::format("the key {} is there twice", pairs[i].key));
    }
    add_resource(all, generator, make_generated(generator, global, std::move(pairs), secret), global,
                 has_unseen);
  }

  static Tree make_generated(const Tree& generator, const Tree* global, std::vector<Pair> pairs,
                             bool secret) {
    const Place made = made_at(generator.place);
    Tree tree = make_mapping(made);
    set_field(tree, "apiVersion", make_scalar("v1", made, Tag::String), made);
    set_field(tree, "kind", make_scalar(secret ? "Secret" : "ConfigMap", made, Tag::String), made);
    Tree& metadata = tree.find_or_add("metadata", made);
    const auto copy = [&](Tree& into, std::string_view field) {
      const std::string text = fields::text(generator, field);
      if (text.empty()) return;
      Tree value = make_scalar(text, fields::place(generator, field), Tag::Auto);
      set_field(into, field, std::move(value), made);
    };
    copy(metadata, "name");
    copy(metadata, "namespace");
    if (secret) {
      copy(tree, "type");
      if (tree.find("type") == nullptr)
        set_field(tree, "type", make_scalar("Opaque", made, Tag::String), made);
      tree.find_or_add("data", made);
    }
    for (Pair& pair : pairs) {
      const bool text = !secret && utf8::is_valid(pair.value.text);
      if (!text)
        pair.value = make_scalar(lined_base64(pair.value.text), made_at(pair.value.place), Tag::String);
      set_field(tree.find_or_add(text || secret ? "data" : "binaryData", made), pair.key,
                std::move(pair.value), made);
    }
    const Tree* own = fields::value(generator, "options");
    for (const Tree* options : {own, global}) {
      if (options == nullptr) continue;
      fields::known_only(*options, {"labels", "annotations", "disableNameSuffixHash", "immutable"},
                         "options");
      for (const std::string_view field : {"labels", "annotations"}) {
        for (const Entry* pair : fields::text_map(*options, field)) {
          Tree& map = tree.find("metadata")->find_or_add(field, made);
          if (map.find(pair->key) != nullptr) continue;
          set_field(map, pair->key, make_scalar(pair->value.text, made_at(pair->value.place), Tag::String),
                    made);
        }
      }
      if (fields::flag(*options, "immutable"))
        set_field(tree, "immutable", make_scalar("true", made, Tag::Boolean), made);
    }
    return tree;
  }

  void add_resource(Accumulator& all, const Tree& generator, Tree tree, const Tree* global, bool has_unseen) {
    Resource resource;
    resource.tree = std::make_shared<Tree>(std::move(tree));
    resource.annotated = true;
    resource.has_unseen = has_unseen;
    const Tree* own = fields::value(generator, "options");
    resource.needs_hash = !(own != nullptr && fields::flag(*own, "disableNameSuffixHash")) &&
                          !(global != nullptr && fields::flag(*global, "disableNameSuffixHash"));
    const std::string behavior = fields::text(generator, "behavior");
    resource.behavior = behavior == "merge"     ? Behavior::Merge
                        : behavior == "replace" ? Behavior::Replace
                                                : Behavior::Create;
    const ResourceKey key = resource.key();
    const std::vector<std::size_t> known = IdIndex(all.resources).find(key);
    const Place& place = generator.place;
    if (known.empty()) {
      if (resource.behavior != Behavior::Create && !all.partial)
        refuse_at(place, fmt::format("there is no {} {} to {}", key.kind, key.name, behavior));
      all.resources.push_back(std::move(resource));
      return;
    }
    if (known.size() > 1)
      refuse_at(place, fmt::format("several resources are meant by {} {}", key.kind, key.name));
    if (resource.behavior == Behavior::Create)
      refuse_at(place, fmt::format("{} {} is there already: `behavior` must be merge or replace", key.kind,
                                   key.name));
    merge_generated(all.resources[known.front()], std::move(resource));
  }

  static void merge_generated(Resource& old, Resource fresh) {
    fresh.has_unseen |= old.has_unseen;
    Tree& tree = fresh.edit();
    Tree* metadata = tree.find("metadata");
    const Tree* old_metadata = old.tree->find("metadata");
    for (const std::string_view field : {"labels", "annotations"}) {
      const Tree* before = old_metadata->find(field);
      if (before == nullptr || !before->is_mapping()) continue;
      Tree& map = metadata->find_or_add(field, before->place);
      for (const Entry& entry : before->entries) {
        Tree value = entry.value;
        value.twin = 0;  // kustomize writes these mappings anew
        if (map.find(entry.key) == nullptr) set_field(map, entry.key, std::move(value), entry.place);
      }
    }
    for (const std::string_view field : {"name", "namespace"}) {
      metadata->remove(field);
      const Entry* before = old_metadata->find_entry(field);
      if (before != nullptr) metadata->entries.push_back(*before);
    }
    if (fresh.behavior == Behavior::Merge) {
      const bool secret = fresh.kind() == "Secret";
      merge_data(tree, *old.tree, "data", false);
      merge_data(tree, *old.tree, "binaryData", false);
      if (secret) merge_data(tree, *old.tree, "stringData", true);
    }
    fresh.names = old.names;
    fresh.needs_hash = fresh.needs_hash && old.needs_hash;
    fresh.behavior = old.behavior;
    old = std::move(fresh);
  }

  static void merge_data(Tree& tree, const Tree& old, std::string_view field, bool encode) {
    const Tree* before = old.find(field);
    if (before == nullptr || !before->is_mapping()) return;
    Tree& map = tree.find_or_add(encode ? std::string_view("data") : field, before->place);
    for (const Entry& entry : before->entries) {
      Tree value = entry.value;
      value.tag = Tag::String;
      if (encode) value = make_scalar(lined_base64(value.text), made_at(value.place), Tag::String);
      if (map.find(entry.key) == nullptr) set_field(map, entry.key, std::move(value), entry.place);
    }
  }

  // --- Transformers ------------------------------------------------------------------------------------

  void run_transformers(const Layer& layer, Accumulator& all) {
    const Tree& tree = *layer.tree;
    for (const Tree& patch : fields::list(tree, "patchesStrategicMerge")) {
      apply_strategic_entry(layer, all, patch);
      all.drop_deleted();
    }
    for (const Tree& patch : fields::list(tree, "patches")) {
      apply_patch(layer, all, patch);
      all.drop_deleted();
    }
    const std::string name_space = fields::text(tree, "namespace");
    set_namespace(all, name_space, fields::place(tree, "namespace"), false, all.fields().name_space, "");
    for (const bool prefix : {true, false}) {
      const std::string_view field = prefix ? "namePrefix" : "nameSuffix";
      const std::string part = fields::text(tree, field);
      if (!part.empty()) {
        add_name_part(all, part, prefix, fields::place(tree, field),
                      prefix ? all.fields().name_prefix : all.fields().name_suffix);
      }
    }
    for (const Tree& label : fields::list(tree, "labels")) apply_labels(all, label);
    set_labels(all, fields::text_map(tree, "commonLabels"), all.fields().common_labels);
    set_labels(all, fields::text_map(tree, "commonAnnotations"), all.fields().common_annotations);
    for (const Tree& patch : fields::list(tree, "patchesJson6902")) {
      apply_json_entry(layer, all, patch);
      all.drop_deleted();
    }
    for (const Tree& replica : fields::list(tree, "replicas")) {
      visit_all(all, replica.place);
      set_replicas(all, replica, all.fields().replicas);
    }
    for (const std::string_view field : {"images", "imageTags"}) {
      for (const Tree& image : fields::list(tree, field)) {
        visit_all(all, image.place);
        set_image(all, image, all.fields().images);
      }
    }
    for (const Tree& replacement : fields::list(tree, "replacements"))
      apply_replacement(layer, all, replacement);
    for_each_plugin(layer, all, "transformers",
                    [&](const Tree& plugin) { return apply_builtin(layer, all, plugin); });
  }

  void apply_labels(Accumulator& all, const Tree& label) {
    visit_all(all, label.place);
    fields::known_only(
        label, {"pairs", "includeSelectors", "includeTemplates", "includeVolumeClaimTemplates", "fields"},
        "labels");
    std::vector<FieldSpec> specs;
    bool agree = true;
    for (const Tree& spec : fields::list(label, "fields")) specs.push_back(fields::field_spec(spec));
    agree &= add_field_specs(specs, all.fields().labels);
    if (fields::flag(label, "includeSelectors")) {
      agree &= add_field_specs(specs, all.fields().common_labels);
    } else {
      if (fields::flag(label, "includeTemplates"))
        agree &= add_field_specs(specs, all.fields().template_labels);
      if (fields::flag(label, "includeVolumeClaimTemplates"))
        agree &= add_field_specs(specs, all.fields().volume_claim_template_labels);
      agree &= add_field_spec(specs, {{}, "metadata/labels", true});
    }
    if (!agree) refuse_at(label.place, "the fields of these labels disagree on `create`");
    set_labels(all, fields::text_map(label, "pairs"), specs);
  }

  void apply_replacement(const Layer& layer, Accumulator& all, const Tree& replacement) {
    visit_all(all, replacement.place);
    const Tree* named = fields::value(replacement, "path");
    if (named == nullptr) return replace(all, replacement);
    if (fields::value(replacement, "source") != nullptr || fields::value(replacement, "targets") != nullptr)
      refuse_at(replacement.place, "a replacement takes `path` or a source and targets, not both");
    std::string path;
    const SharedSourceText content =
        named_file(all, layer, fields::text_of(*named, "path"), named->place, path);
    if (content == nullptr) return;
    const auto parsed = parse_file(path, content, false, true);
    if (parsed->refusal) throw *parsed->refusal;
    if (parsed->documents.empty()) return;
    const Tree& root = *parsed->documents.front();
    kept_.push_back(parsed);
    if (root.is_sequence()) {
      for (const Tree& item : root.items) {
        visit_all(all, item.place);
        replace(all, item);
      }
    } else if (root.is_mapping()) {
      replace(all, root);
    } else {
      refuse_at(root.place, "a replacement must be a mapping or a list of such");
    }
  }

  // A patch: documents to merge, or operations.
  struct Patch {
    std::vector<std::shared_ptr<Tree>> documents;
    std::shared_ptr<Tree> operations;
  };

  static bool is_operations(const ParsedText& parsed) {
    return !parsed.documents.empty() && parsed.documents.front()->is_sequence();
  }

  // `content` null: written inline, in `scalar`.
  Patch read_patch(const Tree& scalar, const std::string& path, const SharedSourceText& content) {
    Patch patch;
    const auto loose =
        content == nullptr ? parse_inline(scalar, true, false) : parse_file(path, content, false, true);
    if (!loose->refusal && is_operations(*loose)) {
      patch.operations = loose->documents.front();
      return patch;
    }
    const auto strict =
        content == nullptr ? parse_inline(scalar, false, true) : parse_file(path, content, true, false);
    if (strict->refusal) throw *strict->refusal;
    patch.documents = strict->documents;
    return patch;
  }

  void apply_patch(const Layer& layer, Accumulator& all, const Tree& entry) {
    fields::known_only(entry, {"path", "patch", "target", "options"}, "patches");
    visit_all(all, entry.place);
    const Tree* inline_patch = fields::value(entry, "patch");
    const Tree* named = fields::value(entry, "path");
    const bool has_inline = inline_patch != nullptr && !is_blank(fields::text_of(*inline_patch, "patch"));
    const bool has_path = named != nullptr && !fields::text_of(*named, "path").empty();
    if (has_inline == has_path) {
      refuse_at(entry.place,
                has_inline ? "a patch takes `path` or `patch`, not both" : "a patch needs `path` or `patch`");
    }
    std::string path;
    SharedSourceText content;
    if (has_path) {
      content = named_file(all, layer, named->text, named->place, path);
      if (content == nullptr) return;
    }
    const Patch patch = read_patch(has_path ? *named : *inline_patch, path, content);
    const Tree* target = fields::value(entry, "target");
    const Tree* options = fields::value(entry, "options");
    bool rename = false;
    bool change_kind = false;
    if (options != nullptr) {
      fields::known_only(*options, {"allowNameChange", "allowKindChange"}, "options");
      rename = fields::flag(*options, "allowNameChange");
      change_kind = fields::flag(*options, "allowKindChange");
    }
    const Place& place = has_path ? named->place : entry.place;
    if (patch.operations != nullptr) {
      if (target == nullptr) refuse_at(place, "a JSON patch needs a `target`");
      const Selector selector = Selector::of(*target);
      for (Resource& resource : all.resources) {
        if (selector.selects(resource)) apply_operations(resource, *patch.operations, place, true);
      }
      return;
    }
    if (target != nullptr) {
      if (patch.documents.size() > 1) refuse_at(place, "several patches in one entry cannot have a `target`");
      const Selector selector = Selector::of(*target);
      if (patch.documents.empty()) return;
      for (Resource& resource : all.resources) {
        if (selector.selects(resource))
          apply_merge(resource, *patch.documents.front(), place, rename, change_kind, true);
      }
      if (rename || change_kind) check_ids(all, place);
      return;
    }
    for (const std::shared_ptr<Tree>& document : patch.documents) {
      if (Resource* found = patch_target(all, *document, place))
        apply_merge(*found, *document, place, rename, change_kind, false);
    }
  }

  static void check_ids(const Accumulator& all, const Place& place) {
    std::set<std::string> known;
    for (const Resource& resource : all.resources) {
      if (resource.tree == nullptr) continue;
      if (!known.insert(resource.key().text()).second)
        refuse_at(place,
                  fmt::format("the patch makes two resources {} {}", resource.kind(), resource.name()));
    }
  }

  // The one resource that a patch means by its own kind, name and namespace. Null: not seen.
  Resource* patch_target(Accumulator& all, const Tree& patch, const Place& place) {
    visit_all(all, place);
    Resource own;
    own.tree = std::make_shared<Tree>(patch);
    const ResourceKey key = own.key();
    Resource* found = nullptr;
    for (Resource& resource : all.resources) {
      if (resource.tree == nullptr) continue;
      bool matches = resource.name() == key.name && resource.key() == key;
      for (const EarlierId& id : resource.history().earlier)
        matches |= id.name == key.name && resource.earlier_key(id) == key;
      if (!matches) continue;
      if (found != nullptr)
        refuse_at(place, fmt::format("the patch means several resources {} {}", key.kind, key.name));
      found = &resource;
    }
    if (found == nullptr && !all.partial && !all.is_part) {
      const std::string space =
          key.name_space == kNoNamespace ? "" : fmt::format(" in namespace {}", key.name_space);
      refuse_at(place, fmt::format("the patch finds no {} {}{}", key.kind, key.name, space));
    }
    return found;
  }

  void apply_merge(Resource& resource, const Tree& patch, const Place& place, bool rename, bool change_kind,
                   bool by_target) {
    if (rename || change_kind) resource.remember_id();
    Tree own;
    const Tree* used = &patch;
    if (by_target) {
      own = patch;
      const Tree* version = resource.tree->find("apiVersion");
      if (version != nullptr) set_field(own, "apiVersion", *version, version->place);
      used = &own;
    }
    Tree& tree = resource.edit();
    const auto saved = [&](const Tree* of, std::string_view field) -> std::optional<Entry> {
      const Entry* entry = of == nullptr ? nullptr : of->find_entry(field);
      return entry == nullptr ? std::nullopt : std::optional(*entry);
    };
    const Tree* metadata = tree.find("metadata");
    const std::optional<Entry> version = saved(&tree, "apiVersion");
    const std::optional<Entry> kind = saved(&tree, "kind");
    const std::optional<Entry> name = saved(metadata, "name");
    const std::optional<Entry> space = saved(metadata, "namespace");
    bool removed = false;
    take_values(*used, place);
    if (const auto error = merge_patch(tree, *used, removed)) refuse_at(place, error->message);
    if (removed || !tree.is_mapping()) {
      resource.tree = nullptr;
      return;
    }
    const auto restore = [](Tree& into, std::string_view field, const std::optional<Entry>& before) {
      for (Entry& entry : into.entries) {
        if (entry.key != field || !before) continue;
        entry = *before;
        return;
      }
      into.remove(field);
      if (before) into.entries.push_back(*before);
    };
    if (!change_kind) restore(tree, "kind", kind);
    // A patch names what it patches; that is no place to change it.
    const Tree* named = tree.find("apiVersion");
    if (version && named != nullptr && named->text == version->value.text)
      restore(tree, "apiVersion", version);
    Tree& after = tree.find_or_add("metadata", tree.place);
    if (!after.is_mapping()) refuse_at(place, "the patch makes `metadata` something else than a mapping");
    if (!rename) restore(after, "name", name);
    restore(after, "namespace", space);
  }

  // Where some of a resource was not seen, it may be what an operation does not find: it stays as it is.
  void apply_operations(Resource& resource, const Tree& operations, const Place& place, bool remember) {
    if (remember) resource.remember_id();
    take_values(operations, place);
    Tree& tree = resource.edit();
    const std::optional<Tree> before = resource.has_unseen ? std::optional(tree) : std::nullopt;
    // kustomize's own notes are annotations too, so a patch finds the mapping.
    Tree* metadata = resource.annotated ? tree.find("metadata") : nullptr;
    if (metadata != nullptr && metadata->is_mapping()) metadata->find_or_add("annotations", place);
    if (const auto error = json_patch(tree, operations)) {
      if (!before) refuse_at(place, error->message);
      tree = *before;
      return;
    }
    const auto invalid = invalid_document(tree);
    if (invalid) refuse_at(place, fmt::format("the patch leaves {}", invalid->message));
  }

  void apply_strategic_entry(const Layer& layer, Accumulator& all, const Tree& entry) {
    const std::string written = fields::text_of(entry, "patchesStrategicMerge");
    auto parsed = parse_inline(entry, false, true);
    if (parsed->refusal) {
      std::string path;
      const SharedSourceText content = named_file(all, layer, written, entry.place, path);
      if (content == nullptr) return;
      parsed = parse_file(path, content, true, false);
      if (parsed->refusal) throw *parsed->refusal;
    }
    for (const std::shared_ptr<Tree>& document : parsed->documents) {
      if (Resource* found = patch_target(all, *document, entry.place))
        apply_merge(*found, *document, entry.place, false, false, true);
    }
  }

  void apply_json_entry(const Layer& layer, Accumulator& all, const Tree& entry) {
    fields::known_only(entry, {"path", "patch", "target", "options", "jsonOp"}, "patchesJson6902");
    visit_all(all, entry.place);
    const Tree* target = fields::value(entry, "target");
    if (target == nullptr || fields::text(*target, "name").empty())
      refuse_at(entry.place, "a JSON patch needs a `target` with a name");
    const Tree* inline_patch = fields::value(entry, "patch");
    if (inline_patch == nullptr) inline_patch = fields::value(entry, "jsonOp");
    const Tree* named = fields::value(entry, "path");
    if ((inline_patch == nullptr) == (named == nullptr))
      refuse_at(entry.place, "a JSON patch takes `path` or `patch`");
    std::shared_ptr<const ParsedText> parsed;
    if (named != nullptr) {
      std::string path;
      const SharedSourceText content =
          named_file(all, layer, fields::text_of(*named, "path"), named->place, path);
      if (content == nullptr) return;
      parsed = parse_file(path, content, false, true);
    } else {
      parsed = parse_inline(*inline_patch, true, false);
    }
    if (parsed->refusal) throw *parsed->refusal;
    if (!is_operations(*parsed)) refuse_at(entry.place, "a JSON patch must be a list of operations");
    const Selector selector = Selector::of(*target);
    for (Resource& resource : all.resources) {
      if (selector.selects(resource))
        apply_operations(resource, *parsed->documents.front(), entry.place, false);
    }
  }

  // --- Plugins -----------------------------------------------------------------------------------------

  // Calls `use` with each configuration that `generators` or `transformers` names; false: it is of a plugin.
  void for_each_plugin(const Layer& layer, Accumulator& all, std::string_view field,
                       const std::function<bool(const Tree&)>& use) {
    for (const Tree& entry : fields::list(*layer.tree, field)) {
      const std::string written = fields::text_of(entry, field);
      std::vector<std::shared_ptr<Tree>> plugins;
      if (const auto parsed = parse_inline(entry, true, true); !parsed->refusal) {
        plugins = parsed->documents;
      } else if (!is_remote(written) && files_.read(path_from(layer.folder, written)) == nullptr &&
                 files_.is_folder(path_from(layer.folder, written))) {
        const std::string path = path_from(layer.folder, written);
        check_chain({path}, layer.chain, entry.place);
        const auto base = target(path, layer.chain, entry.place);
        for (const Resource& resource : base->resources) plugins.push_back(resource.tree);
      } else {
        std::string path;
        const SharedSourceText content = named_file(all, layer, written, entry.place, path);
        if (content == nullptr) continue;
        const auto read = parse_file(path, content, true, true);
        if (read->refusal) throw *read->refusal;
        plugins = read->documents;
      }
      for (const std::shared_ptr<Tree>& plugin : plugins) {
        if (!use(*plugin)) {
          problem(all, BuildProblemKind::NotSeen, entry.place,
                  fmt::format("{} is a plugin and was not run", fields::text(*plugin, "kind")));
        }
        all.drop_deleted();
      }
    }
  }

  bool apply_builtin(const Layer& layer, Accumulator& all, const Tree& plugin) {
    if (fields::text(plugin, "apiVersion") != "builtin") return false;
    const std::string kind = fields::text(plugin, "kind");
    std::vector<FieldSpec> specs;
    for (const Tree& spec : fields::list(plugin, "fieldSpecs")) specs.push_back(fields::field_spec(spec));
    if (kind == "NamespaceTransformer") {
      const Tree* metadata = plugin.find("metadata");
      const Tree* name = metadata == nullptr ? nullptr : metadata->find("namespace");
      if (name != nullptr) {
        set_namespace(all, name->text, name->place, fields::flag(plugin, "unsetOnly"), specs,
                      fields::text(plugin, "setRoleBindingSubjects"));
      }
    } else if (kind == "PrefixTransformer" || kind == "SuffixTransformer") {
      const bool prefix = kind == "PrefixTransformer";
      const std::string_view field = prefix ? "prefix" : "suffix";
      add_name_part(all, fields::text(plugin, field), prefix, fields::place(plugin, field), specs);
    } else if (kind == "LabelTransformer") {
      set_labels(all, fields::text_map(plugin, "labels"), specs);
    } else if (kind == "AnnotationsTransformer") {
      set_labels(all, fields::text_map(plugin, "annotations"), specs);
    } else if (kind == "ReplicaCountTransformer") {
      if (const Tree* replica = fields::value(plugin, "replica")) set_replicas(all, *replica, specs);
    } else if (kind == "ImageTagTransformer") {
      if (const Tree* image = fields::value(plugin, "imageTag")) set_image(all, *image, specs);
    } else if (kind == "ReplacementTransformer") {
      for (const Tree& replacement : fields::list(plugin, "replacements"))
        apply_replacement(layer, all, replacement);
    } else if (kind == "PatchTransformer") {
      apply_patch(layer, all, without_header(plugin));
    } else if (kind == "PatchJson6902Transformer") {
      apply_json_entry(layer, all, without_header(plugin));
    } else if (kind == "PatchStrategicMergeTransformer") {
      for (const Tree& path : fields::list(plugin, "paths")) apply_strategic_entry(layer, all, path);
      if (const Tree* patches = fields::value(plugin, "patches")) apply_strategic_entry(layer, all, *patches);
    } else {
      return false;
    }
    return true;
  }

  // --- The result --------------------------------------------------------------------------------------

  void print_all(const Memo& memo, bool keep, Build& result, std::vector<std::string>* json) {
    const std::shared_ptr<const Accumulator>& made = memo.result;
    Accumulator all = *made;
    for (std::uint32_t i = 0; i < all.resources.size(); ++i) all.resources[i].input = i;
    add_hashes(all);
    fix_name_references(all);
    resolve_vars(all);
    std::erase_if(all.resources, is_local);
    sort_resources(all.resources, fields::value(*memo.kustomization, "sortOptions"));
    std::vector<PrintedPiece> pieces;
    pieces.reserve(all.resources.size());
    for (Resource& resource : all.resources) {
      const bool refers = resource.tree != made->resources[resource.input].tree;
      pieces.push_back(print(resource, refers));
      if (json != nullptr) json->push_back(write_json(*resource.tree));
    }
    const bool is_alone = made->config == nullptr && made->vars.empty() &&
                          std::none_of(made->resources.begin(), made->resources.end(),
                                       [](const Resource& resource) { return resource.needs_hash; });
    if (!keep || !is_alone) {
      PiecesInBuild together = put_together(std::move(pieces), files_);
      return conclude(*made, std::move(together.documents), together.files, result);
    }
    PrintedBuild printed;
    printed.made = made;
    printed.kustomization = memo.kustomization;
    printed.text = memo.text;
    printed.pieces = std::move(pieces);
    put_together(printed, files_);
    conclude(*made, printed.result.documents, printed.result.files, result);
    keep_printed(std::move(printed), result.root);
  }

  // Prints what changed since the root was printed last, and takes over the rest. False: that does not do.
  bool print_changes(const Memo& memo, Build& result) {
    const std::shared_ptr<const Accumulator>& made = memo.result;
    const auto known = printed_.find(result.root);
    if (known == printed_.end()) return false;
    PrintedBuild& printed = known->second;
    const bool is_comparable =
        memo.kustomization == printed.kustomization && made->config == nullptr && made->vars.empty();
    const auto changed = is_comparable ? changed_since(printed, made) : std::nullopt;
    if (!changed) {
      forget_printed(known);
      return false;
    }
    const std::size_t visits = visits_left_;
    const std::size_t values = values_left_;
    printed.made = made;
    printed.successor = 0;
    printed.replaced.clear();
    try {
      put_together_again(printed, print_again(printed, *changed), files_);
    } catch (const Refusal&) {
      // Told as when all is printed.
      visits_left_ = visits;
      values_left_ = values;
      forget_printed(known);
      return false;
    }
    conclude(*made, printed.result.documents, printed.result.files, result);
    return true;
  }

  // The numbers of the resources that were printed as something else; sorted. None: not to be told, or others
  // are printed now.
  static std::optional<std::vector<std::uint32_t>> changed_since(
      const PrintedBuild& printed, const std::shared_ptr<const Accumulator>& made) {
    std::vector<std::uint32_t> numbers;
    const auto add = [&](std::uint32_t number, const Resource& before, const Resource& now) {
      numbers.push_back(number);
      return !now.needs_hash && is_local(before) == is_local(now);
    };
    if (printed.successor == made->number) {
      for (const ChangedResource& each : printed.replaced) {
        const Resource& now = made->resources[each.number];
        if (!is_unchanged(each.resource, now) && !add(each.number, each.resource, now)) return std::nullopt;
      }
      return numbers;
    }
    if (printed.successor != 0) return std::nullopt;
    const auto changed = changed_resources(printed.made->resources, made->resources);
    if (!changed) return std::nullopt;
    for (const ChangedResource& each : *changed) {
      if (!add(each.number, printed.made->resources[each.number], each.resource)) return std::nullopt;
    }
    return numbers;
  }

  // Prints anew the pieces of these resources, and of those that refer to others; returns those that there
  // were.
  std::vector<ReplacedPiece> print_again(PrintedBuild& printed, std::vector<std::uint32_t> numbers) {
    numbers.insert(numbers.end(), printed.referring.begin(), printed.referring.end());
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::erase_if(numbers, [&](std::uint32_t number) { return printed.piece_of[number] == kNoPiece; });
    const Accumulator& made = *printed.made;
    std::vector<Resource> again;
    again.reserve(numbers.size());
    for (const std::uint32_t number : numbers) {
      again.push_back(made.resources[number]);
      again.back().input = number;
      printed.size -= printed.pieces[printed.piece_of[number]].size;
    }
    take_values(printed.size, {});
    fix_name_references(made, again);
    std::vector<ReplacedPiece> replaced;
    replaced.reserve(numbers.size());
    for (Resource& resource : again) {
      const std::uint32_t index = printed.piece_of[resource.input];
      const bool refers = resource.tree != made.resources[resource.input].tree;
      PrintedPiece& piece = printed.pieces[index];
      replaced.push_back({index, std::exchange(piece, print(resource, refers))});
      printed.size += piece.size;
      const auto at = std::lower_bound(printed.referring.begin(), printed.referring.end(), piece.number);
      if (refers && !replaced.back().before.refers) printed.referring.insert(at, piece.number);
      if (!refers && replaced.back().before.refers) printed.referring.erase(at);
    }
    return replaced;
  }

  // Resources that kustomize leaves out.
  static bool is_local(const Resource& resource) {
    const Tree* metadata = resource.tree->find("metadata");
    const Tree* annotations = metadata == nullptr ? nullptr : metadata->find("annotations");
    const Tree* local = annotations == nullptr ? nullptr : annotations->find(kLocalConfig);
    return local != nullptr && local->text != "false";
  }

  PrintedPiece print(Resource& resource, bool refers) {
    if (const Tree* metadata = resource.tree->find("metadata");
        metadata != nullptr && metadata->find("annotations"))
      rewrite_annotations(resource.edit());
    ++documents_printed_;
    PrintedPiece piece;
    piece.number = resource.input;
    piece.refers = refers;
    piece.size = size_of(*resource.tree);
    take_values(piece.size, resource.tree->place);
    WrittenDocument written = write_document(*resource.tree, files_);
    piece.text = BuiltDocument::mark(written.text);
    piece.segments = std::move(written.segments);
    piece.extents = extents_of(piece.segments);
    return piece;
  }

  static void conclude(const Accumulator& made, std::vector<BuiltDocument> documents,
                       const SharedPaths& files, Build& result) {
    result.documents = std::move(documents);
    result.files = files;
    result.partial = made.partial;
    result.problems = made.problems;
  }

  // What is printed again and again is few builds; so that those of a whole workspace take no memory, older
  // ones make room.
  void keep_printed(PrintedBuild printed, const std::string& root) {
    if (kept_pieces_ + printed.pieces.size() > kMaxKeptPieces) {
      printed_.clear();
      kept_pieces_ = 0;
    }
    if (printed.pieces.size() > kMaxKeptPieces) return;
    kept_pieces_ += printed.pieces.size();
    printed_[root] = std::move(printed);
  }

  void forget_printed(std::unordered_map<std::string, PrintedBuild>::iterator at) {
    kept_pieces_ -= at->second.pieces.size();
    printed_.erase(at);
  }

  // kustomize keeps its notes among the annotations, and writes what is left of them anew.
  static void rewrite_annotations(Tree& tree) {
    Tree* metadata = tree.find("metadata");
    Tree* annotations = metadata == nullptr ? nullptr : metadata->find("annotations");
    if (annotations == nullptr) return;
    if (annotations->is_null() || (annotations->is_mapping() && annotations->entries.empty())) {
      metadata->remove("annotations");
      return;
    }
    for (Entry& entry : annotations->entries) {
      if (entry.value.is_scalar()) entry.value.tag = Tag::String;
    }
  }

  // A template of a kustomization is nothing that somebody builds as it stands (section 1).
  [[nodiscard]] bool is_template(const Refusal& refusal) const {
    return has_kustomization_name(files_.path(refusal.place.file)) &&
           refusal.message.starts_with(kNotValidYaml) && has_template_mark(files_.text(refusal.place.file));
  }

  void refuse(const Refusal& refusal, Build& result) {
    result.documents.clear();
    result.refused = true;
    if (is_template(refusal)) return;
    const std::string& path = files_.path(refusal.place.file);
    const bool is_placed = !path.empty();
    result.problems.push_back({BuildProblemKind::Refused, is_placed ? path : result.root,
                               is_placed ? refusal.place.range : ByteRange{}, refusal.message});
  }

  Limits limits_;
  BuildFiles files_;
  std::size_t generation_ = 0;
  std::size_t targets_evaluated_ = 0;
  std::size_t documents_printed_ = 0;
  std::size_t values_left_ = 0;
  std::size_t visits_left_ = 0;
  std::size_t components_ = 0;
  std::string repeating_;                   // the folder whose resources may be there twice; empty: none
  std::shared_ptr<LookedList> all_looked_;  // what the outermost target has looked at; null: not known yet
  std::unordered_map<std::string, ParsedFile> parsed_;
  std::unordered_map<std::uint32_t, ParsedInline> inline_;  // by file
  std::unordered_map<std::string, Memo> memos_;
  std::unordered_map<std::string, PrintedBuild> printed_;  // by root
  std::size_t kept_pieces_ = 0;                            // of those
  std::vector<std::shared_ptr<const ParsedText>> kept_;    // kustomizations in use
};

bool has_kustomization_name(std::string_view path) {
  return std::find(std::begin(kKustomizationNames), std::end(kKustomizationNames), base_name(path)) !=
         std::end(kKustomizationNames);
}

Kustomizer::Kustomizer(SourceReader& reader, const Limits& limits)
    : evaluation_(std::make_unique<Evaluation>(reader, limits)) {}
Kustomizer::~Kustomizer() = default;

Build Kustomizer::build(const std::string& root, bool may_repeat) {
  return evaluation_->build(root, may_repeat, nullptr);
}

Build Kustomizer::build_as_json(const std::string& root, std::vector<std::string>& json) {
  return evaluation_->build(root, false, &json);
}

std::size_t Kustomizer::targets_evaluated() const { return evaluation_->targets_evaluated(); }
std::size_t Kustomizer::documents_printed() const { return evaluation_->documents_printed(); }

}  // namespace workspace
