// SPDX-License-Identifier: Apache-2.0

#ifndef SSOSYNC_CLIBSSL_SHIM_H
#define SSOSYNC_CLIBSSL_SHIM_H

/// What a connection of OpenSSL's, which another library has made, knows about the server's certificate.

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/// When the server's certificate ends, in seconds since 1970; -1 if that cannot be told.
static inline long long ssosync_certificate_end(const SSL *connection) {
    X509 *certificate = SSL_get1_peer_certificate(connection);
    if (certificate == NULL) return -1;
    int days = 0, seconds = 0;
    ASN1_TIME *start = ASN1_TIME_set(NULL, 0);
    int is_known = start != NULL && ASN1_TIME_diff(&days, &seconds, start, X509_get0_notAfter(certificate));
    ASN1_TIME_free(start);
    X509_free(certificate);
    return is_known ? days * 86400LL + seconds : -1;
}

#endif
