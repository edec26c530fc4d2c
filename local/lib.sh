# Shared by local/run, local/test and local/bench: finds the project, brings what is missing, builds. To be sourced by
# bash.
# shellcheck shell=bash disable=SC2034 # what is set here is used there

project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# Everything that is made here: sample video, logs and, unless told otherwise, the endpoint's data.
home=${ZOETROPE_HOME:-$project/.zoetrope}
build=${ZOETROPE_BUILD:-$project/.build/release}
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
  local name installed missing=()
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system, so it is up to you to have the equivalents of: $*"
    return
  fi
  # One question about all of them, which is answered in a tenth of the time.
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do
    [[ $'\n'$installed$'\n' == *$'\ninstalled '"$name"$'\n'* ]] || missing+=("$name")
  done
  [[ ${#missing[@]} == 0 ]] && return
  say "installing Debian packages, which may take some minutes: ${missing[*]}"
  quietly as_root apt-get -qq update
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}"
}

# Runs a command whose output is of interest only if it fails; then ends with its code.
quietly() {
  local output code=0
  output=$("$@" 2>&1) || code=$?
  [[ $code == 0 ]] && return
  printf '%s\n' "$output" >&2
  say "'$*' failed with code $code"
  exit "$code"
}

# Finds the Swift toolchain, even if the shell's path does not name it.
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

# needs_build STAMP: whether anything that is built has changed since the file was written. Also true for files that came
# with an old date, as their change of state is looked at as well.
needs_build() {
  local stamp=$1
  [[ -f $stamp && -x $build/zoetrope ]] || return 0
  [[ -n $(find "$project/Package.swift" "$project/Package.resolved" "$project/Sources" "$project/Tests" \
    "$project/Examples" \( -newer "$stamp" -o -newercm "$stamp" \) -print -quit 2>/dev/null) ]]
}

# show_build: reads the build's output; on a terminal makes one line of it that says how far the build is.
show_build() {
  local line began=$SECONDS step steps cells bar elapsed
  while IFS= read -r line; do
    [[ -t 2 && $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    step=${BASH_REMATCH[1]} steps=${BASH_REMATCH[2]} elapsed=$((SECONDS - began))
    ((steps > 0)) || continue
    cells=$((20 * step / steps))
    printf -v bar '%*s%*s' "$cells" '' $((20 - cells)) ''
    bar=${bar:0:cells}; bar=${bar// /█}
    printf '\r\033[Kbuild ▕%s%*s▏ %d/%d · %d:%02d' "$bar" $((20 - cells)) '' "$step" "$steps" \
      $((elapsed / 60)) $((elapsed % 60)) >&2
  done
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# build_release [OPTION...]: builds the package in release mode; does nothing if nothing has changed since the last time.
# What the compiler says goes to a log. ZOETROPE_BUILD names a build that is to be used as it is.
#
# From the project's folder and without what differs from call to call, because the package manager evaluates every
# manifest again for another environment; without colours, because on a terminal the flag for them would build all again.
build_release() {
  local options="$*" log=$home/build.log stamp began=$SECONDS code=0
  [[ -z ${ZOETROPE_BUILD-} ]] || return 0
  stamp=$build/built${options// /}
  needs_build "$stamp" || return 0
  require_swift
  mkdir -p "$home"
  say "building (the first time takes several minutes); the log is $log"
  # What changes while the build runs is newer than this.
  : >"$home/building"
  (cd -- "$project" && env -u OLDPWD -u ZOETROPE_HOME swift build -c release --no-color-diagnostics "$@" 2>&1) |
    tee "$log" | show_build || code=${PIPESTATUS[0]}
  if [[ $code != 0 ]]; then
    grep -E '(^|[^a-z])error: ' "$log" | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
    fail "the build failed; all of its output is in $log"
  fi
  # For `zoetrope --version`.
  git -C "$project" describe --always --dirty --abbrev=12 --exclude='*' >"$build/commit" 2>/dev/null || rm -f "$build/commit"
  mv -- "$home/building" "$stamp"
  say "built in $((SECONDS - began)) s"
}

# Makes .venv what requirements.txt says, if it is not already.
ensure_python() {
  ensure_packages python3 python3-venv ffmpeg
  local wanted=$end_to_end/requirements.txt installed=$venv/requirements.txt
  cmp -s "$wanted" "$installed" && return
  say "installing Python packages into $venv …"
  /usr/bin/python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >&2
  cp -- "$wanted" "$installed"
}
