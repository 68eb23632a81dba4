# nix run . -- check deploy/    Compiles with the libraries of nixpkgs, which it is linked to; all systems that nixpkgs has Linux for.
{
  description = "Language server and check for Istio mTLS policy";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.11";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      forAllSystems = each: nixpkgs.lib.genAttrs systems (system: each nixpkgs.legacyPackages.${system});
    in {
      packages = forAllSystems (pkgs: {
        default = pkgs.stdenv.mkDerivation {
          pname = "istio-mtls-ls";
          version = "0.1.0";
          src = self;
          nativeBuildInputs = [ pkgs.cmake pkgs.ninja ];
          buildInputs = [ pkgs.boost pkgs.cli11 pkgs.fmt pkgs.nlohmann_json pkgs.yaml-cpp ];
          cmakeFlags = [ "-DISTIO_MTLS_TESTS=OFF" ];
          meta = {
            description = "Language server and check for Istio mTLS policy";
            license = pkgs.lib.licenses.asl20;
            mainProgram = "istio-mtls-ls";
            platforms = systems;
          };
        };
      });
    };
}
