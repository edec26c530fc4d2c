# The libraries that the packaged functions are linked with, built from Debian's own source packages with nothing in
# them that the functions do not use. To be sourced by bash, after local/lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # what is set here is used there, and the other way round

# Where everything of the package is made.
package_home=$home/package
# What is built here is installed here, and found with this PKG_CONFIG_PATH.
package_prefix=$package_home/prefix
# Where a function's package is unpacked: the folder of AWS Lambda, in container images too.
task_root=/var/task

# What building them takes; build_packages brings the static libraries of OpenSSL, expat, zlib and libjpeg-turbo.
library_packages=(
  autoconf automake build-essential ca-certificates dpkg-dev libnghttp2-dev libtool meson nasm ninja-build openssl zip
)

# Everything that can be shown, in the containers that Media opens; ContainerFormat has the list. Demuxers of sound and
# of single images are there for what is said of such files.
demuxers=(
  mov matroska avi mpegts mpegps flv live_flv ogg asf mxf ivf nut dv gif yuv4mpegpipe h264 hevc m4v mpegvideo obu rm wtv
  dirac vc1
  mp3 wav flac aac ac3 eac3 aiff amr ape au caf dts tta wv w64 mpc mpc8 oma voc loas truehd
  image_bmp_pipe image_gif_pipe image_j2k_pipe image_jpeg_pipe image_png_pipe image_ppm_pipe image_psd_pipe
  image_svg_pipe image_tiff_pipe image_webp_pipe ico apng
)
decoders=(
  h264 hevc vp8 vp9 libdav1d mpeg4 mpeg1video mpeg2video prores mjpeg mjpegb
  h261 h263 h263i h263p flv vp3 theora vp6 vp6a vp6f vp7 vc1 wmv1 wmv2 wmv3 msmpeg4v1 msmpeg4v2 msmpeg4v3 mss2 wmv3image
  vc1image rv10 rv20 rv30 rv40 dvvideo dnxhd cfhd ffv1 huffyuv ffvhuff utvideo magicyuv lagarith rawvideo v210 v410 v308
  v408 r210 r10k hap qtrle rpza smc svq1 svq3 cinepak indeo3 indeo5 msrle msvideo1 cscd tscc tscc2 zmbv flashsv flashsv2
  dirac snow speedhq gif png apng bmp webp jpeg2000 jpegls tiff eightbps yuv4 aic hq_hqa hqx dxv notchlc sheervideo
)
parsers=(
  h264 hevc vp8 vp9 av1 mpeg4video mpegvideo mjpeg h261 h263 vp3 vc1 rv30 rv40 dvd_nav dnxhd dirac gif png bmp webp
  jpeg2000 aac aac_latm ac3 dca mpegaudio opus vorbis flac mlp
)
# Those that the demuxers and decoders call for themselves.
filters=(av1_frame_merge extract_extradata mpeg4_unpack_bframes null vp9_superframe_split)

# The compiler's defences of Debian's own builds, and what lets the linker drop every function that is not called.
library_flags='-O2 -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections'

# Runs a command in a folder; its output goes to a log, of which the end is shown if it fails.
logged() {
  local folder=$1 log=$package_home/libraries.log
  shift
  (cd -- "$folder" && "$@") >>"$log" 2>&1 && return
  tail -n 20 -- "$log" >&2
  fail "'$1' failed in $folder; all of its output is in $log"
}

# fetch_sources NAME...: downloads and unpacks source packages, with a package list of its own beside the system's.
fetch_sources() {
  local apt=$package_home/apt sources=$package_home/sources name
  local options=(
    -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$apt/sources" -o "Dir::State::Lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=$(id -un)"
  )
  rm -rf -- "$apt" "$sources"
  mkdir -p "$apt/sources" "$apt/lists/partial" "$apt/cache/archives/partial" "$sources"
  cp -- "$project/packaging/debian.sources" "$apt/sources/"
  logged "$sources" apt-get "${options[@]}" update
  logged "$sources" apt-get "${options[@]}" source --download-only "$@"
  for name in "$@"; do logged "$sources" dpkg-source --extract "$sources/$name"_*.dsc "$name"; done
}

joined() {
  local IFS=,
  printf '%s' "$*"
}

