# SPDX-License-Identifier: Apache-2.0
# For get-kernel: packages of any Debian suite, from the mirror that this machine's apt uses, without
# touching what apt knows and has installed. Sourced by bash after build-tools.sh; works in $scratch.

# The mirror of Debian's main archive, as apt has it.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' 'Label: Debian' |
    head -n 1
}

# Sets the array apt to options for one suite and architecture, and fetches its list of packages.
ask_suite() { # SUITE ARCHITECTURE
  local state=$scratch/apt-$1-$2 uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  uri=$(mirror)
  [ -n "$uri" ] || { ! can_install || apt-get update -q >&2; uri=$(mirror); }
  [ -n "$uri" ] || die "apt has no Debian archive here (or \"apt-get update\" is still to be run)"
  [ -e "$keyring" ] || die "missing: $keyring (package debian-archive-keyring)"
  mkdir -p "$state"/{lists/partial,cache/archives/partial}
  echo "deb [signed-by=$keyring] $uri $1 main" >"$state/sources.list"
  : >"$state/status"
  apt=(-qq -o APT::Architecture="$2" -o APT::Architectures="$2" -o APT::Sandbox::User=root
    -o Debug::NoLocking=1
    -o APT::Update::Error-Mode=any -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::State::Lists="$state/lists"
    -o Dir::Cache="$state/cache")
  apt-get "${apt[@]}" update >&2 || die "no list of packages of $1 from $uri"
}

# Prints the file of a package, downloaded.
download() { # PACKAGE
  mkdir -p "$scratch/deb"
  (cd "$scratch/deb" && apt-get "${apt[@]}" download "$1" >&2) || return
  ls -t "$scratch/deb/$1"_*.deb | head -n 1
}

# Prints the directory of the unpacked source, and leaves its version in $scratch/version. A suite
# that has moved on from the version wanted has a newer one.
unpack_source() { # SUITE PACKAGE
  local package=$2 deb
  ask_suite "$1" amd64
  if ! apt-cache "${apt[@]}" show "$package" >/dev/null 2>&1; then
    package=$(apt-cache "${apt[@]}" pkgnames linux-source- | grep -x 'linux-source-[0-9.]*' | sort -V | tail -n 1)
    [ -n "$package" ] || die "$1 has no linux-source package"
    say "$1 has no $2 any more: taking $package"
  fi
  deb=$(download "$package") || return
  dpkg-deb --field "$deb" Package Version >"$scratch/version"
  dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
    tar -xJ -C "$scratch" || return
  ls -d "$scratch"/linux-source-*
}

# The kernel of a package that only names it, its configuration and its modules for UIO.
unpack_stock() { # SUITE PACKAGE DIRECTORY
  local named deb
  ask_suite "$1" amd64
  named=$(apt-cache "${apt[@]}" depends "$2" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  deb=$(download "${named:-$2}") || return
  dpkg-deb --field "$deb" Package Version >"$3/version"
  dpkg-deb --fsys-tarfile "$deb" |
    tar -x -C "$3" --transform 's,.*/,,' --wildcards './boot/vmlinuz*' './boot/config*' \
      '*/drivers/uio/uio.ko.xz' '*/drivers/uio/uio_cif.ko.xz' || return
  need_packages <<<"xz xz-utils" && xz -d "$3"/*.ko.xz || return
  mv "$3"/vmlinuz-* "$3/vmlinuz" && mv "$3"/config-* "$3/config"
}

# A root directory for another architecture: packages unpacked, no script of theirs run.
unpack_root() { # SUITE ARCHITECTURE DIRECTORY PACKAGE...
  local root=$3 deb directory java
  ask_suite "$1" "$2"
  shift 3
  apt-get "${apt[@]}" install -y --no-install-recommends --download-only "$@" >&2 || return
  for directory in bin sbin lib; do
    mkdir -p "$root/usr/$directory" && ln -s "usr/$directory" "$root/$directory"
  done
  for deb in "$scratch"/apt-*/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --keep-directory-symlink || return
  done
  mkdir -p "$root"/{proc,sys,dev,tmp,run,var/tmp,root}
  java=$(cd "$root" && ls usr/lib/jvm/*/bin/java | tail -n 1)
  [ -n "$java" ] && ln -sfn "/$java" "$root/usr/bin/java" && [ -x "$root/bin/sh" ]
}
