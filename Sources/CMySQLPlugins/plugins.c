// SPDX-License-Identifier: Apache-2.0

// Two authentication plugins for the client side, in this process, so that no plugin folder decides who gets a token.
// https://dev.mysql.com/doc/extending-mysql/en/writing-authentication-plugins.html

#include "CMySQLPlugins.h"

#include <errmsg.h>
#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#ifdef MARIADB_PACKAGE_VERSION_ID
#include <mysql/client_plugin.h>
typedef struct st_mysql_client_plugin_AUTHENTICATION authentication_plugin;
#else
#include <client_plugin.h>
typedef struct auth_plugin_t authentication_plugin;
#endif

/// Leaves an error for whoever asked for the connection.
static int refuse(MYSQL *mysql, unsigned int number, const char *reason) {
    mysql->net.last_errno = number;
    strcpy(mysql->net.sqlstate, "HY000");
    strncpy(mysql->net.last_error, reason, sizeof mysql->net.last_error - 1);
    return CR_ERROR;
}

/// Whether more than the greeting came in clear.
///
/// Connector/C reads ahead, and would take what it has read then for the verified server's words after the handshake: in
/// 3.3 it followed a request to change the plugin that was in clear.
static bool is_stuffed(MYSQL *mysql) {
#ifdef MARIADB_PACKAGE_VERSION_ID
    const MARIADB_PVIO *stream = mysql->net.pvio;
    return stream->cache != NULL && stream->cache + stream->cache_size > stream->cache_pos;
#else
    (void)mysql;
    return false;
#endif
}

/// Begins a login without data, whereupon the server names the plugin that the account needs.
///
/// Otherwise the plugin that the greeting names would begin. The greeting comes before TLS, so anybody could have
/// written it; TLS starts with the first packet that a plugin writes.
static int open_login(MYSQL_PLUGIN_VIO *vio, MYSQL *mysql) {
    unsigned char *answer;
    if (is_stuffed(mysql)) return refuse(mysql, CR_SSL_CONNECTION_ERROR, "more than the greeting came in clear");
    // The first reading sends a packet without data. A request to go on with another plugin then reads as an error here,
    // and the library follows it.
    return vio->read_packet(vio, &answer) < 0 ? CR_ERROR : CR_OK_HANDSHAKE_COMPLETE;
}

#define SSOSYNC_PLUGIN(plugin_name, function) { \
    .type = MYSQL_CLIENT_AUTHENTICATION_PLUGIN, \
    .interface_version = MYSQL_CLIENT_AUTHENTICATION_PLUGIN_INTERFACE_VERSION, \
    .name = (plugin_name), \
    .author = "SSOSync", \
    .desc = "", \
    .version = {1, 0, 0}, \
    .license = "Apache-2.0", \
    .authenticate_user = (function), \
}

static authentication_plugin opening_plugin = SSOSYNC_PLUGIN(SSOSYNC_MYSQL_OPENING_PLUGIN, open_login);

#ifdef MARIADB_PACKAGE_VERSION_ID

static bool is_verified(MYSQL *mysql) {
    my_bool verifies = 0;
    if (mysql_get_optionv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verifies) != 0 || !verifies) return false;
    return mysql->options.ssl_ca != NULL && mysql_get_ssl_cipher(mysql) != NULL;
}

/// Sends the password or token as it is, over TLS whose other end was verified, or not at all.
static int send_secret(MYSQL_PLUGIN_VIO *vio, MYSQL *mysql) {
    if (!is_verified(mysql)) {
        return refuse(mysql, CR_SSL_CONNECTION_ERROR, "the server asked for the secret outside of verified TLS");
    }
    const char *secret = mysql->passwd != NULL ? mysql->passwd : "";
    return vio->write_packet(vio, (const unsigned char *)secret, (int)strlen(secret) + 1) == 0 ? CR_OK : CR_ERROR;
}

static authentication_plugin secret_plugin = SSOSYNC_PLUGIN("mysql_clear_password", send_secret);

#if MARIADB_PACKAGE_VERSION_ID < 30300

/// Stands in for the plugin that asks whoever sits at the terminal: this Connector/C cannot be told to load none.
static int refuse_dialog(MYSQL_PLUGIN_VIO *vio, MYSQL *mysql) {
    (void)vio;
    return refuse(mysql, CR_AUTH_PLUGIN_ERR, "the server asks for a dialog");
}

static authentication_plugin dialog_plugin = SSOSYNC_PLUGIN("dialog", refuse_dialog);

#endif

#endif

static bool is_registered(MYSQL *mysql, authentication_plugin *plugin) {
    struct st_mysql_client_plugin *added =
        mysql_client_register_plugin(mysql, (struct st_mysql_client_plugin *)plugin);
    // Another one of that name, which was there before, is not ours.
    return added == (struct st_mysql_client_plugin *)plugin;
}

bool ssosync_mysql_start_library(void) {
    if (mysql_library_init(0, NULL, NULL) != 0) return false;
    MYSQL *mysql = mysql_init(NULL);
    if (mysql == NULL) return false;
    bool is_started = is_registered(mysql, &opening_plugin);
#ifdef MARIADB_PACKAGE_VERSION_ID
    is_started = is_started && is_registered(mysql, &secret_plugin);
#if MARIADB_PACKAGE_VERSION_ID < 30300
    is_started = is_started && is_registered(mysql, &dialog_plugin);
#endif
#endif
    mysql_close(mysql);
    return is_started;
}