build_dav1d() {
  say "building dav1d …"
  logged "$package_home/sources/dav1d" env CFLAGS="$library_flags" meson setup build --buildtype=plain \
    --default-library=static --prefix="$package_prefix" --libdir=lib -Denable_tools=false -Denable_tests=false \
    -Db_ndebug=true
  logged "$package_home/sources/dav1d" ninja -C build install
}

build_libav() {
  say "building libav …"
  logged "$package_home/sources/ffmpeg" env PKG_CONFIG_PATH="$package_prefix/lib/pkgconfig" ./configure \
    --prefix="$package_prefix" --pkg-config-flags=--static --extra-cflags="$library_flags" --disable-debug --enable-pic \
    --disable-everything --disable-autodetect --disable-network --disable-programs --disable-doc \
    --disable-avdevice --disable-avfilter --disable-swresample --disable-postproc --enable-zlib --enable-libdav1d \
    --enable-demuxer="$(joined "${demuxers[@]}")" --enable-decoder="$(joined "${decoders[@]}")" \
    --enable-parser="$(joined "${parsers[@]}")" --enable-bsf="$(joined "${filters[@]}")"
  logged "$package_home/sources/ffmpeg" make -j "$(nproc)" install
}

# HTTP only. The certificates are looked up one by one in the package, because reading all of them costs every process
# milliseconds and megabytes.
build_curl() {
  local other
  say "building libcurl …"
  # The last of Debian's patches make the variants with other TLS libraries of it; its own build takes them back too.
  for other in 99_nss 90_gnutls; do
    logged "$package_home/sources/curl" patch --strip=1 --reverse --input="debian/patches/$other.patch"
  done
  logged "$package_home/sources/curl" autoreconf --force --install
  logged "$package_home/sources/curl" env CFLAGS="$library_flags" ./configure --prefix="$package_prefix" \
    --disable-shared --disable-debug --with-openssl --with-nghttp2 --without-ca-bundle \
    --with-ca-path="$task_root/certificates" --enable-threaded-resolver \
    --disable-ares --disable-alt-svc --disable-cookies --disable-dict --disable-doh --disable-file --disable-ftp \
    --disable-gopher --disable-hsts --disable-imap --disable-ldap --disable-manual --disable-mqtt --disable-netrc \
    --disable-ntlm --disable-pop3 --disable-rtsp --disable-smb --disable-smtp --disable-telnet \
    --disable-tftp --disable-tls-srp --disable-unix-sockets --disable-websockets --disable-kerberos-auth \
    --disable-negotiate-auth --disable-aws --without-brotli --without-gssapi --without-libidn2 --without-libpsl \
    --without-librtmp --without-libssh2 --without-zlib --without-zstd
  logged "$package_home/sources/curl" make -j "$(nproc)" -C lib install
  logged "$package_home/sources/curl" make -C include install
  logged "$package_home/sources/curl" make install-pkgconfigDATA
}

# Has the linker look for libraries here before it looks in the system's folder, which the descriptions of those that the
# system brings name, and which would come first wherever one of these is named first.
prefer_own() {
  local name system
  for name in libturbojpeg libcrypto expat; do
    system=$(pkg-config --variable=pcfiledir "$name")
    sed '/^Libs:/s/-L[^ ]*//' "$system/$name.pc" >"$package_prefix/lib/pkgconfig/$name.pc"
  done
}

# Builds all of them that are not already as this file says.
ensure_libraries() {
  local recipe built=$package_home/libraries
  recipe=$(cat -- "${BASH_SOURCE[0]}" "$project/packaging/debian.sources" | sha256sum)
  [[ -f $built && $(<"$built") == "$recipe" ]] && return
  say "building the functions' libraries from Debian's sources (once; takes some minutes) …"
  # What was built against older ones would not be linked again.
  rm -rf -- "$package_prefix" "$package_home/build" "$built"
  mkdir -p "$package_home"
  : >"$package_home/libraries.log"
  fetch_sources ffmpeg dav1d curl
  build_dav1d
  build_libav
  build_curl
  prefer_own
  rm -rf -- "$package_home/sources" "$package_home/apt"
  printf '%s\n' "$recipe" >"$built"
}
