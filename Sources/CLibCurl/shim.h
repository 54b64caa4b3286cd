// SPDX-License-Identifier: Apache-2.0

#ifndef SSOSYNC_CLIBCURL_SHIM_H
#define SSOSYNC_CLIBCURL_SHIM_H

/// What Swift cannot call itself: variadic functions. Each setter takes its argument in the one type that libcurl reads.

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

typedef size_t (*ssosync_curl_receiver)(char *bytes, size_t size, size_t count, void *context);

static inline bool ssosync_curl_set_number(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static inline bool ssosync_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

/// libcurl copies the text, but for `CURLOPT_POSTFIELDS`, which is not to be set with this.
static inline bool ssosync_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static inline bool ssosync_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

/// Copies the body, whose size has to be set before.
static inline bool ssosync_curl_set_body(CURL *easy, const void *bytes) {
    return curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, bytes) == CURLE_OK;
}

static inline bool ssosync_curl_set_context(CURL *easy, void *context) {
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, context) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_HEADERDATA, context) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_WRITEDATA, context) == CURLE_OK;
}

static inline bool ssosync_curl_set_receivers(CURL *easy, ssosync_curl_receiver header, ssosync_curl_receiver body) {
    return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body) == CURLE_OK;
}

/// TLS 1.2 or later, chain and host name verified.
static inline bool ssosync_curl_demand_tls(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
}

/// Requests as they stand, to whom they name, and no signals; HTTP/2 where both sides can.
static inline bool ssosync_curl_set_behaviour(CURL *easy) {
    // A libcurl without HTTP/2 refuses this one, and speaks HTTP/1.1 then.
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    return curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
}

/// HTTPS alone, or HTTP as well; nothing else that this libcurl may know.
static inline bool ssosync_curl_set_protocols(CURL *easy, bool allows_plain_text) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, allows_plain_text ? "http,https" : "https") == CURLE_OK;
#else
    long protocols = CURLPROTO_HTTPS | (allows_plain_text ? CURLPROTO_HTTP : 0);
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, protocols) == CURLE_OK;
#endif
}

/// Lets a name that is still being looked up go, where libcurl can (7.87 and later), instead of waiting for the answer.
static inline void ssosync_curl_let_resolver_go(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
#endif
}

static inline long ssosync_curl_number(CURL *easy, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

/// `buffer` has room for CURL_ERROR_SIZE bytes, and is written to as long as the handle lives.
static inline bool ssosync_curl_set_error_buffer(CURL *easy, char *buffer) {
    return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, buffer) == CURLE_OK;
}

static inline void *ssosync_curl_context(CURL *easy) {
    void *context = NULL;
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context) == CURLE_OK ? context : NULL;
}

/// The result of a message that says that a transfer is over.
static inline CURLcode ssosync_curl_result(const CURLMsg *message) { return message->data.result; }

#endif
