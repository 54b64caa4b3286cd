// SPDX-License-Identifier: Apache-2.0

import CLibCurl

/// A transfer that failed, in libcurl's words (<https://curl.se/libcurl/c/libcurl-errors.html>).
struct CurlFailure {
    let code: CURLcode
    let words: String
    let origin: HTTPOrigin
    /// Whether libcurl handed any of the request to the connection.
    let hasSent: Bool
    /// The limit that the response went beyond, if it did.
    let limit: Int?

    /// The same in ours.
    var error: AWSError {
        if limit != nil || code == CURLE_FILESIZE_EXCEEDED { return tooLarge }
        let (code, message) = kind
        return AWSError(code, message, mayHaveBeenSent: hasSent)
    }

    private var kind: (AWSError.Code, String) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            (.hostNotFound, "\(origin) cannot be found: \(words). See that the Region is right, and name look-up works")
        case CURLE_COULDNT_CONNECT, CURLE_PROXY:
            (.connectFailed, "\(origin) cannot be reached: \(words)")
        case CURLE_OPERATION_TIMEDOUT:
            (.timedOut, hasSent ? "\(origin) did not answer in time" : "\(origin) could not be reached in time")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            (.certificateRejected, "\(origin) was not verified, and nothing was sent: \(words)")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            (.tlsFailed, "\(origin) does not speak TLS with us: \(words)")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            (.badResponse, "\(origin) answered with something else than HTTP: \(words)")
        default:
            (.connectionLost, "the connection to \(origin) broke: \(words)")
        }
    }

    private var tooLarge: AWSError {
        let size = limit.map { "more than \($0) bytes" } ?? "more bytes than are taken"
        return AWSError(.responseTooLarge, "\(origin) answered with \(size)", mayHaveBeenSent: true)
    }
}
