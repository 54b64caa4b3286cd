# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Programs out of another Debian release: downloaded with all their libraries and
# unpacked, nothing is installed.

debian_mirror() { # the one that this machine uses already
  local used=
  if [[ -n ${SSOSYNC_DEBIAN_MIRROR:-} ]]; then
    echo "$SSOSYNC_DEBIAN_MIRROR"
    return
  fi
  used=$(sed -n 's/^URIs: *//p; s/^deb \(\[.*\] \)\?\([^ ]*\) .*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -E '/debian/?$' | head -n 1) || true
  echo "${used:-http://deb.debian.org/debian}"
}

# Into $DIR/root-SUITE.new. Of -dev packages only those that are named.
unpack_packages() { # SUITE WAY_OUT PACKAGE...
  local suite=$1 way_out=$2 apt=$DIR/apt-$1 root=$DIR/root-$1.new mirror packages deb
  shift 2
  mirror=$(debian_mirror)
  unreachable() {
    sed 's/^/    /' "$apt/log" >&2 || true
    die 69 "cannot get the package $1 of Debian $suite from $mirror ($2).
Make that mirror reachable (or name another in SSOSYNC_DEBIAN_MIRROR)$way_out; then run it again."
  }
  rm -rf "$apt" "$root"
  mkdir -p "$apt"/etc/apt/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d} \
    "$apt"/var/lib/{apt/lists/partial,dpkg} "$apt"/var/cache/apt/archives/partial \
    "$apt"/var/log/apt "$apt/debs" "$root"
  : >"$apt/var/lib/dpkg/status"
  : >"$apt/log"
  command -v apt-get >/dev/null || unreachable "$1" 'there is no apt-get here'
  [[ -r /usr/share/keyrings/debian-archive-keyring.gpg ]] ||
    unreachable "$1" 'the package debian-archive-keyring is not installed'
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
    >"$apt/etc/apt/sources.list"
  apt_settings "$suite" "$apt" >"$apt/apt.conf"
  export APT_CONFIG=$apt/apt.conf
  apt-get -qq update -o APT::Update::Error-Mode=any >>"$apt/log" 2>&1 ||
    unreachable "$1" 'no package index'
  # Not needed to run a server; LLVM alone would be half of the download.
  packages=$(apt-get -s --no-install-recommends install "$@" 2>>"$apt/log" |
    sed -n 's/^Inst \([^ ]*\) .*/\1/p' |
    grep -Ev '^(lib)?(perl|llvm|z3|clang)|^(debconf|ssl-cert|locales|netbase|gcc-)|-dev$') ||
    unreachable "$1" 'not in the package index'
  # shellcheck disable=SC2046,SC2086 # lists of words
  (cd "$apt/debs" && apt-get -qq download $(printf '%s\n' $packages "$@" | sort -u)) \
    >>"$apt/log" 2>&1 || unreachable "$1" 'download failed'
  unset APT_CONFIG
  for deb in "$apt"/debs/*.deb; do dpkg-deb -x "$deb" "$root"; done
  if [[ ! -L $root/lib && -d $root/lib ]]; then # before Debian 13
    cp -a "$root/lib/." "$root/usr/lib/"
    rm -rf "${root:?}/lib"
  fi
  rm -rf "$apt" "$root"/usr/share/{doc,man,locale,i18n}
}

apt_settings() { # SUITE APT_DIR
  apt-config dump Acquire::http # a proxy, perhaps
  apt-config dump Acquire::https
  printf 'Dir "%s";\nDir::State::status "%s/var/lib/dpkg/status";\n' "$2" "$2"
  printf 'APT::Architecture "%s";\nAcquire::Languages "none";\nAcquire::Retries "2";\n' \
    "$(dpkg --print-architecture)"
  # These are signed for a week at a time, which a slow mirror misses. The
  # signature itself is verified all the same.
  [[ ! $1 =~ ^(forky|sid)$ ]] || echo 'Acquire::Check-Valid-Until "false";'
}

keep_unpacked() { # SUITE
  rm -rf "$DIR/root-$1"
  mv "$DIR/root-$1.new" "$DIR/root-$1"
}

# The binaries need the C library they came with: wrappers start them through
# its loader.
wrap_binaries() { # BIN_DIR
  local file name
  mkdir "$1/.real"
  for file in "$1"/*; do
    name=${file##*/}
    [[ $(head -c 4 "$file" | tr -d '\0') == $'\x7fELF' ]] || continue
    mv "$file" "$1/.real/$name"
    cat >"$file" <<'END'
#!/bin/sh
bin=$(dirname "$(readlink -f "$0")")
name=${0##*/}
root=${bin%/usr/*}
for loader in "$root"/usr/lib/*-linux-gnu*/ld-linux*.so.*; do break; done
exec "$loader" --library-path "${loader%/*}" --argv0 "$bin/$name" "$bin/.real/$name" "$@"
END
    chmod +x "$file"
  done
}
