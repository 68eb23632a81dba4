// The policy graph as JSON, the same on the command line and in `istioMtls/graph` but for how a place is
// written (docs/graph.md says what each field means).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/json/json_pieces.h"
#include "checks/queries/mesh_graph.h"

namespace checks {

// A place of a file that is known.
using LocationJson = std::function<nlohmann::ordered_json(const Location&)>;

// Writes graphs as they are drawn. The text is one JSON object.
class GraphJsonWriter : public MeshGraphSink {
 public:
  explicit GraphJsonWriter(LocationJson place) : place_(std::move(place)) {}

  void begin_mesh(const MeshHead& head) override;
  void add_namespace(std::string_view name) override;
  void add(GraphService service) override;
  void add(GraphPolicy policy) override;
  void add(GraphRule rule) override;
  void add(GraphEdge edge) override;
  void end_mesh() override;

  // The whole text; call once, after the last mesh.
  [[nodiscard]] std::vector<std::string> finish();

 private:
  [[nodiscard]] nlohmann::ordered_json place_of(const std::optional<Location>& at) const;

  LocationJson place_;
  JsonPieces text_;
  bool begun_ = false;
  JsonPieces namespaces_;
  JsonPieces services_;
  JsonPieces policies_;
  JsonPieces rules_;
  JsonPieces edges_;
};

// Graphs that are drawn already.
std::string graph_json(const std::vector<MeshGraph>& graphs, const LocationJson& place);

}  // namespace checks
