# shellcheck shell=bash disable=SC2034,SC2153 # variables are shared with dev/servers
# SPDX-License-Identifier: Apache-2.0
#
# What dev/servers has to know of MySQL.

REPLICATION_PASSWORD=replication-pw

mysql_title() { echo MySQL; }

# Never an installed one: distributions confine it to its own folders.
mysql_root() { echo "$DIR/root-${SUITES[mysql]}/usr"; }
mysql_program() { echo "$(mysql_root)/bin/mysql"; }

# ----------------------------------------------------------------------- setup

mysql_unpack() {
  local suite=${SUITES[mysql]} usr program
  usr=$DIR/root-$suite.new/usr
  unpack_packages "$suite" '' mysql-server-core mysql-client-core libmysqlclient-dev
  progress "MySQL: packages of $suite unpacked"
  for program in "$usr"/bin/*; do
    [[ ${program##*/} == mysql ]] || rm "$program"
  done
  rm -rf "$usr"/lib/*/libmysql*.a
  ln -s . "$usr/include/mysql/mysql" # so that one folder of headers will do
  wrap_binaries "$usr/bin"
  wrap_binaries "$usr/sbin"
  keep_unpacked "$suite"
}

mysql_install() {
  [[ -x $(mysql_root)/sbin/mysqld ]] || mysql_unpack
  progress "MySQL: $("$(mysql_root)/sbin/mysqld" --version | sed 's/.* Ver \([^ ]*\) .*/\1/')"
  ln -sfn "$DIR/lib/aws_authentication_plugin.so" "$(mysql_root)/lib/mysql/plugin/"
  mysql_make_template
  progress 'MySQL: template data directory'
}

# Host names are not resolved: an account at localhost is for the socket only, as
# nobody gets at one of RDS's.
mysql_settings() { # DATA
  cat <<END
[mysqld]
basedir = $(mysql_root)
lc_messages_dir = $(mysql_root)/share/mysql
character_sets_dir = $(mysql_root)/share/mysql/charsets
plugin_dir = $(mysql_root)/lib/mysql/plugin
datadir = $1
pid_file = $1/ready.pid
mysqlx = OFF
skip_name_resolve = ON
secure_file_priv = NULL
ssl_ca = $DIR/tls/ca.pem
ssl_cert = $DIR/tls/server.pem
ssl_key = $DIR/tls/server.key
require_secure_transport = OFF
log_error_verbosity = 2
# Small.
max_connections = 200
table_open_cache = 400
table_definition_cache = 400
key_buffer_size = 64K
innodb_buffer_pool_size = 32M
innodb_log_buffer_size = 1M
innodb_redo_log_capacity = 32M
innodb_doublewrite_pages = 4
# The system has a limit of its own on native requests, which a few dozen servers reach.
innodb_use_native_aio = OFF
performance_schema = ON
performance_schema_digests_size = 200
performance_schema_error_size = 1
# Quick, not durable: nothing waits for the disk. But each commit and each page gets
# to the operating system as always, so that kill -9 loses and breaks nothing.
innodb_flush_method = nosync
innodb_flush_log_at_trx_commit = 2
innodb_buffer_pool_dump_at_shutdown = OFF
innodb_buffer_pool_load_at_startup = OFF
sync_binlog = 0
END
}

