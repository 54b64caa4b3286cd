// SPDX-License-Identifier: Apache-2.0
//
// PAM module which accepts an RDS IAM authentication token as the password:
//
//   auth     required /path/pam_rds_iam.so keys=/path/keys
//   account  required /path/pam_rds_iam.so
//
// The reason for a refusal goes to stderr, which is the PostgreSQL server log.
// The token itself is never printed.
//
// The few libpam declarations are written out: no -dev package is needed.

#include "../iam/rds_iam_token.h"

typedef struct pam_handle pam_handle_t;

enum { PAM_SUCCESS = 0, PAM_AUTH_ERR = 7 };
enum { PAM_AUTHTOK = 6 };

extern int pam_get_user(pam_handle_t *handle, const char **user, const char *prompt);
extern int pam_get_authtok(pam_handle_t *handle, int item, const char **token,
                           const char *prompt);

#define EXPORT __attribute__((visibility("default")))

EXPORT int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv) {
  (void)flags;
  const char *user = NULL, *token = NULL, *keys = NULL;
  char reason[REASON_MAX] = "no token";

  for (int i = 0; i < argc; i++)
    if (!strncmp(argv[i], "keys=", 5)) keys = argv[i] + 5;

  if (pam_get_user(handle, &user, NULL) != PAM_SUCCESS || !user) return PAM_AUTH_ERR;
  if (pam_get_authtok(handle, PAM_AUTHTOK, &token, NULL) == PAM_SUCCESS && token &&
      rds_iam_token_is_valid(token, user, keys, reason))
    return PAM_SUCCESS;

  fprintf(stderr, "pam_rds_iam: %s: %s\n", user, reason);
  return PAM_AUTH_ERR;
}

EXPORT int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv) {
  (void)handle, (void)flags, (void)argc, (void)argv;
  return PAM_SUCCESS;
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t *handle, int flags, int argc, const char **argv) {
  (void)handle, (void)flags, (void)argc, (void)argv;
  return PAM_SUCCESS;
}
