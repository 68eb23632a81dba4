#include "workspace/cluster/take_snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "workspace/base/helper_threads.h"
#include "workspace/base/uri.h"
#include "workspace/cluster/cluster_kinds.h"
#include "workspace/cluster/json_scan.h"
#include "workspace/cluster/snapshot_builder.h"

namespace workspace {
namespace {

constexpr std::size_t kMostAtOnce = 4;
constexpr int kMostRestarts = 5;  // of a list whose pages expire

std::string_view last_line(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \r\n\t");
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  return text.substr(text.rfind('\n') + 1);
}

// What kubectl says last, without that it is an error. Hints may follow, of many lines: of a plugin that is
// not installed, how to install it.
std::string_view last_words(std::string_view text) {
  constexpr std::string_view kError = "error: ";
  constexpr std::array<std::string_view, 4> kBeginnings = {
      kError, "Error from server", "Unable to connect to the server", "The connection to the server"};
  std::string_view last = last_line(text);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (std::any_of(kBeginnings.begin(), kBeginnings.end(),
                    [&](auto begin) { return line.starts_with(begin); }))
      last = last_line(line);
  }
  return last.starts_with(kError) ? last.substr(kError.size()) : last;
}

// The word in "Error from server (Forbidden): ..."; empty: it is no answer of the server.
std::string_view server_reason(std::string_view line) {
  constexpr std::string_view kBegin = "Error from server (";
  if (!line.starts_with(kBegin)) return {};
  line.remove_prefix(kBegin.size());
  return line.substr(0, line.find(')'));
}

// A call that got no answer.
struct Failure {
  std::string message;
  std::string_view reason;  // the server's: "Forbidden"; empty: it did not speak
  bool is_answer = true;    // false: there is no way to talk to the cluster
};

template <class T>
using Answer = std::variant<T, Failure>;

// An API group of which kinds are wanted, and its versions, the preferred one first.
struct WantedGroup {
  std::string_view group;
  std::vector<std::string> versions;
};

// A kind as the server serves it.
struct ServedKind {
  const ClusterKind* kind = nullptr;
  std::string path;         // "/apis/apps/v1"
  std::string api_version;  // "apps/v1"
  std::string plural;
  bool is_namespaced = true;
};

// One list to read: a kind, in a namespace or everywhere.
struct ListJob {
  const ServedKind* served = nullptr;
  std::string ns;      // empty: everywhere
  std::string object;  // the one object asked for; empty: all
};

class Taker {
 public:
  Taker(const SnapshotRequest& request, const ProcessRunner& run) : request_(request), run_(run) {}

  Result<TakenSnapshot> take() {
    header_.taken = request_.taken;
    Answer<std::string> version = get("/version");
    if (const auto* failure = std::get_if<Failure>(&version)) return Error{failure->message};
    header_.server_version = json_text_of(json_member(std::get<std::string>(version), "gitVersion"));
    read_context();
    if (std::optional<Error> error = discover()) return *std::move(error);
    if (std::optional<Error> error = read_lists()) return *std::move(error);
    if (!request_.namespaces.empty()) {
      not_read_.insert(fmt::format("namespaces other than {}", fmt::join(request_.namespaces, ", ")));
    }
    header_.not_read.assign(not_read_.begin(), not_read_.end());
    std::string text = builder_.finish(header_);
    return TakenSnapshot{std::move(text), std::move(header_.not_read)};
  }

 private:
  // ---------------------------------------------------------------- calls

  [[nodiscard]] Answer<std::string> call(std::vector<std::string> arguments) const {
    if (!request_.context.empty()) arguments.push_back("--context=" + request_.context);
    if (!request_.kubeconfig.empty()) arguments.push_back("--kubeconfig=" + request_.kubeconfig);
    ProcessRequest process;
    process.program = "kubectl";
    process.arguments = std::move(arguments);
    process.time_limit = request_.time_limit;
    Result<ProcessResult> result = run_(process);
    if (!result) return Failure{result.error().message, "", is_time_limit(result.error().message)};
    if (result->signal != 0)
      return Failure{fmt::format("kubectl was ended by signal {}", result->signal), "", true};
    if (result->status == 0) return std::move(result->output);
    const std::string line(last_words(result->errors));
    const std::string_view reason = server_reason(line);
    Failure failure{line.empty() ? fmt::format("kubectl exited with status {}", result->status) : line, "",
                    !reason.empty() && reason != "Unauthorized"};
    for (const std::string_view known : {"Forbidden", "NotFound", "Expired", "Gone"}) {
      if (reason == known) failure.reason = known;
    }
    return failure;
  }

  static bool is_time_limit(std::string_view message) {
    return message.find(": no answer within ") != std::string_view::npos;
  }

  [[nodiscard]] Answer<std::string> get(const std::string& path) const {
    return call({"get", "--raw=" + path});
  }