# The grants are those that Aurora MySQL 3 gives to its master user. The server's reader of such
# files knows two delimiters.
mysql_template_sql() {
  cat <<STATEMENTS
CREATE USER 'rdsadmin'@'localhost';
GRANT ALL ON *.* TO 'rdsadmin'@'localhost' WITH GRANT OPTION;
CREATE USER 'rdsrepladmin'@'%' IDENTIFIED BY '$REPLICATION_PASSWORD' REQUIRE SSL;
GRANT REPLICATION SLAVE ON *.* TO 'rdsrepladmin'@'%';
CREATE ROLE 'rds_superuser_role';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER,
  SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE,
  REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT,
  TRIGGER, CREATE ROLE, DROP ROLE ON *.* TO 'rds_superuser_role' WITH GRANT OPTION;
GRANT APPLICATION_PASSWORD_ADMIN, CONNECTION_ADMIN, ROLE_ADMIN, SESSION_VARIABLES_ADMIN,
  SET_ANY_DEFINER, SHOW_ROUTINE, XA_RECOVER_ADMIN
  ON *.* TO 'rds_superuser_role' WITH GRANT OPTION;
CREATE USER 'admin'@'%' IDENTIFIED BY '$MASTER_PASSWORD';
GRANT 'rds_superuser_role' TO 'admin'@'%' WITH ADMIN OPTION;
SET DEFAULT ROLE ALL TO 'admin'@'%';
DELIMITER \$\$
CREATE DEFINER = 'rdsadmin'@'localhost' PROCEDURE mysql.rds_kill(IN thread BIGINT UNSIGNED)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  IF EXISTS (SELECT * FROM performance_schema.processlist
             WHERE id = thread AND user IN ('rdsadmin', 'rdsrepladmin')) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'ERROR (RDS): CANNOT KILL RDSADMIN SESSION';
  END IF;
  KILL thread;
END\$\$
DELIMITER ;
GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO 'rds_superuser_role' WITH GRANT OPTION;
SHUTDOWN;
STATEMENTS
}

mysql_make_template() {
  local mysqld template=$DIR/template-mysql
  mysqld=$(mysql_root)/sbin/mysqld
  rm -rf "$template.new"
  mkdir "$template.new"
  (
    data=$template.new/data
    # Chained by &&: `set -e` is off on the left side of ||.
    mysql_settings "$data" >"$data.cnf" &&
      mysql_template_sql >"$data.sql" &&
      "$mysqld" --defaults-file="$data.cnf" --initialize-insecure &&
      # Where that starts there are no accounts yet to alter, so once more. Shuts
      # down slowly, for quick starts of the copies.
      timeout 120 "$mysqld" --defaults-file="$data.cnf" --init-file="$data.sql" --skip-networking \
        --socket="$RUN/mysql.template.sock" --innodb-fast-shutdown=0 --skip-log-bin &&
      [[ -d $data/mysql ]] &&
      rm -f "$data/auto.cnf" # each copy is a server of its own
  ) >"$template.log" 2>&1 </dev/null || {
    tail -n 20 "$template.log" >&2
    die 70 'cannot make the template data directory of MySQL'
  }
  ! grep '\[ERROR\]' "$template.log" >&2 ||
    die 70 'cannot make the template data directory of MySQL'
  rm -rf "$template"
  mv "$template.new" "$template"
}

# --------------------------------------------------------------------- servers

mysql_prepare() { mkdir "$CLUSTER/tmp"; }

mysql_socket() { echo "$RUN/mysql.$1.sock"; } # PORT

mysql_copy_template() { # DATA primary|standby
  local options
  read -ra options <<<"${MYSQL_OPTIONS:-}"
  cp -a --reflink=auto --sparse=always template-mysql/data "$1"
  {
    mysql_settings "$1"
    mysql_server_settings "$2"
    mysql_master_settings "$1" "$2"
    printf '%s\n' "${options[@]#--}" # last, so that they win
  } >"$1.cnf"
}

mysql_server_settings() { # primary|standby
  cat <<END
bind_address = 127.0.0.1
port = $PORT
socket = $(mysql_socket "$PORT")
tmpdir = $CLUSTER/tmp
server_id = $PORT
END
  [[ ${PLUGIN:-on} == off ]] ||
    echo 'plugin_load_add = AWSAuthenticationPlugin=aws_authentication_plugin.so'
  if [[ $WITH_STANDBY == yes || ${BINLOG:-off} == on ]]; then
    printf '%s\n' 'gtid_mode = ON' 'enforce_gtid_consistency = ON'
  else
    printf '%s\n' 'gtid_mode = OFF' 'enforce_gtid_consistency = OFF' 'skip_log_bin' # like Aurora
  fi
  if [[ $1 == standby ]]; then
    printf '%s\n' 'read_only = ON' 'super_read_only = ON' 'skip_log_bin' \
      'relay_log = relay' 'relay_log_recovery = ON' 'replica_net_timeout = 2' \
      'replica_parallel_workers = 1'
  fi
  if [[ ${FSYNC:-off} == on ]]; then
    printf '%s\n' 'innodb_flush_method = fsync' 'innodb_flush_log_at_trx_commit = 1' \
      'innodb_doublewrite_pages = 128' 'sync_binlog = 1'
  fi
}

