// What is in force as JSON, the same on the command line (`effective --format json`) and in
// `istioMtls/effective` but for how a place is written.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "checks/json/graph_json.h"
#include "checks/json/json_pieces.h"
#include "checks/queries/effective.h"

namespace checks {

// Writes what is in force, service by service. The text is one JSON object, a mesh a line.
class EffectiveJsonWriter {
 public:
  // `place` says where: an object with `file`, `line` and `column`, or more.
  explicit EffectiveJsonWriter(LocationJson place) : place_(std::move(place)) {}

  void begin_mesh(const MeshHead& head);
  void add(const EffectiveService& service);
  void end_mesh();

  // The whole text; call once, after the last mesh.
  [[nodiscard]] std::vector<std::string> finish();

 private:
  [[nodiscard]] nlohmann::ordered_json server(const EffectiveServer& server) const;
  [[nodiscard]] nlohmann::ordered_json outsider(const EffectiveOutsider& outsider) const;
  [[nodiscard]] nlohmann::ordered_json clients(const EffectiveClients& clients) const;
  [[nodiscard]] nlohmann::ordered_json source(const EffectiveSource& source) const;
  [[nodiscard]] nlohmann::ordered_json decided_by(const std::optional<Location>& place) const;

  LocationJson place_;
  JsonPieces text_;
  bool begun_ = false;
  bool has_service_ = false;  // of the present mesh
};

// Meshes that are known already.
std::string effective_json(const std::vector<EffectiveMesh>& meshes, const LocationJson& place);

}  // namespace checks
