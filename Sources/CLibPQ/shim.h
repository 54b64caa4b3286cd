// SPDX-License-Identifier: Apache-2.0

#ifndef SSOSYNC_CLIBPQ_SHIM_H
#define SSOSYNC_CLIBPQ_SHIM_H

#include <libpq-fe.h>

#endif
