# SPDX-License-Identifier: Apache-2.0
# For get-kernel: compiles a kernel of ours from Debian's source. Sourced by bash after build-tools.sh
# and debian.sh; works in $scratch.

# What a build needs: commands or headers, and their Debian packages.
tools() { # NAME
  cat <<'END'
gcc gcc
make make
bc bc
flex flex
bison bison
patch patch
xz xz-utils
lz4 lz4
/usr/include/stdio.h libc6-dev
/usr/include/gelf.h libelf-dev
/usr/include/openssl/ssl.h libssl-dev
END
  [ "$1" != arm64 ] || echo aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
}

# Every wish must have come true: a kernel without udmabuf, say, is none.
check_config() { # CONFIG FRAGMENT
  local line missing=
  while IFS= read -r line; do
    case $line in
      CONFIG_*=n) ! grep -q "^${line%n}" "$1" || missing+=" $line" ;;
      CONFIG_*) grep -qxF "$line" "$1" || missing+=" $line" ;;
    esac
  done <"$2"
  [ -z "$missing" ] || { say "options that this source does not grant:$missing"; return 1; }
}

# Runs a compilation, with a line each half minute.
watch() { # LOG COMMAND...
  local log=$1 begun=$SECONDS next=30 pid status=0
  shift
  "$@" >"$log" 2>&1 &
  pid=$!
  while kill -0 $pid 2>/dev/null; do
    sleep 1
    [ $((SECONDS - begun)) -ge $next ] || continue
    say "  $next s, $(grep -cE '^  (CC|AS|AR|LD) ' "$log") files"
    next=$((next + 30))
  done
  wait $pid || status=$?
  [ $status = 0 ] || { grep 'rror' "$log"; tail -n 5 "$log"; } | tail -n 25 >&2
  return $status
}

compile() { # NAME DIRECTORY
  local source make
  need_packages < <(tools "$1")
  source=$(timed "getting $package of Debian $suite" unpack_source "$suite" "$package") || return
  for patch in $patches; do
    patch -s -p1 -d "$source" <"$here/config/$patch.patch" || die "$patch.patch does not fit this source"
  done
  mkdir -p "$scratch/out"
  for fragment in $fragments; do cat "$here/config/$fragment.config"; done >"$scratch/fragment"
  make=(nice -n 19 make -C "$source" O="$scratch/out" "${make_arguments[@]}")
  KCONFIG_ALLCONFIG=$scratch/fragment "${make[@]}" allnoconfig >"$scratch/config.log" 2>&1 ||
    { tail -n 20 "$scratch/config.log" >&2; return 1; }
  check_config "$scratch/out/.config" "$scratch/fragment" || return
  timed "compiling the kernel $1 with $(nproc) jobs" \
    watch "$2/log" "${make[@]}" -j"$(nproc)" "$(basename "$product")" || return
  cp "$scratch/out/$product" "$2/$image" && cp "$scratch/out/.config" "$2/config" &&
    cp "$scratch/version" "$2/version"
}
