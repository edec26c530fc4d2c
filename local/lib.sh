# Shared by local/run, local/test and local/bench: finds the project, brings what is missing, builds. To be sourced by
# bash.
# shellcheck shell=bash disable=SC2034 # what is set here is used there

project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# Everything that is made here: sample video, logs and, unless told otherwise, the endpoint's data.
home=${ZOETROPE_HOME:-$project/.zoetrope}
build=$project/.build/release
end_to_end=$project/Tests/EndToEnd
# The Python environment of the end-to-end tests and the benchmarks.
venv=$project/.venv

# What Package.swift links; the runtime libraries come with them.
build_packages=(
  libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libavfilter-dev libswresample-dev libturbojpeg0-dev
  libcurl4-openssl-dev libssl-dev
  libexpat1-dev libhiredis-dev libsqlite3-dev libvips-dev libarchive-dev libcrypt-dev libxxhash-dev zlib1g-dev pkg-config git
)

say() { printf '%s\n' "zoetrope: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Runs a command as root.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root: $*"
  fi
}

# ensure_packages NAME...: installs those Debian packages that are not there, and says which before it does.
ensure_packages() {
  local name missing=()
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system, so it is up to you to have the equivalents of: $*"
    return
  fi
  for name in "$@"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
  done
  [[ ${#missing[@]} == 0 ]] && return
  say "installing Debian packages, which may take some minutes: ${missing[*]}"
  quietly as_root apt-get -qq update
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}"
}

# Runs a command whose output is of interest only where it fails; then ends with its code.
quietly() {
  local output code=0
  output=$("$@" 2>&1) || code=$?
  [[ $code == 0 ]] && return
  printf '%s\n' "$output" >&2
  say "'$*' failed with code $code"
  exit "$code"
}

# Finds the Swift toolchain, also where the shell's path does not name it.
require_swift() {
  command -v swift >/dev/null && return
  local folder
  for folder in /opt/swift/usr/bin /usr/libexec/swift/*/bin "${HOME:-/root}/.local/share/swiftly/bin"; do
    if [[ -x $folder/swift ]]; then
      PATH=$PATH:$folder
      return
    fi
  done
  fail "the Swift toolchain (6.2 or later) is missing; see https://www.swift.org/install/linux/"
}

# build_release [OPTION...]: builds the package in release mode; quick where nothing changed.
#
# From the project's folder and without what differs from call to call, because the package manager evaluates every
# manifest anew for another environment; without colours, because on a terminal the flag for them would build all anew.
build_release() {
  say "building (the first time takes several minutes) …"
  (cd -- "$project" && env -u OLDPWD -u ZOETROPE_HOME swift build -c release --no-color-diagnostics "$@" >&2)
}

# Makes .venv what requirements.txt says, where it is not already.
ensure_python() {
  ensure_packages python3 python3-venv ffmpeg
  local wanted=$end_to_end/requirements.txt installed=$venv/requirements.txt
  cmp -s "$wanted" "$installed" && return
  say "installing Python packages into $venv …"
  /usr/bin/python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >&2
  cp -- "$wanted" "$installed"
}
