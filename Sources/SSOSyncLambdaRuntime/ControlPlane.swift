// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Lambda's runtime API, which hands out invocations and takes their answers.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
struct ControlPlane: Sendable {
    /// What became of an answer.
    enum Receipt: Equatable {
        case accepted
        /// The answer was too large; the invocation is over all the same.
        case tooLarge
        /// Nobody waits for this answer: its time was up, say.
        case refused(status: Int, reason: String)
    }

    /// What `/next` handed out.
    enum Next {
        case invocation(LambdaInvocation)
        /// Something with an id, so that it can be answered, that is no invocation.
        case malformed(requestId: String, FunctionError)
    }

    let origin: HTTPOrigin
    let transport: any HTTPTransport

    private static let prefix = "/2018-06-01/runtime"
    /// A function's event is 6 MB at most (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
    private static let eventLimit = 8 << 20
    /// Answers to ours are a few words.
    private static let receiptLimit = 1 << 20
    /// Why an answer cannot be given is told before the process ends, but not for ever.
    private static let timeLimit: Duration = .seconds(5)

    /// - Parameter address: Host and port, as `AWS_LAMBDA_RUNTIME_API` has them.
    init(address: String, transport: any HTTPTransport) throws(LambdaRuntimeError) {
        let parts = address.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 1 || Int(parts[1]) != nil,
            let origin = try? HTTPOrigin(.http, host: String(parts[0]), port: parts.count == 2 ? Int(parts[1]) : nil)
        else {
            throw LambdaRuntimeError(
                .environment,
                "AWS_LAMBDA_RUNTIME_API is not a host and a port, such as 127.0.0.1:9001"
            )
        }
        self.origin = origin
        self.transport = transport
    }

    // MARK: Invocations

    /// Waits, as long as it takes, for the next invocation.
    func next() async throws(LambdaRuntimeError) -> Next {
        let request = request("GET", "/invocation/next", limit: Self.eventLimit)
        let response = try await send(request, deadline: nil)
        guard response.status == 200 else {
            throw LambdaRuntimeError(.controlPlane, "/next was answered with \(Self.summary(response))")
        }
        guard let id = response.headers["Lambda-Runtime-Aws-Request-Id"], Self.isRequestId(id) else {
            throw LambdaRuntimeError(.badAnswer, "/next handed out an invocation without an id that can be answered to")
        }
        let text = response.headers["Lambda-Runtime-Deadline-Ms"] ?? ""
        guard let milliseconds = Int64(text), (0..<Self.farFuture).contains(milliseconds) else {
            return .malformed(requestId: id, .badInvocation("the invocation has no deadline that can be read"))
        }
        let part = { (name: String) in response.headers["Lambda-Runtime-" + name].flatMap { $0.isEmpty ? nil : $0 } }
        return .invocation(
            LambdaInvocation(
                requestId: id,
                deadline: Timestamp(millisecondsSince1970: milliseconds),
                functionARN: part("Invoked-Function-Arn") ?? "",
                traceId: part("Trace-Id"),
                clientContext: part("Client-Context"),
                cognitoIdentity: part("Cognito-Identity"),
                tenantId: part("Aws-Tenant-Id"),
                payload: response.body
            )
        )
    }

    /// Hands in what an invocation came to.
    func respond(_ body: [UInt8], to requestId: String) async throws(LambdaRuntimeError) -> Receipt {
        try await hand(in: request("POST", "/invocation/\(requestId)/response", body: body))
    }

    /// Hands in why an invocation failed.
    func report(_ error: FunctionError, for requestId: String) async throws(LambdaRuntimeError) -> Receipt {
        try await hand(in: request("POST", "/invocation/\(requestId)/error", error))
    }

    /// Hands in why the function cannot start.
    func reportInitialization(_ error: FunctionError) async throws(LambdaRuntimeError) -> Receipt {
        try await hand(in: request("POST", "/init/error", error))
    }

    private func hand(in request: HTTPRequest) async throws(LambdaRuntimeError) -> Receipt {
        // Whoever was cancelled has something to hand in, too: that they were. In a task of its own it is not cancelled with them.
        let sending = Task { () async -> Result<HTTPResponse, LambdaRuntimeError> in
            do throws(LambdaRuntimeError) {
                return .success(try await sendAgain(request))
            } catch {
                return .failure(error)
            }
        }
        let response = try await sending.value.get()
        switch response.status {
        case 200..<300: return .accepted
        case 413: return .tooLarge
        case 500...:
            throw LambdaRuntimeError(.controlPlane, "an answer was answered with \(Self.summary(response))")
        default: return .refused(status: response.status, reason: Self.summary(response))
        }
    }

    /// Sends an answer, once more if need be.
    private func sendAgain(_ request: HTTPRequest) async throws(LambdaRuntimeError) -> HTTPResponse {
        do {
            return try await send(request, deadline: .now + Self.timeLimit)
        } catch {
            // Answers are matched by the id: one that comes twice does no harm.
            return try await send(request, deadline: .now + Self.timeLimit)
        }
    }

    // MARK: Requests

    private func request(_ method: String, _ path: String, body: [UInt8] = [], limit: Int? = nil) -> HTTPRequest {
        HTTPRequest(
            method,
            origin,
            path: Self.prefix + path,
            headers: HTTPHeaders([.init("User-Agent", "sso-sync")]),
            body: body,
            isLocal: true,
            responseLimit: limit ?? Self.receiptLimit
        )
    }

    private func request(_ method: String, _ path: String, _ error: FunctionError) -> HTTPRequest {
        var request = request(method, path, body: error.body)
        request.headers["Content-Type"] = "application/json"
        request.headers["Lambda-Runtime-Function-Error-Type"] = error.errorType
        return request
    }

    private func send(
        _ request: HTTPRequest,
        deadline: ContinuousClock.Instant?
    ) async throws(LambdaRuntimeError) -> HTTPResponse {
        do {
            return try await transport.send(request, deadline: deadline)
        } catch let error as AWSError where error.code == .responseTooLarge || error.code == .badResponse {
            throw LambdaRuntimeError(.badAnswer, error.message)
        } catch let error as AWSError {
            throw LambdaRuntimeError(.connection, error.message)
        } catch {
            throw LambdaRuntimeError(.connection, "\(request) was given up: \(error)")
        }
    }

    /// The id becomes a part of a path.
    private static func isRequestId(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// The year 5138: no sum with it overflows.
    private static let farFuture: Int64 = 100_000_000_000_000

    private static func summary(_ response: HTTPResponse) -> String {
        let text = String(decoding: response.body.prefix(200), as: UTF8.self)
        return "\(response.status) \(Printable.escapedProse(text))"
    }
}
