// What helm rendered, as facts with a way back to the templates (docs/design/sources.md, section 4).
//
// The text of the build is helm's own. A value that its template writes out, once at its key path, and that
// was rendered once, has an exact place and can be replaced there; any other has the line of its key in the
// template, that of the nearest key around it, or the first one. Pure, safe on any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/sources/chart.h"
#include "workspace/sources/file_facts.h"
#include "workspace/sources/kustomize.h"

namespace workspace {

// The text of a file as helm read it; null: there is none.
using TemplateText = std::function<SharedSourceText(const std::string& path)>;

struct RenderedChart {
  std::shared_ptr<const FileFacts> facts;  // null: it was not rendered
  // Of the files that the facts' origin names, in its order, as helm read them.
  std::vector<SharedSourceText> texts;
  std::string error;           // in place of facts: helm's words, one line
  bool no_helm = false;        // there is no such program
  std::size_t unreadable = 0;  // documents that are not valid YAML to this program; left out
};

// `output`: what `helm template` printed; `name`: what messages call the release; `path`: of the facts
// (build_path). `previous` (may be null): as of build_facts().
RenderedChart read_rendered(const ChartRelease& release, std::string_view output, const std::string& name,
                            const TemplateText& text_of, const FileFacts* previous);

// What the chart would be rendered as if its templates had these texts, in the order of `chart.texts`; null:
// that takes helm to tell. Not null where only values differ that have exact places.
std::shared_ptr<const FileFacts> rendered_with(const RenderedChart& chart,
                                               const std::vector<SharedSourceText>& texts);

}  // namespace workspace