  // What messages and findings call the cluster, and where documents without a namespace go.
  void read_context() {
    header_.context = request_.context;
    if (header_.context.empty()) {
      const Answer<std::string> current = call({"config", "current-context"});
      const auto* name = std::get_if<std::string>(&current);
      if (name != nullptr) header_.context = last_line(*name);
    }
    if (header_.context.empty()) header_.context = "current";  // as inside of a pod
    const Answer<std::string> ns =
        call({"config", "view", "--minify", "--output=jsonpath={.contexts[0].context.namespace}"});
    if (const auto* name = std::get_if<std::string>(&ns)) header_.default_namespace = last_line(*name);
  }

  // ---------------------------------------------------------------- discovery

  void note(std::string_view kind, const Failure& failure) { note(kind, failure.message); }
  void note(std::string_view kind, std::string_view why) {
    std::string line = fmt::format("{}: {}", kind, why);
    std::replace(line.begin(), line.end(), '\n', ' ');
    not_read_.insert(std::move(line));
  }

  // The versions of each group that is wanted, the preferred one first.
  std::optional<Error> discover() {
    const Answer<std::string> groups = get("/apis");
    if (const auto* failure = std::get_if<Failure>(&groups)) return Error{failure->message};
    std::map<std::string, std::vector<std::string>, std::less<>> versions;
    versions[""] = {"v1"};
    const std::string& text = std::get<std::string>(groups);
    JsonScanner list(json_member(text, "groups"));
    const bool valid = list.array([&] {
      const auto group = list.value();
      if (group) versions[json_text_of(json_member(*group, "name"))] = versions_of(*group);
      return group.has_value();
    });
    if (!valid) return Error{"kubectl get --raw=/apis: the answer is cut, or not JSON"};
    std::vector<WantedGroup> wanted;
    for (const ClusterKind& kind : cluster_kinds()) {
      if (!wanted.empty() && wanted.back().group == kind.group) continue;
      const auto known = versions.find(kind.group);
      if (known != versions.end()) wanted.push_back({kind.group, known->second});
    }
    if (std::optional<Error> error = run_all(wanted.size(), [&](std::size_t i) { discover(wanted[i]); }, {}))
      return error;
    std::sort(served_.begin(), served_.end(),
              [](const ServedKind& a, const ServedKind& b) { return a.kind < b.kind; });
    return std::nullopt;
  }

  static std::vector<std::string> versions_of(std::string_view group) {
    std::vector<std::string> versions = {
        json_text_of(json_member(json_member(group, "preferredVersion"), "version"))};
    JsonScanner list(json_member(group, "versions"));
    list.array([&] {
      const auto version = list.value();
      if (!version) return false;
      std::string name = json_text_of(json_member(*version, "version"));
      if (std::find(versions.begin(), versions.end(), name) == versions.end())
        versions.push_back(std::move(name));
      return true;
    });
    return versions;
  }

  void discover(const WantedGroup& wanted) {
    std::set<std::string_view> missing;
    for (const ClusterKind& kind : cluster_kinds()) {
      if (kind.group == wanted.group) missing.insert(kind.kind);
    }
    for (const std::string& version : wanted.versions) {
      if (missing.empty()) break;
      const std::string api_version =
          wanted.group.empty() ? version : fmt::format("{}/{}", wanted.group, version);
      const std::string path = (wanted.group.empty() ? "/api/" : "/apis/") + api_version;
      const Answer<std::string> answer = get(path);
      const std::scoped_lock lock(mutex_);
      if (const auto* failure = std::get_if<Failure>(&answer)) {
        if (!failure->is_answer || is_silent(*failure)) return fail(*failure);
        note(api_version, *failure);
        continue;
      }
      has_answer_ = true;
      const std::string& text = std::get<std::string>(answer);
      JsonScanner list(json_member(text, "resources"));
      const bool valid = list.array([&] {
        const auto resource = list.value();
        if (resource) take_served(*resource, wanted.group, path, api_version, missing);
        return resource.has_value();
      });
      if (!valid) note(api_version, "the answer is cut, or not JSON");
    }
  }

  void take_served(std::string_view resource, std::string_view group, const std::string& path,
                   const std::string& api_version, std::set<std::string_view>& missing) {
    const std::string plural = json_text_of(json_member(resource, "name"));
    if (plural.find('/') != std::string::npos) return;  // pods/status
    const std::string name = json_text_of(json_member(resource, "kind"));
    const auto wanted = missing.find(name);
    if (wanted == missing.end()) return;
    missing.erase(wanted);
    for (const ClusterKind& kind : cluster_kinds()) {
      if (kind.group != group || kind.kind != name) continue;
      served_.push_back({&kind, path, api_version, plural, json_member(resource, "namespaced") == "true"});
    }
  }

  // ---------------------------------------------------------------- several calls at once

  using Progress = std::function<void(std::size_t done, std::size_t total)>;

