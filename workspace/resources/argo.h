// Application and ApplicationSet: what Argo CD deploys, and where (Argo CD API, argoproj.io/v1alpha1).
#pragma once

#include <cstdint>
#include <utility>

#include "workspace/base/compact_list.h"
#include "workspace/base/compact_string.h"
#include "workspace/resources/metadata.h"

namespace workspace {

// Texts as written, which in an ApplicationSet's template hold `{{…}}`.
struct ApplicationSource {
  CompactString repository;  // repoURL
  CompactString path;        // in it
  CompactString chart;       // of a Helm repository, instead of a path
  CompactString include;     // globs of `directory`
  CompactString exclude;
  CompactString kustomize_namespace;  // replaces the namespace of what it builds
  bool recurse = false;               // directory.recurse
  bool plugin = false;                // a plugin makes the manifests
  // helm: the release's name, files of values relative to `path`, and parameters as "name=value".
  CompactString helm_release;
  CompactList<CompactString> helm_values;
  CompactList<CompactString> helm_parameters;
  bool helm_inline = false;  // there are values that are written in place
  friend bool operator==(const ApplicationSource&, const ApplicationSource&) = default;
};

struct Application {
  Metadata metadata;
  CompactList<ApplicationSource> sources;  // `sources`, or the one `source`
  CompactString destination;               // its name, else its server
  CompactString destination_namespace;
  friend bool operator==(const Application&, const Application&) = default;
};

enum class GeneratorKind : std::uint8_t { List, GitDirectories, Other };

// A mapping's scalars, those of nested mappings by their path ("values.x").
using Parameters = CompactList<std::pair<CompactString, CompactString>>;

struct GitDirectory {
  CompactString path;  // a glob
  bool exclude = false;
  friend bool operator==(const GitDirectory&, const GitDirectory&) = default;
};

struct ApplicationGenerator {
  GeneratorKind kind = GeneratorKind::Other;
  CompactString repository;           // GitDirectories
  CompactList<GitDirectory> folders;  // GitDirectories
  CompactList<Parameters> elements;   // List
  friend bool operator==(const ApplicationGenerator&, const ApplicationGenerator&) = default;
};

struct ApplicationSet {
  Metadata metadata;
  CompactList<ApplicationGenerator> generators;
  CompactList<ApplicationSource> sources;  // this and the rest: of the template
  CompactString destination;
  CompactString destination_namespace;
  friend bool operator==(const ApplicationSet&, const ApplicationSet&) = default;
};

Application decode_application(const yaml::Value& resource);
ApplicationSet decode_application_set(const yaml::Value& resource);

}  // namespace workspace
