// SPDX-License-Identifier: Apache-2.0
//
// LD_PRELOAD shim: pam_start() reads $PAM_CONFDIR/<service> instead of
// /etc/pam.d/<service>, so that a PostgreSQL server can use PAM without root
// and every test cluster can have a configuration of its own (libpam >= 1.4).
//
// The few libpam declarations are written out: no -dev package is needed.

#include <stdlib.h>

struct pam_conv;
typedef struct pam_handle pam_handle_t;

extern int pam_start_confdir(const char *service, const char *user,
                             const struct pam_conv *conversation,
                             const char *confdir, pam_handle_t **handle);

int pam_start(const char *service, const char *user,
              const struct pam_conv *conversation, pam_handle_t **handle) {
  return pam_start_confdir(service, user, conversation, getenv("PAM_CONFDIR"), handle);
}
