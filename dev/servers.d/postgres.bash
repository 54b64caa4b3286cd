# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared with dev/servers
# SPDX-License-Identifier: Apache-2.0
#
# What dev/servers has to know of PostgreSQL.

postgres_title() { echo "PostgreSQL $1"; } # VERSION

postgres_bin() { # VERSION
  local installed=/usr/lib/postgresql/$1/bin
  if [[ -x $installed/postgres ]]; then
    echo "$installed"
  else
    echo "$DIR/root-${SUITES[$1]}/usr/lib/postgresql/$1/bin"
  fi
}

# ----------------------------------------------------------------------- setup

postgres_unpack() { # VERSION
  local suite=${SUITES[$1]} root
  root=$DIR/root-$suite.new
  unpack_packages "$suite" ", or install
PostgreSQL $1 so that /usr/lib/postgresql/$1/bin/postgres exists" "postgresql-$1"
  progress "PostgreSQL $1: packages of $suite unpacked"
  rm -rf "$root/usr/lib/postgresql/$1"/lib/{llvmjit.so,bitcode}
  wrap_binaries "$root/usr/lib/postgresql/$1/bin"
  keep_unpacked "$suite"
}

postgres_install() { # VERSION
  [[ -x $(postgres_bin "$1")/postgres ]] || postgres_unpack "$1"
  progress "PostgreSQL $1: $("$(postgres_bin "$1")/postgres" --version | sed 's/.*) \([0-9]\)/\1/')"
  postgres_make_template "$1"
  progress "PostgreSQL $1: template cluster"
}

postgres_template_settings() {
  cat <<END
# Servers for tests: quick, not durable.
fsync = off
full_page_writes = off
max_connections = 200
shared_buffers = 64MB
min_wal_size = 32MB
password_encryption = scram-sha-256
unix_socket_directories = '$RUN'
listen_addresses = '127.0.0.1,::1'
ssl = on
ssl_cert_file = '$DIR/tls/server.pem'
ssl_key_file = '$DIR/tls/server.key'
wal_level = replica
hot_standby = on
wal_sender_timeout = 2s
wal_receiver_timeout = 2s
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
dynamic_shared_memory_type = mmap  # kill -9 leaves nothing in /dev/shm
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = UTC
timezone = UTC
END
}

# The master has a line before +rds_iam: rds_superuser's ADMIN OPTION on rds_iam
# makes him an indirect member, and without that line his password would be
# taken for a token.
postgres_template_hba() {
  local address
  echo 'local   all,replication  rdsadmin                   trust'
  echo 'host    all,replication  rdsadmin  all              reject'
  for address in 127.0.0.1/32 ::1/128; do
    printf 'hostssl all  %-10s %-14s %s\n' \
      postgres $address scram-sha-256 \
      +rds_iam $address 'pam pamservice=rdsiam' \
      all $address scram-sha-256
  done
}

postgres_template_sql() {
  cat <<END
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE rds_replication NOLOGIN;
CREATE ROLE rds_password NOLOGIN;
GRANT pg_monitor, pg_signal_backend, rds_iam TO rds_superuser WITH ADMIN OPTION;
CREATE ROLE postgres LOGIN CREATEDB CREATEROLE INHERIT PASSWORD '$MASTER_PASSWORD';
GRANT rds_superuser TO postgres;
ALTER DATABASE postgres OWNER TO postgres;
CHECKPOINT;
END
}

postgres_make_template() { # VERSION
  local version=$1 bin template=$DIR/template-$1
  bin=$(postgres_bin "$version")
  rm -rf "$template.new"
  mkdir "$template.new"
  (
    data=$template.new/data
    # Chained by &&: `set -e` is off on the left side of ||.
    LC_ALL=C "$bin/initdb" -D "$data" -U rdsadmin -A trust -E UTF8 --locale=C -N &&
      postgres_template_settings >>"$data/postgresql.conf" &&
      postgres_template_hba >"$data/pg_hba.conf" &&
      # Single-user mode wants one statement per line and needs no port.
      postgres_template_sql | "$bin/postgres" --single -D "$data" \
        -c unix_socket_directories="$RUN" -c exit_on_error=on postgres
  ) >"$template.log" 2>&1 || {
    tail -n 20 "$template.log" >&2
    die 70 "cannot make the template cluster of PostgreSQL $version"
  }
  rm -rf "$template"
  mv "$template.new" "$template"
}

