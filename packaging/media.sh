# Packages for AWS Lambda of the functions that are linked with Debian's libraries: the program, all of its libraries, and the
# loader and C library that they were made for. To be sourced by bash, after local/lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # what is set here is used there, and the other way round

mapfile -t media_functions < <("$project/local/functions" shared)
media_packages=(ca-certificates openssl zip patchelf python3 binutils)
# Bytes that AWS Lambda takes unpacked.
largest_package=262144000

# loaded_by FILE...: the libraries that the loader finds for programs or libraries, and for those in turn.
loaded_by() {
  local file
  for file in "$@"; do ldd "$file"; done | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u
}

# name_libraries FILE...: the Debian packages that files are from, with their versions: where their sources and licences
# are found.
name_libraries() {
  local file
  # Packages know their files by their paths with or without /usr.
  for file in "$@"; do dpkg-query --search "$(realpath -- "$file")" 2>/dev/null ||
    dpkg-query --search "${file#/usr}" 2>/dev/null || true; done |
    cut -d: -f1,2 | sed 's/: .*//' | sort -u |
    xargs --no-run-if-empty dpkg-query --show --showformat "\${Package} \${Version} \${source:Package}\\n" | sort -u
}

# assemble_media NAME: its folder and its archive, which has the same bytes for the same content.
assemble_media() {
  local name=$1 folder=$packages/$1 loader modules own size
  local -a libraries extra=()
  rm -rf -- "$folder" "$folder.zip"
  mkdir -p "$folder/lib"
  [[ -x $build/$name ]] || fail "there is no $name in $build"
  strip --strip-all -o "$folder/program" "$build/$name"
  # Libraries are looked for beside it only.
  patchelf --remove-rpath "$folder/program"
  if [[ $name == TransformImage ]]; then
    modules=$(find /usr/lib -type d -name 'vips-modules-*' | head -n 1)
    [[ -n $modules ]] || fail "libvips has no folder of modules; HEIC, AVIF and JPEG XL need them"
    own=$folder/lib/$(basename "${modules%/*}")/${modules##*/}
    mkdir -p "$own"
    extra=("$modules/vips-heif.so" "$modules/vips-jxl.so")
    cp -- "${extra[@]}" "$own/"
  fi
  loader=$(patchelf --print-interpreter "$build/$name")
  mapfile -t libraries < <(loaded_by "$build/$name" "${extra[@]}")
  cp -L -- "$loader" "${libraries[@]}" "$folder/lib/"
  gcc -O2 -Wall -Werror -static -s "-DLOADER=\"${loader##*/}\"" "$project/packaging/launch.c" -o "$folder/bootstrap"
  gcc -O2 -Wall -Werror -shared -fPIC -s "$project/packaging/standalone.c" -o "$folder/lib/libstandalone.so"
  name_libraries "$loader" "${libraries[@]}" "${extra[@]}" >"$folder/libraries.txt"
  # Debian's build of libavcodec is under the GPL, and with it what is linked with it.
  if compgen -G "$folder/lib/libavcodec.so.*" >/dev/null; then write_copyright "$folder/copyright"; fi
  cp -r -- "$packages/certificates" "$folder/certificates"
  find "$folder" -type d -exec chmod 755 {} +
  find "$folder" -type f -exec chmod 644 {} +
  chmod 755 "$folder/bootstrap" "$folder/program" "$folder/lib/${loader##*/}"
  find "$folder" -exec touch --date=@315532800 {} +
  size=$(find "$folder" -type f -printf '%s\n' | awk '{sum += $1} END {print sum}')
  ((size <= largest_package)) || fail "$name has $size bytes unpacked; AWS Lambda takes $largest_package"
  (cd -- "$folder" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort | TZ=UTC zip -X -6 -q "$folder.zip" -@)
}
