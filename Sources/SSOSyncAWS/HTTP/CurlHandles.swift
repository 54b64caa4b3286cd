// SPDX-License-Identifier: Apache-2.0

import CLibCurl

/// The owner of one `CURLM`.
///
/// The pointer never leaves this file.
///
/// Everything but ``wakeUp()`` is for the loop alone. That one may be called from any thread, at any time
/// (<https://curl.se/libcurl/c/curl_multi_wakeup.html>), which is why the class may be shared.
@safe final class CurlMulti: @unchecked Sendable {
    /// What a transfer came to.
    struct Outcome {
        let transfer: CurlTransfer
        let result: Result<HTTPResponse, AWSError>
    }

    /// Set up once, before the first handle (<https://curl.se/libcurl/c/curl_global_init.html>).
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let multi: UnsafeMutableRawPointer?

    init() {
        unsafe multi = Self.isReady ? curl_multi_init() : nil
    }

    deinit {
        unsafe curl_multi_cleanup(multi)
    }

    /// Begins a transfer.
    /// - Returns: Whether libcurl took it.
    func add(_ transfer: CurlTransfer) -> Bool {
        unsafe curl_multi_add_handle(multi, transfer.easy) == CURLM_OK
    }

    /// Takes a transfer out; if it is under way, its connection is closed.
    func remove(_ transfer: CurlTransfer) {
        _ = unsafe curl_multi_remove_handle(multi, transfer.easy)
    }

    /// Does what can be done without waiting.
    /// - Returns: The transfers that are over, still to be removed.
    func perform() -> [Outcome] {
        var running: Int32 = 0
        _ = unsafe curl_multi_perform(multi, &running)

        var outcomes: [Outcome] = []
        var queued: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &queued) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let context = unsafe ssosync_curl_context(message.pointee.easy_handle)
            else { continue }
            let transfer = unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
            let result = unsafe transfer.result(ssosync_curl_result(message))
            outcomes.append(Outcome(transfer: transfer, result: result))
        }
        return outcomes
    }

    /// Waits until something can be done, or until it is woken.
    func wait() {
        // libcurl's own timers shorten it (<https://curl.se/libcurl/c/curl_multi_poll.html>).
        _ = unsafe curl_multi_poll(multi, nil, 0, 60_000, nil)
    }

    /// Ends ``wait()``, now or the next time.
    func wakeUp() {
        _ = unsafe curl_multi_wakeup(multi)
    }
}

/// The owner of one `CURL`, and what came so far.
@safe final class CurlTransfer {
    let ticket: CurlTicket
    fileprivate let easy: UnsafeMutableRawPointer
    private let headerList: UnsafeMutablePointer<curl_slist>?
    /// Where libcurl puts words about an error; it has to live as long as the handle.
    private let errorText: UnsafeMutablePointer<CChar>
    private var response = ResponseBuilder()

