// SPDX-License-Identifier: Apache-2.0

#ifndef SSOSYNC_CLIBMYSQL_SHIM_H
#define SSOSYNC_CLIBMYSQL_SHIM_H

/// What Swift cannot call itself, variadic functions, and what differs between the two C libraries for MySQL:
/// MariaDB Connector/C, from 3.1.13 on, and Oracle's libmysqlclient, from 8.0 on.

#include <errmsg.h>
#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef MARIADB_PACKAGE_VERSION_ID
typedef my_bool ssosync_mysql_flag;
#else
typedef bool ssosync_mysql_flag;
#endif

// Each setter takes its argument in the one type that the library reads behind the pointer.

static inline bool ssosync_mysql_set_number(MYSQL *mysql, enum mysql_option option, unsigned int value) {
    return mysql_options(mysql, option, &value) == 0;
}

static inline bool ssosync_mysql_set_flag(MYSQL *mysql, enum mysql_option option, bool value) {
    ssosync_mysql_flag flag = value;
    return mysql_options(mysql, option, &flag) == 0;
}

static inline bool ssosync_mysql_set_text(MYSQL *mysql, enum mysql_option option, const char *value) {
    return mysql_options(mysql, option, value) == 0;
}

static inline bool ssosync_mysql_add_attribute(MYSQL *mysql, const char *name, const char *value) {
    return mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, name, value) == 0;
}

/// TLS or nothing, chain and host name verified.
///
/// Connector/C needs all three: without VERIFY_SERVER_CERT it goes on in clear when the server offers no TLS, in spite
/// of ENFORCE; without a CA it does not verify the chain (before 3.4).
static inline bool ssosync_mysql_demand_tls(MYSQL *mysql, const char *ca_file) {
#ifdef MARIADB_PACKAGE_VERSION_ID
    return ssosync_mysql_set_flag(mysql, MYSQL_OPT_SSL_ENFORCE, true)
        && ssosync_mysql_set_flag(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, true)
        && ssosync_mysql_set_text(mysql, MYSQL_OPT_SSL_CA, ca_file)
        && ssosync_mysql_set_text(mysql, (enum mysql_option)MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
#else
    return ssosync_mysql_set_number(mysql, MYSQL_OPT_SSL_MODE, SSL_MODE_VERIFY_IDENTITY)
        && ssosync_mysql_set_text(mysql, MYSQL_OPT_SSL_CA, ca_file)
        && ssosync_mysql_set_text(mysql, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
#endif
}

/// Lets the server ask for these ways of logging in and no others, where the library can be told so.
static inline bool ssosync_mysql_restrict_plugins(MYSQL *mysql, const char *names) {
#if defined(MARIADB_PACKAGE_VERSION_ID) && MARIADB_PACKAGE_VERSION_ID >= 30300
    return ssosync_mysql_set_text(mysql, (enum mysql_option)MARIADB_OPT_RESTRICTED_AUTH, names);
#else
    (void)mysql;
    (void)names;
    return true;
#endif
}

/// Turns off what would act behind a program's back.
static inline bool ssosync_mysql_set_behaviour(MYSQL *mysql) {
#ifdef MARIADB_PACKAGE_VERSION_ID
    bool is_set = ssosync_mysql_set_flag(mysql, MYSQL_OPT_RECONNECT, false);
#else
    // Never on by itself; to say so makes 8.0.34 and later warn on standard error. The plugin is Oracle's own here.
    bool is_set = ssosync_mysql_set_flag(mysql, MYSQL_ENABLE_CLEARTEXT_PLUGIN, true);
#endif
    return is_set && ssosync_mysql_set_number(mysql, MYSQL_OPT_LOCAL_INFILE, 0);
}

static inline bool ssosync_mysql_connect(
    MYSQL *mysql, const char *host, unsigned int port, const char *user, const char *password
) {
    const unsigned long flags = CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS;
    return mysql_real_connect(mysql, host, user, password, NULL, port, NULL, flags) != NULL;
}

/// Logs in anew on a connection that stands, under another name of the program's.
///
/// The server lets go of everything that the session has, as if it had ended.
static inline bool ssosync_mysql_log_in_anew(
    MYSQL *mysql, const char *user, const char *password, const char *program_name
) {
    return mysql_options(mysql, MYSQL_OPT_CONNECT_ATTR_DELETE, "program_name") == 0
        && ssosync_mysql_add_attribute(mysql, "program_name", program_name)
        && mysql_change_user(mysql, user, password, NULL) == 0;
}

/// The socket of a connection that stands, else -1.
static inline int ssosync_mysql_socket(MYSQL *mysql) {
#ifdef MARIADB_PACKAGE_VERSION_ID
    return (int)mysql_get_socket(mysql);
#else
    return mysql->net.vio != NULL ? mysql->net.fd : -1;
#endif
}

/// The name of a result's column.
static inline const char *ssosync_mysql_column_name(MYSQL_RES *result, unsigned int column) {
    return mysql_fetch_field_direct(result, column)->name;
}

#endif
