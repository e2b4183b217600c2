# SPDX-License-Identifier: Apache-2.0
# For uml and qemu: their options, and the box, a directory through which a guest learns what to run
# and tells how it went. Sourced by bash; prog is set.

shares=() mem=1024 timeout=300 smp= cma=64M append= user= console= command=()
top=$(cd -P "$here/../.." && pwd)
. "$top/build-tools.sh"

usage() { sed -n '3,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# Sets the variables above, and what else is named, from options of the same names.
take_options() { # MORE_OPTIONS ARGUMENT...
  local known=" share mem timeout smp cma append user console $1 "
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --) shift; break ;;
      -*) [[ $known == *" ${1#--} "* ]] || die "unknown option $1 (--help tells more)"
        [ $# -ge 2 ] || die "$1 takes a value (--help tells more)"
        take_option "${1#--}" "$2"
        shift 2 ;;
      *) break ;;
    esac
  done
  command=("$@")
  [ ${#command[@]} != 0 ] || { usage >&2; exit 2; }
}

take_option() { # NAME VALUE
  case $1 in
    share) share "$2" ;;
    mem | timeout | smp)
      [[ $2 =~ ^[1-9][0-9]*$ ]] || die "--$1 takes a number: '$2'"
      printf -v "$1" %s "$2" ;;
    user)
      [[ $2 =~ ^[0-9]+(:[0-9]+(,[0-9]+)*)?$ ]] || die "--user takes UID[:GID[,GID...]]: '$2'"
      user=$2 ;;
    *) printf -v "$1" %s "$2" ;;
  esac
}

share() { # DIRECTORY
  [ -d "$1" ] || die "--share names no directory: '$1'"
  [[ $1 != *,* ]] || die "a directory with a comma in its path can't be shared: '$1'"
  shares+=("$(realpath "$1")")
}

fill_box() {
  local name
  box=$(mktemp -d /tmp/dmabuf-heaps-box.XXXXXX) || exit 2 # for a kernel's command line: no blanks
  cp "$here/guest-init" "$box/init"
  printf '%s\0' "${command[@]}" >"$box/command"
  printf '%s\0' ${shares[@]+"${shares[@]}"} >"$box/shares"
  printf '%s' "$PWD" >"$box/directory"
  printf '%s' "$user" >"$box/user"
  for name in PATH LANG JAVA_HOME JAVA_OPTS ${!DMABUF_@}; do
    [ -z "${!name+set}" ] || printf 'export %s=%q\n' "$name" "${!name}"
  done >"$box/environment"
  console=${console:-$box/console}
  : >"$console" && : >"$box/log" || exit 2
  exec 9> >(exec cat) # between the guest and our output, whose flags a guest would change
  output=$!
}

# Waits for the guest, then ends with the status of the command.
end_with_status() { # PID_OF_TIMEOUT
  local status begun=$SECONDS
  wait "$1"
  status=$?
  guest=
  exec 9>&-
  wait "$output"
  if [ $((SECONDS - begun)) -ge "$timeout" ] && { [ $status = 124 ] || [ $status = 137 ]; }; then
    say "time limit of $timeout s"
    exit 124
  fi
  if [ ! -s "$box/status" ]; then
    say "the guest ended without a status ($status); its kernel's last messages:"
    tail -n 80 "$console" "$box/log" >&2
    exit 125
  fi
  exit "$(cat "$box/status")"
}
