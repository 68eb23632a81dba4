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

say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }

# check NAME COMMAND...: one test; what the command says is shown if it fails. Counts in `passed` and `failed`, leaves ok or FAILED in
# `result`, and writes to the file `log`, which the script names.
passed=0
failed=0
check() {
  # shellcheck disable=SC2154 # log
  if "${@:2}" >"$log" 2>&1 </dev/null; then
    result=ok
    passed=$((passed + 1))
    say "ok      $1"
  else
    # shellcheck disable=SC2034 # scripts/package reads it
    result=FAILED
    failed=$((failed + 1))
    say "FAILED  $1"
    sed 's/^/        /' "$log"
  fi
}

# get_yaml_cpp: into build/sources/yaml-cpp, for targets that Debian has no yaml-cpp for. The sources of the very package that the
# native program is linked with.
get_yaml_cpp() {
  local version folder=build/sources name
  # shellcheck disable=SC2016 # the field is dpkg's
  version=$(dpkg-query --show --showformat='${source:Version}' libyaml-cpp-dev)
  [ "$(cat "$folder/yaml-cpp.version" 2>/dev/null)" != "$version" ] || return 0
  rm -rf "$folder"
  mkdir -p "$folder/apt/lists/partial"
  # apt's sources with sources of packages, in a list of our own: the machine's stay as they are.
  # shellcheck disable=SC2016 # the fields are apt's
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v codename="$(. /etc/os-release && echo "$VERSION_CODENAME")" -v keys=/usr/share/keyrings/debian-archive-keyring.gpg \
      '$3 == "main" && index($2, codename) == 1 {print "deb-src [signed-by=" keys "] " $1 " " $2 " main"}' |
    sort -u >"$folder/apt/sources.list"
  local options=(-o "Dir::Etc::sourcelist=$PWD/$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
                 -o "Dir::State::lists=$PWD/$folder/apt/lists" -o APT::Sandbox::User= -qq)
  apt-get "${options[@]}" update
  (cd "$folder" && apt-get "${options[@]}" source "yaml-cpp=$version" >/dev/null)
  name=$(echo "$folder"/yaml-cpp-*/)
  mv "$name" "$folder/yaml-cpp"
  rm -rf "$folder/apt"
  echo "$version" >"$folder/yaml-cpp.version"
}