# --------------------------------------------------------------------- servers

postgres_prepare() {
  mkdir "$CLUSTER/pam.d"
  printf '%s\n' "auth required $DIR/lib/pam_rds_iam.so keys=$CLUSTER/keys" \
    "account required $DIR/lib/pam_rds_iam.so" >"$CLUSTER/pam.d/rdsiam"
}

postgres_copy_template() { # DATA primary|standby
  cp -a --reflink=auto "template-$VERSION/data" "$1"
  {
    echo "port = $PORT"
    if [[ ${FSYNC:-off} == on ]]; then printf 'fsync = on\nfull_page_writes = on\n'; fi
    if [[ $2 == standby ]]; then
      echo "primary_conninfo = 'host=$RUN port=$PRIMARY_PORT user=rdsadmin application_name=standby'"
      echo "primary_slot_name = 'standby'"
      touch "$1/standby.signal"
    fi
  } >>"$1/postgresql.conf"
}

postgres_exec() { # DATA
  exec setsid env -i PATH=/usr/bin:/bin LC_ALL=C PAM_CONFDIR="$CLUSTER/pam.d" \
    LD_PRELOAD="$DIR/lib/pam_confdir_shim.so" "$(postgres_bin "$VERSION")/postgres" -D "$1"
}

postgres_is_ready() { # DATA
  local status=()
  { mapfile -t -s 7 -n 1 status <"$1/postmaster.pid"; } 2>/dev/null || true
  [[ ${status[0]:-} == ready* ]]
}

# With ::1 bound and 127.0.0.1 not, the server would only warn.
postgres_lacks_port() { # LOG DATA
  if server_pid "$2" >/dev/null; then
    grep -q 'could not bind IPv4' "$1"
  else
    grep -q 'could not bind' "$1"
  fi
}

postgres_stop_signal() { # immediate|fast
  if [[ $1 == immediate ]]; then echo QUIT; else echo INT; fi
}

# Only a killed server leaves its System V segment behind.
postgres_clean_up() { # DATA
  local shared_memory
  [[ -r $1/postmaster.pid ]] || return 0
  shared_memory=$(sed -n '7s/.* //p' "$1/postmaster.pid")
  [[ -z $shared_memory ]] || ipcrm -m "$shared_memory" 2>/dev/null || true
}

# Of a killed one. PostgreSQL would keep it while that is a zombie, and in
# containers nobody may reap those.
postgres_remove_locks() { # PORT
  rm -f "$RUN/.s.PGSQL.$1.lock"
}

postgres_sql() { # PORT SQL
  "$(postgres_bin "$VERSION")/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$RUN" -p "$1" -U rdsadmin \
    -d postgres -c "$2"
}

# Two copies of one template: the standby needs no base backup.
postgres_before_standby() {
  postgres_sql "$PRIMARY_PORT" \
    "SELECT pg_create_physical_replication_slot('standby', true)" >/dev/null
}

postgres_await_standby() {
  postgres_sql "$PRIMARY_PORT" "
    DO \$\$ BEGIN
      FOR i IN 1..1000 LOOP
        PERFORM pg_stat_clear_snapshot();
        IF EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming') THEN RETURN; END IF;
        PERFORM pg_sleep(0.01);
      END LOOP;
      RAISE 'the standby does not stream';
    END \$\$"
}

# Shown by env, next to what every server has.
postgres_lines() {
  cat <<END
SOCKET=$RUN
SUPERUSER=rdsadmin
MASTER=postgres
MASTER_PASSWORD=$MASTER_PASSWORD
PSQL=$(postgres_bin "$VERSION")/psql
END
}

postgres_client() { # ... as the superuser [ARGS...]
  PGHOST=$RUN PGPORT=$SERVER_PORT PGUSER=rdsadmin PGDATABASE=postgres exec "$PSQL" -X "$@"
}

postgres_master_example() {
  echo "PGPASSWORD=$MASTER_PASSWORD psql \"host=localhost port=$PORT user=postgres dbname=postgres sslmode=verify-full sslrootcert=$CA\""
}