  // Does `work` for each number below `count`, at most four at once, until one of them fails for all; the
  // calling thread tells how far they are.
  template <class Work>
  std::optional<Error> run_all(std::size_t count, const Work& work, const Progress& progress) {
    std::size_t next = 0;
    std::size_t done = 0;
    std::condition_variable changed;
    const auto work_on = [&] {
      for (;;) {
        std::size_t mine = 0;
        {
          const std::scoped_lock lock(mutex_);
          if (next == count || fatal_) break;
          mine = next++;
        }
        work(mine);
        const std::scoped_lock lock(mutex_);
        ++done;
        changed.notify_one();
      }
      const std::scoped_lock lock(mutex_);
      changed.notify_one();
    };
    {
      const HelperThreads workers(std::min(kMostAtOnce, count), work_on);
      if (workers.empty()) work_on();
      std::unique_lock lock(mutex_);
      std::size_t told = 0;
      while (done < count && !fatal_) {
        changed.wait(lock, [&] { return done > told || fatal_; });
        told = done;
        if (progress) progress(done, count);
      }
    }
    return fatal_;
  }

  // Whether the server answers nothing at all: none of the first calls, which were made at once.
  bool is_silent(const Failure& failure) {
    if (is_time_limit(failure.message)) ++late_;
    return !has_answer_ && late_ >= kMostAtOnce;
  }

  // Nothing more can be asked.
  void fail(const Failure& failure) {
    if (!fatal_) fatal_ = Error{failure.message};
  }

  // ---------------------------------------------------------------- lists

  [[nodiscard]] std::vector<ListJob> jobs() const {
    std::vector<ListJob> jobs;
    for (const ServedKind& served : served_) {
      if (served.kind->use == ClusterKindUse::MeshConfig) {
        jobs.push_back({&served, request_.root_namespace, {}});
      } else if (request_.namespaces.empty() || (!served.is_namespaced && served.kind->kind != "Namespace")) {
        jobs.push_back({&served, {}, {}});
      } else {
        for (const std::string& ns : request_.namespaces) {
          if (served.is_namespaced) jobs.push_back({&served, ns, {}});
          if (!served.is_namespaced) jobs.push_back({&served, {}, ns});
        }
      }
    }
    return jobs;
  }

  std::optional<Error> read_lists() {
    const std::vector<ListJob> jobs = this->jobs();
    late_ = 0;
    has_answer_ = false;
    return run_all(
        jobs.size(), [&](std::size_t i) { read_list(jobs[i]); }, request_.progress);
  }

  void read_list(const ListJob& job) {
    for (int restart = 0; restart < kMostRestarts; ++restart) {
      Answer<SnapshotBuilder> read = read_pages(job);
      const std::scoped_lock lock(mutex_);
      if (auto* part = std::get_if<SnapshotBuilder>(&read)) {
        builder_.add(std::move(*part));
        has_answer_ = true;
        return;
      }
      const Failure& failure = std::get<Failure>(read);
      if (!failure.is_answer || is_silent(failure)) return fail(failure);
      if (!failure.reason.empty() && (failure.reason == "Expired" || failure.reason == "Gone")) continue;
      return note(name_of(job), failure);
    }
    const std::scoped_lock lock(mutex_);
    note(name_of(job), "it changes faster than it can be read");
  }

  static std::string name_of(const ListJob& job) {
    const std::string where = !job.ns.empty() ? " in " + job.ns : !job.object.empty() ? " " + job.object : "";
    return fmt::format("{}{}", job.served->kind->kind, where);
  }

  // All pages or none.
  [[nodiscard]] Answer<SnapshotBuilder> read_pages(const ListJob& job) const {
    const ServedKind& served = *job.served;
    const std::string scope = job.ns.empty() ? "" : "/namespaces/" + percent_encoded(job.ns);
    const std::string path = fmt::format("{}{}/{}", served.path, scope, served.plural);
    SnapshotBuilder objects;
    std::string token;
    do {
      std::string query = job.object.empty() ? fmt::format("?limit={}", served.kind->page)
                                             : "/" + percent_encoded(job.object);
      if (!token.empty()) query += "&continue=" + percent_encoded(token);
      Answer<std::string> answer = get(path + query);
      if (auto* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
      Result<ClusterPage> page =
          read_cluster_page(*served.kind, served.api_version, std::get<std::string>(answer));
      if (!page) return Failure{page.error().message, "", true};
      token = std::move(page->continue_token);
      objects.add(std::move(page->objects));
    } while (!token.empty());
    return objects;
  }

  const SnapshotRequest& request_;
  const ProcessRunner& run_;
  SnapshotHeader header_;
  std::mutex mutex_;
  unsigned late_ = 0;               // under mutex_: calls of this step that were not answered in time
  bool has_answer_ = false;         // likewise: one was
  std::vector<ServedKind> served_;  // under mutex_ while it is found out, as all that follows
  SnapshotBuilder builder_;
  std::set<std::string> not_read_;
  std::optional<Error> fatal_;
};

}  // namespace

Result<TakenSnapshot> take_snapshot(const SnapshotRequest& request, const ProcessRunner& run) {
  return Taker(request, run).take();
}

}  // namespace workspace
