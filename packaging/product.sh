# What is installed of Zoetrope, as a Debian package and as a tar archive. To be sourced by bash, after local/lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # what is set here is used there, and the other way round

product_packages=(dpkg-dev patchelf python3 xz-utils binutils man-db)
# All programs: the command line and the functions of the template.
mapfile -t programs < <(echo zoetrope && "$project/local/functions")
product=$project/.build/product

product_version() { sed -n 's/.*static let number = "\(.*\)"/\1/p' "$project/Sources/Host/Installations/Version.swift"; }

# For the dates of files and of the manual: the same source makes the same bytes.
source_date() { git -C "$project" log -1 --format=%ct 2>/dev/null || echo 315532800; }

# stage_product PREFIX: everything below one folder, which may be /usr or any other.
stage_product() {
  local prefix=$1 name
  mkdir -p "$prefix"/{bin,lib/zoetrope,lib/systemd/system,share/zoetrope,share/doc/zoetrope/docs,share/man/man1} \
    "$prefix"/share/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}
  for name in "${programs[@]}"; do
    [[ -x $build/$name ]] || fail "there is no $name in $build"
    strip --strip-all -o "$prefix/lib/zoetrope/$name" "$build/$name"
    # Libraries are looked for where the system has them.
    patchelf --remove-rpath "$prefix/lib/zoetrope/$name"
  done
  ln -s ../lib/zoetrope/zoetrope "$prefix/bin/zoetrope"
  cp -- "$project/template.yaml" "$prefix/share/zoetrope/"
  if [[ -f $build/commit ]]; then cp -- "$build/commit" "$prefix/share/zoetrope/"; fi
  cp -- "$project"/deploy/systemd/*.service "$prefix/lib/systemd/system/"
  "$build/zoetrope" --generate-completion-script bash >"$prefix/share/bash-completion/completions/zoetrope"
  "$build/zoetrope" --generate-completion-script zsh >"$prefix/share/zsh/vendor-completions/_zoetrope"
  "$build/zoetrope" --generate-completion-script fish >"$prefix/share/fish/vendor_completions.d/zoetrope.fish"
  SOURCE_DATE_EPOCH=$(source_date) /usr/bin/python3 -B "$project/packaging/manual.py" "$build/zoetrope" |
    gzip -9n >"$prefix/share/man/man1/zoetrope.1.gz"
  cp -- "$project/README.md" "$prefix/share/doc/zoetrope/"
  cp -- "$project"/docs/*.md "$prefix/share/doc/zoetrope/docs/"
  gzip -9nc "$project/CHANGELOG.md" >"$prefix/share/doc/zoetrope/changelog.gz"
  write_copyright "$prefix/share/doc/zoetrope/copyright"
}

# x264, and Debian's build of libav, are under the GPL: so is what is linked with them, and the whole.
write_copyright() {
  cat >"$1" <<'END'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Zoetrope
Comment: The source is under the Apache License 2.0. The programs are linked with libx264 and with a build of FFmpeg's
 libraries that are under the GNU General Public License: the package as a whole is GPL-3.0-or-later.

Files: *
Copyright: The Zoetrope authors
License: Apache-2.0
 On Debian systems the text of the license is in /usr/share/common-licenses/Apache-2.0.
END
}

# tidy FOLDER: owners, modes and dates that do not depend on who builds, and when.
tidy() {
  find "$1" -type d -exec chmod 755 {} +
  find "$1" -type f -perm -100 -exec chmod 755 {} +
  find "$1" -type f ! -perm -100 -exec chmod 644 {} +
  find "$1" -exec touch --no-dereference --date="@$(source_date)" {} +
}

# make_debian: a package that depends on Debian's own libraries, so that their security updates reach it.
make_debian() {
  local root=$product/debian architecture version depends
  architecture=$(dpkg --print-architecture)
  version=$(product_version)
  rm -rf -- "$root"
  stage_product "$root/usr"
  mkdir -p "$root/DEBIAN" "$root/etc/zoetrope" "$product/control/debian"
  printf 'Source: zoetrope\n\nPackage: zoetrope\nArchitecture: any\n' >"$product/control/debian/control"
  # Modules that libvips loads belong to its own package.
  depends=$(cd -- "$product/control" && dpkg-shlibdeps -O --ignore-missing-info "$root"/usr/lib/zoetrope/* 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
  [[ -n $depends ]] || fail "dpkg-shlibdeps does not say which packages the programs depend on"
  cat >"$root/DEBIAN/control" <<END
Package: zoetrope
Version: $version
Architecture: $architecture
Maintainer: The Zoetrope authors <zoetrope@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends, ca-certificates, tzdata
Section: video
Priority: optional
Description: media functions without a cluster
 One host (S3-compatible store, event bus, durable queue, function processes) for previews of videos, conversion to
 animated GIF, transcoding of audio, and a media library. The same functions run on AWS Lambda.
END
  # Units are there to be enabled, not started by the installation: where it listens and what it keeps is to be decided.
  cat >"$root/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
END
  cp -- "$root/DEBIAN/postinst" "$root/DEBIAN/postrm"
  tidy "$root"
  chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/postrm"
  SOURCE_DATE_EPOCH=$(source_date) dpkg-deb --root-owner-group --build -Zxz "$root" \
    "$product/zoetrope_${version}_$architecture.deb" >/dev/null
  rm -rf -- "$root" "$product/control"
  say "made $product/zoetrope_${version}_$architecture.deb ($(du -h "$product/zoetrope_${version}_$architecture.deb" | cut -f1))"
}

# libraries_of PROGRAM...: the files that the loader finds for them, without those of the C library, which belong to the
# system that runs it.
libraries_of() {
  local file
  for file in "$@"; do LD_TRACE_LOADED_OBJECTS=1 "$file" || true; done | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u |
    grep -Ev '/(libc|libm|libdl|librt|libpthread|libresolv|libutil|libanl|libmvec|libnsl|libnss_[a-z]*)\.so|/ld-linux'
}

# make_archive: a folder that may stand anywhere on a system with the same C library or a newer one. It brings every other
# library: those of FFmpeg and libvips have other names in every release of every distribution.
make_archive() {
  local version architecture name root modules own file
  version=$(product_version)
  architecture=$(uname -m)
  [[ $architecture == x86_64 ]] && architecture=amd64
  name=zoetrope-$version-linux-$architecture
  root=$product/$name
  rm -rf -- "$root" "$root.tar.xz"
  stage_product "$root"
  mkdir -p "$root/lib/zoetrope/private"
  for name in "${programs[@]}"; do libraries_of "$build/$name"; done | sort -u >"$product/libraries"
  # What libvips loads by itself for HEIC, AVIF and JPEG XL.
  modules=$(find /usr/lib -type d -name 'vips-modules-*' | head -n 1)
  if [[ -n $modules ]]; then
    # Where libvips looks for them if VIPSHOME is the folder of the libraries: its own says so (Sources/System/CVips).
    own=$root/lib/zoetrope/private/$(basename "${modules%/*}")/${modules##*/}
    mkdir -p "$own"
    for file in "$modules"/vips-heif.so "$modules"/vips-jxl.so; do
      [[ -f $file ]] || continue
      cp -- "$file" "$own/"
      ldd "$file" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
        grep -Ev '/(libc|libm|libdl|librt|libpthread|libresolv|libutil)\.so|/ld-linux' >>"$product/libraries" || true
    done
  fi
  sort -u "$product/libraries" | while IFS= read -r file; do cp -L -- "$file" "$root/lib/zoetrope/private/"; done
  rm -f -- "$product/libraries"
  # RPATH and not RUNPATH: it holds for the libraries of the libraries too.
  for name in "${programs[@]}"; do
    # shellcheck disable=SC2016 # the loader replaces it
    patchelf --force-rpath --set-rpath '$ORIGIN/private' "$root/lib/zoetrope/$name"
  done
  tidy "$root"
  tar --create --directory "$product" --owner=0 --group=0 --numeric-owner --sort=name "${root##*/}" |
    xz --threads=0 -6 >"$root.tar.xz"
  rm -rf -- "$root"
  say "made $root.tar.xz ($(du -h "$root.tar.xz" | cut -f1))"
}
