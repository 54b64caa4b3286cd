// SPDX-License-Identifier: Apache-2.0

// Connector/C's client_plugin.h includes a header that its Debian package does not have.
typedef struct ssosync_unused ma_compress_ctx;
