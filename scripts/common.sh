# shellcheck shell=bash
# What the scripts share; sourced with the repository as working directory.

jobs=${JOBS:-$(nproc)}

if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  # What one clone has compiled serves for another.
  # Precompiled headers (ISTIO_MTLS_PCH) need the last.
  export CCACHE_BASEDIR=${CCACHE_BASEDIR-$PWD} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR-1}
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS-pch_defines,time_macros}
fi

# configure PRESET FOLDER [OPTION...]: into build/FOLDER, quiet unless it fails
configure() {
  local output
  if ! output=$(cmake --preset "$1" -B "build/$2" "${@:3}" 2>&1); then
    printf '%s\n' "$output" >&2
    return 1
  fi
}

# build FOLDER [OPTION...]
build() { cmake --build "build/$1" --parallel "$jobs" "${@:2}"; }
