// What a build says, in the form in which a plain file says it: the documents that a kustomization makes, as
// one text, and the way back from a place in that text to the file where the value was written.
//
// Ranges of facts are bytes in the built text. Immutable after `build_facts`; safe on any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/sources/file_facts.h"
#include "workspace/sources/kustomize.h"

namespace workspace {

// The path that a build's facts go by: below the kustomization's folder, where it stands in the order of the
// files there. No file has such a path. `name` tells builds of one folder apart; usually empty.
std::string build_path(std::string_view folder, std::string_view name = {});

bool is_build_path(std::string_view path);

// The facts of a build; those of a refused one hold no documents. `name` is what messages call it. `previous`
// (may be null) is what the build said before: documents whose text did not change are taken over. `reader`
// spares memory where many builds are read one after the other.
std::shared_ptr<const FileFacts> build_facts(Build build, std::string name, const FileFacts* previous,
                                             FactsReader& reader);
std::shared_ptr<const FileFacts> build_facts(Build build, std::string name, const FileFacts* previous);

// Visits the files that the documents were made of in which two states of a build differ, a file perhaps
// several times. Either may be null, or no build's.
void visit_files_of_changes(const FileFacts* a, const FileFacts* b,
                            const std::function<void(const std::string& file)>& visit);

}  // namespace workspace
