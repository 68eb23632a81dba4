# What the scripts share; sourced with the repository as working directory.

jobs=${JOBS:-$(nproc)}

if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
fi

# configure PRESET [OPTION...]: quiet unless it fails
configure() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm "$log"
    return 1
  fi
  rm "$log"
}

build() { cmake --build "build/$1" --parallel "$jobs" "${@:2}"; }
