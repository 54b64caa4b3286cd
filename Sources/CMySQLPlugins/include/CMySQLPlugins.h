// SPDX-License-Identifier: Apache-2.0

#ifndef SSOSYNC_CMYSQLPLUGINS_H
#define SSOSYNC_CMYSQLPLUGINS_H

#include <stdbool.h>

/// The plugin that a login begins with: it tells the user's name and nothing else.
#define SSOSYNC_MYSQL_OPENING_PLUGIN "sso_sync_opening"

/// Initialises the C library for MySQL and registers the plugins in it.
///
/// To be called once, before any other function of the library and by one thread.
/// - Returns: whether it could be done.
bool ssosync_mysql_start_library(void);

#endif
