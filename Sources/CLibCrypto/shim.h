// SPDX-License-Identifier: Apache-2.0

// Digests and signatures of OpenSSL 3 only: nothing here needs the rest of libcrypto, and no one uses <openssl/ssl.h>.

#ifndef SSOSYNC_CLIBCRYPTO_SHIM_H
#define SSOSYNC_CLIBCRYPTO_SHIM_H

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#endif