    /// Prepares a transfer.
    ///
    /// - Parameters:
    ///   - ticket: The request.
    ///   - configuration: How servers are reached and verified.
    ///   - timeout: How long it may take in all.
    /// - Returns: Nil if libcurl does not know what is asked of it, or has no memory left.
    init?(_ ticket: CurlTicket, _ configuration: CurlTransport.Configuration, timeout: Duration?) {
        guard let easy = unsafe curl_easy_init() else { return nil }
        self.ticket = ticket
        unsafe self.easy = unsafe easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe headerList = Self.makeHeaderList(ticket.request)
        response.limit = ticket.request.responseLimit
        guard setReceivers(), setSafety(configuration), setTimeouts(configuration, timeout), setRequest() else {
            return nil
        }
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headerList)
        unsafe errorText.deallocate()
    }

    // MARK: Options

    private func set(_ option: CURLoption, _ value: Int) -> Bool {
        unsafe ssosync_curl_set_number(easy, option, value)
    }

    private func set(_ option: CURLoption, _ value: String) -> Bool {
        unsafe ssosync_curl_set_text(easy, option, value)
    }

    private func setReceivers() -> Bool {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        return unsafe ssosync_curl_set_context(easy, context)
            && ssosync_curl_set_receivers(
                easy,
                { unsafe CurlTransfer.receive($0, $1 * $2, $3) { unsafe $0.addHeader($1) } },
                { unsafe CurlTransfer.receive($0, $1 * $2, $3) { unsafe $0.addBody($1) } }
            )
            && ssosync_curl_set_error_buffer(easy, errorText)
    }

    /// What keeps a request from going elsewhere, or in clear.
    private func setSafety(_ configuration: CurlTransport.Configuration) -> Bool {
        unsafe ssosync_curl_let_resolver_go(easy)
        let isLocal = ticket.request.isLocal
        // Both are set in any case: what is not, libcurl reads from the environment.
        return unsafe ssosync_curl_demand_tls(easy) && ssosync_curl_set_behaviour(easy)
            && ssosync_curl_set_protocols(easy, isLocal && ticket.request.origin.scheme == .http)
            && set(CURLOPT_PROXY, isLocal ? "" : configuration.proxy ?? "")
            && set(CURLOPT_NOPROXY, isLocal ? "*" : configuration.noProxy ?? "")
            && ((configuration.authorityFile ?? CurlTransport.Configuration.systemAuthorityFile)
                .map { set(CURLOPT_CAINFO, $0) } ?? true)
    }

    private func setTimeouts(_ configuration: CurlTransport.Configuration, _ timeout: Duration?) -> Bool {
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, configuration.connectTimeout.wholeMilliseconds))
            && set(CURLOPT_TIMEOUT_MS, timeout.map { max(1, $0.wholeMilliseconds) } ?? 0)
    }

    private func setRequest() -> Bool {
        let request = ticket.request
        return unsafe ssosync_curl_set_list(easy, CURLOPT_HTTPHEADER, headerList)
            && ssosync_curl_set_size(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(request.responseLimit))
            && set(CURLOPT_URL, request.url)
            && (!request.connectsOnly || set(CURLOPT_CONNECT_ONLY, 1))
            && setBody(request.body)
            && (request.method == "HEAD" ? set(CURLOPT_NOBODY, 1) : set(CURLOPT_CUSTOMREQUEST, request.method))
    }

    private func setBody(_ body: [UInt8]) -> Bool {
        let hasBody = !body.isEmpty || ["POST", "PUT", "PATCH"].contains(ticket.request.method)
        guard hasBody else { return true }
        return unsafe ssosync_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            && body.withUnsafeBytes { unsafe ssosync_curl_set_body(easy, $0.baseAddress ?? UnsafeRawPointer(easy)) }
    }

    private static func makeHeaderList(_ request: HTTPRequest) -> UnsafeMutablePointer<curl_slist>? {
        // A name with nothing behind its colon is left out. libcurl would set these by itself: the type of a form, and
        // a wait of a second before a large body.
        var lines = ["Expect:"]
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        if request.headers["Accept"] == nil { lines.append("Accept:") }
        // A header without a value is spelled with a semicolon (<https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html>).
        lines += request.headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        return unsafe lines.reduce(nil) { list, line in unsafe curl_slist_append(list, line) }
    }

    // MARK: Receiving

    /// Hands bytes over.
    /// - Returns: Their number, or 0 to end the transfer.
    private static func receive(
        _ bytes: UnsafeMutablePointer<CChar>?,
        _ count: Int,
        _ context: UnsafeMutableRawPointer?,
        _ add: (inout ResponseBuilder, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context = unsafe context else { return 0 }
        let transfer = unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        let isTaken = unsafe add(&transfer.response, UnsafeRawBufferPointer(start: bytes, count: count))
        return isTaken ? count : 0
    }

    /// What the transfer came to.
    fileprivate func result(_ code: CURLcode) -> Result<HTTPResponse, AWSError> {
        if code == CURLE_OK, let response = response.finished { return .success(response) }
        if code == CURLE_OK, ticket.request.connectsOnly { return .success(HTTPResponse(status: 0)) }
        let words =
            unsafe errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        let failure = CurlFailure(
            code: code,
            words: words,
            origin: ticket.request.origin,
            hasSent: unsafe ssosync_curl_number(easy, CURLINFO_REQUEST_SIZE) > 0,
            limit: response.isTooLarge ? response.limit : nil
        )
        return .failure(failure.error)
    }
}

extension Duration {
    /// The milliseconds, rounded up.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        // A year, so that no sum overflows.
        return Int(min(seconds, 31_536_000)) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
