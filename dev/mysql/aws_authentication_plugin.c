// SPDX-License-Identifier: Apache-2.0
//
// Stand-in for the AWSAuthenticationPlugin of RDS, for MySQL 8.0.27 to 9.x:
//
//   plugin-load-add = AWSAuthenticationPlugin=aws_authentication_plugin.so
//   CREATE USER … IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL
//
// The environment of the server names the keys file: RDS_IAM_KEYS. The reason for
// a refusal goes to stderr, which is the server log. The token itself is never
// printed.
//
// The few declarations of the plugin interface (plugin.h, plugin_auth.h) are
// written out: they are in no -dev package, only in MySQL's source.

#include "../iam/rds_iam_token.h"

enum { CR_OK = -1, CR_ERROR = 0 };
enum { AUTHENTICATION_PLUGIN = 7, LICENSE_PROPRIETARY = 0, USED_A_PASSWORD = 1 };
enum { AUTHENTICATION_INTERFACE_VERSION = 0x0201, PLUGIN_INTERFACE_VERSION = 0x010B };

struct connection_information {
  int protocol;
  int socket;
  bool is_tls_established;
  char room_for_more[64];
};

struct connection {
  int (*read_packet)(struct connection *connection, unsigned char **packet);
  int (*write_packet)(struct connection *connection, const unsigned char *packet, int length);
  void (*information)(struct connection *connection, struct connection_information *information);
};

struct login {
  char *user_name;
  unsigned int user_name_length;
  const char *authentication_string;
  unsigned long authentication_string_length;
  char authenticated_as[97];
  char external_user[512];
  int password_used;  // for the text "Access denied … (using password: YES)"
};

struct authentication {
  int interface_version;
  const char *client_plugin;
  int (*authenticate)(struct connection *connection, struct login *login);
  int (*generate_string)(char *out, unsigned int *out_length, const char *in,
                         unsigned int in_length);
  int (*validate_string)(char *const string, unsigned int length);
  int (*set_salt)(const char *string, unsigned int length, unsigned char *salt,
                  unsigned char *salt_length);
  const unsigned long flags;
  int (*compare_password)(const char *hash, unsigned long hash_length, const char *password,
                          unsigned long password_length, int *is_error);
};

struct plugin {
  int type;
  const void *descriptor;
  const char *name, *author, *description;
  int license;
  int (*initialize)(void *), (*check_uninstall)(void *), (*deinitialize)(void *);
  unsigned int version;
  void *status_variables, *system_variables, *reserved;
  unsigned long flags;
};

static bool login_is_valid(struct connection *connection, struct login *login,
                           char reason[REASON_MAX]) {
  struct connection_information information = {0};
  unsigned char *packet;
  char token[TOKEN_MAX + 1];

  connection->information(connection, &information);
  if (!information.is_tls_established) return refuse(reason, "no TLS");
  login->password_used = USED_A_PASSWORD;

  // The client plugin mysql_clear_password speaks when spoken to.
  if (connection->write_packet(connection, (const unsigned char *)"", 0))
    return refuse(reason, "connection lost");
  int length = connection->read_packet(connection, &packet);
  if (length < 1) return refuse(reason, "no token");
  if (length > TOKEN_MAX) return refuse(reason, "token of %d bytes is over the limit", length);
  memcpy(token, packet, (size_t)length);
  token[length] = 0;

  if (login->authentication_string_length != 3 || memcmp(login->authentication_string, "RDS", 3))
    return refuse(reason, "the account is not IDENTIFIED … AS 'RDS'");
  return rds_iam_token_is_valid(token, login->user_name, getenv("RDS_IAM_KEYS"), reason);
}

static int authenticate(struct connection *connection, struct login *login) {
  char reason[REASON_MAX] = "";
  if (login_is_valid(connection, login, reason)) return CR_OK;
  fprintf(stderr, "AWSAuthenticationPlugin: %s: %s\n", login->user_name, reason);
  return CR_ERROR;
}

// What stands behind AS or BY is kept as it is.
static int generate_string(char *out, unsigned int *out_length, const char *in,
                           unsigned int in_length) {
  if (in_length > *out_length) return 1;
  memcpy(out, in, in_length);
  *out_length = in_length;
  return 0;
}

static int validate_string(char *const string, unsigned int length) {
  (void)string, (void)length;
  return 0;
}

static int set_salt(const char *string, unsigned int length, unsigned char *salt,
                    unsigned char *salt_length) {
  (void)string, (void)length, (void)salt;
  *salt_length = 0;
  return 0;
}

static const struct authentication descriptor = {
    .interface_version = AUTHENTICATION_INTERFACE_VERSION,
    .client_plugin = "mysql_clear_password",
    .authenticate = authenticate,
    .generate_string = generate_string,
    .validate_string = validate_string,
    .set_salt = set_salt,
};

#define EXPORT __attribute__((visibility("default")))

EXPORT int _mysql_plugin_interface_version_ = PLUGIN_INTERFACE_VERSION;
EXPORT int _mysql_sizeof_struct_st_plugin_ = sizeof(struct plugin);
EXPORT struct plugin _mysql_plugin_declarations_[] = {
    {.type = AUTHENTICATION_PLUGIN,
     .descriptor = &descriptor,
     .name = "AWSAuthenticationPlugin",
     .author = "sso-sync tests",
     .description = "stand-in for IAM authentication of RDS",
     .license = LICENSE_PROPRIETARY,
     .version = 0x0100},
    {0},
};