# RDS for MySQL gives its master user less than Aurora does. On the primary only: the
# standby replicates it.
mysql_master_settings() { # DATA primary|standby
  [[ ${MASTER_OF:-aurora} == rds && $2 == primary ]] || return 0
  echo 'REVOKE IF EXISTS CONNECTION_ADMIN, SESSION_VARIABLES_ADMIN, SHOW_ROUTINE ON *.* FROM rds_superuser_role;' \
    >"$1.init.sql"
  echo "init_file = $1.init.sql"
}

# The server's own file of its pid comes when it is ready; ours says from the start
# what there is to stop.
mysql_exec() { # DATA
  cd "$1" || exit
  echo "$BASHPID" >mysqld.pid
  exec setsid env -i PATH=/usr/bin:/bin LC_ALL=C TZ=UTC RDS_IAM_KEYS="$CLUSTER/keys" \
    "$(mysql_root)/sbin/mysqld" --defaults-file="$1.cnf"
}

mysql_is_ready() { # DATA
  [[ -e $1/ready.pid ]]
}

mysql_lacks_port() { # LOG
  grep -q 'Bind on TCP/IP port' "$1"
}

mysql_stop_signal() { # immediate|fast
  if [[ $1 == immediate ]]; then echo KILL; else echo TERM; fi
}

mysql_clean_up() { :; }

# Of a killed one, see postgres_remove_locks.
mysql_remove_locks() { # PORT
  rm -f "$(mysql_socket "$1")" "$(mysql_socket "$1").lock"
}

mysql_sql() { # PORT SQL
  "$(mysql_program)" --no-defaults --batch --skip-column-names --user=root \
    --socket="$(mysql_socket "$1")" --execute="$2"
}

# Two copies of one template: the standby needs no dump.
mysql_before_standby() { :; }

mysql_await_standby() {
  local attempts=500
  mysql_sql "$PORT" "
    CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = $PRIMARY_PORT,
      SOURCE_USER = 'rdsrepladmin', SOURCE_PASSWORD = '$REPLICATION_PASSWORD', SOURCE_SSL = 1,
      SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0,
      SOURCE_HEARTBEAT_PERIOD = 0.5;
    START REPLICA"
  while ((attempts-- > 0)); do
    [[ $(mysql_sql "$PORT" 'SELECT c.service_state, a.service_state
        FROM performance_schema.replication_connection_status AS c,
          performance_schema.replication_applier_status AS a') != $'ON\tON' ]] || return 0
    sleep 0.02
  done
  tail -n 15 "$CLUSTER/standby.log" >&2
  die 70 'the standby does not replicate, see above'
}

# Shown by env, next to what every server has.
mysql_lines() {
  cat <<END
SOCKET=$(mysql_socket "$PRIMARY_PORT")
SUPERUSER=root
MASTER=admin
MASTER_PASSWORD=$MASTER_PASSWORD
MYSQL=$(mysql_program)
END
  [[ $WITH_STANDBY == no ]] || echo "STANDBY_SOCKET=$(mysql_socket "$PORT")"
}

mysql_client() { # ... as the superuser [ARGS...]
  unset "${!MYSQL_@}" # nobody's MYSQL_HOST or MYSQL_PWD
  exec "$MYSQL" --no-defaults --commands --user=root \
    --socket="$(mysql_socket "$SERVER_PORT")" "$@"
}

mysql_master_example() {
  echo "MYSQL_PWD=$MASTER_PASSWORD $MYSQL --no-defaults --host=localhost --port=$PORT --protocol=TCP --user=admin --ssl-mode=VERIFY_IDENTITY --ssl-ca=$CA"
}
