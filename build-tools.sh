# SPDX-License-Identifier: Apache-2.0
# For run, test and itest/kernel: finds a JDK, Maven and more, or installs it where that can be
# done. Sourced by sh and bash.

jdk_majors="17 21 25"     # Debian and Ubuntu releases differ in which of them they have
maven_minimum=3.8.7

say() { echo "$prog: $*" >&2; }

die() {
  say "$*"
  exit 2
}

seconds() { date +%s; }

# Runs a command, saying what it does and how long it took.
timed() { # WHAT COMMAND...
  what=$1
  shift
  say "$what"
  begun=$(seconds)
  "$@"
  code=$?
  [ $code = 0 ] && say "$what: done in $(($(seconds) - begun)) s" ||
    say "$what: FAILED after $(($(seconds) - begun)) s, status $code"
  return $code
}

jdk_major() { # JDK
  [ -n "$1" ] && [ -x "$1/bin/javac" ] && "$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p'
}

# Sets JAVA_HOME: as it is when that will do, else to javac's in PATH, else to one that is installed.
find_jdk() {
  onpath=$(command -v javac) && onpath=$(dirname "$(dirname "$(readlink -f "$onpath")")")
  for jdk in "${JAVA_HOME:-}" "${onpath:-}" /usr/lib/jvm/*17* /usr/lib/jvm/*21* /usr/lib/jvm/*25*; do
    major=$(jdk_major "$jdk")
    [ "${major:-0}" -ge 17 ] || continue
    [ -z "${JAVA_HOME:-}" ] || [ "$JAVA_HOME" = "$jdk" ] ||
      say "JAVA_HOME is $JAVA_HOME, which is no JDK of version 17 or later: taking $jdk"
    JAVA_HOME=$jdk
    export JAVA_HOME
    return 0
  done
  return 1
}

# Prints a JDK that is installed besides and has what came after Java 17, if there is one.
find_later_jdk() {
  for jdk in /usr/lib/jvm/*; do
    major=$(jdk_major "$jdk")
    [ "${major:-0}" -ge 24 ] && [ "$jdk" != "$JAVA_HOME" ] && echo "$jdk" && return
  done
}

maven_version() { mvn -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p'; }

at_least() { # VERSION MINIMUM
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() { # PACKAGE...
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

# Installs what is missing, or ends the script and says what it is.
need_packages() { # on standard input, lines of: COMMAND|FILE PACKAGE
  lacking=
  while read -r needed provider; do
    case $needed in
      /*) [ -e "$needed" ] ;;
      *) command -v "$needed" >/dev/null ;;
    esac || lacking="$lacking $provider"
  done
  [ -n "$lacking" ] || return 0
  can_install || die "missing:$lacking. Install it, or run this as root on a machine with apt"
  timed "missing:$lacking; asking apt" apt-get update -q >&2 || exit 2
  # shellcheck disable=SC2086 # a list
  timed "installing$lacking" apt_install $lacking || exit 2
}

install_jdk() {
  for major in $jdk_majors; do
    apt-cache show "openjdk-$major-jdk-headless" >/dev/null 2>&1 || continue
    timed "installing openjdk-$major-jdk-headless" apt_install "openjdk-$major-jdk-headless"
    return
  done
  return 1
}

# Leaves JAVA_HOME set and mvn in PATH, or ends the script and says what is missing.
ensure_build_tools() {
  missing=
  find_jdk || missing="a JDK 17 or later (Debian: openjdk-17-jdk-headless)"
  command -v mvn >/dev/null ||
    missing="${missing:+$missing and }Maven $maven_minimum or later (Debian: maven)"
  if [ -n "$missing" ]; then
    can_install || die "missing: $missing. Install it, or run this as root on a machine with apt"
    timed "missing: $missing; asking apt" apt-get update -q >&2 || exit 2
    find_jdk || { install_jdk && find_jdk; } || die "apt has no JDK 17 or later"
    command -v mvn >/dev/null || timed "installing maven" apt_install maven || exit 2
  fi
  version=$(maven_version)
  at_least "${version:-0}" $maven_minimum ||
    die "Maven ${version:-of an unknown version} is too old: $maven_minimum or later is needed"
}
