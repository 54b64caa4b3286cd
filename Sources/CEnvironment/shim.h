// SPDX-License-Identifier: Apache-2.0

#ifndef SSOSYNC_CENVIRONMENT_SHIM_H
#define SSOSYNC_CENVIRONMENT_SHIM_H

#include <string.h>

extern char **environ;

/// Hides one environment variable from this process, so that a C library cannot read it.
///
/// Some variables (PGSERVICE, PGTZ, LIBMYSQL_PLUGINS…) win over all that a program can pass. `unsetenv` would shift the
/// list under threads that read it; one pointer store into the list does not. The replaced entry keeps the process's
/// list at its length.
static inline void ssosync_hide_environment(const char *name) {
    size_t length = strlen(name);
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        if (strncmp(*entry, name, length) != 0 || (*entry)[length] != '=') continue;
        __atomic_store_n(entry, (char *)"SSOSYNC_HIDDEN=1", __ATOMIC_RELEASE);
    }
}

#endif
