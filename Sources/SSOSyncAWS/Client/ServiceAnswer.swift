// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

extension AWSError {
    /// What a service said when it refused a call, or failed.
    public struct Response: Sendable, Hashable {
        /// The HTTP status.
        public let status: Int
        /// The service's name for the error, such as `ThrottlingException`; nil if it gave none.
        public let errorCode: String?
        /// Why, where the service has several reasons for one error, such as `KMS_ACCESS_DENIED`.
        public internal(set) var reason: String?
        /// What was not found, such as `USER`; nil if the service does not say.
        public internal(set) var resourceType: String?
        /// Where it is that was asked for elsewhere; nil if the service does not say.
        var bucketRegion: String?
        /// What AWS's support finds the call by.
        public let requestId: String?
        /// The time at the service.
        public let date: Date?
        /// When the service wants to be asked again.
        let retryHint: RetryHint?
    }
}

/// The parts of a failure that services word differently.
struct ServiceAnswer {
    private(set) var errorCode: String?
    private(set) var message: String?
    private var refusalReason: String?
    private var resourceType: String?
    private var region: String?
    private var requestId: String?
    private var retryAfterSeconds: Double?
    private let response: HTTPResponse

    /// Reads a response in any of the protocols' forms, whichever was expected: proxies and gateways on the way have
    /// their own.
    init(_ response: HTTPResponse) {
        self.response = response
        switch response.body.first(where: { !(0x09...0x0D).contains($0) && $0 != 0x20 }) {
        case UInt8(ascii: "{"): readJSON()
        case UInt8(ascii: "<"): readXML()
        default: break
        }
        readHeaders()
    }

    /// What there is to know about the answer.
    var facts: AWSError.Response {
        AWSError.Response(
            status: response.status,
            errorCode: errorCode,
            reason: refusalReason,
            resourceType: resourceType,
            bucketRegion: response.headers["x-amz-bucket-region"] ?? region,
            requestId: requestId,
            date: response.headers["Date"].flatMap(HTTPDate.date),
            retryHint: retryHint
        )
    }

    /// The error in our words.
    func error(_ call: String) -> AWSError {
        let facts = facts
        let kind = AWSError.Code(facts)
        return AWSError(kind, "\(call): \(reason(kind))\(trailer)", mayHaveBeenSent: true, response: facts)
    }

    private func reason(_ kind: AWSError.Code) -> String {
        // What a service says about a signature holds what was signed, a session token among it.
        let said = kind == .credentialsRejected ? nil : message.map(Self.printable)
        let name = errorCode.map(Self.printable) ?? "the status \(response.status) and nothing that could be read"
        return said.map { "\(name): \($0)" } ?? name
    }

    private var trailer: String { requestId.map { " (request \(Self.printable($0)))" } ?? "" }

    private var retryHint: RetryHint? {
        if let retryAfterSeconds, retryAfterSeconds >= 0 { return .demand(.seconds(min(retryAfterSeconds, 1e6))) }
        if let text = response.headers["Retry-After"], let seconds = UInt32(text) {
            return .demand(.seconds(Int(seconds)))
        }
        if let text = response.headers["x-amz-retry-after"], let number = UInt32(text) {
            return .advice(.milliseconds(Int(number)))
        }
        return nil
    }

    // MARK: Forms

    /// AWS JSON and REST-JSON, and STS's JSON
    /// (<https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>).
    private mutating func readJSON() {
        guard let body = try? JSONDecoder().decode(JSONError.self, from: Data(response.body)) else { return }
        errorCode = body.code
        message = body.message
        refusalReason = body.reason
        resourceType = body.resourceType
        requestId = body.requestId
        retryAfterSeconds = body.retryAfterSeconds
    }

    /// AWS query, EC2 and REST-XML
    /// (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization>).
    private mutating func readXML() {
        guard let root = try? XMLReader.root(response.body) else { return }
        let error = root.name == "Error" ? root : root["Error"] ?? root["Errors"]?["Error"]
        errorCode = error?.text(at: "Code")
        message = error?.text(at: "Message")
        region = error?.text(at: "Region")
        requestId = root.text(at: "RequestId") ?? root.text(at: "RequestID")
    }

    private mutating func readHeaders() {
        // Services that once spoke query keep those codes in a header of their own.
        let old = response.headers["x-amzn-query-error"].map { String($0.prefix { $0 != ";" }) }
        errorCode = (old ?? response.headers["x-amzn-errortype"] ?? errorCode).map(Self.bareCode)
        let names = ["x-amzn-requestid", "x-amzn-request-id", "x-amz-request-id"]
        requestId = names.lazy.compactMap { [response] in response.headers[$0] }.first ?? requestId
    }

    /// `namespace#Code:http://…` without what is around the code.
    private static func bareCode(_ text: String) -> String {
        let end = text.prefix { $0 != ":" }
        return String(end.split(separator: "#").last ?? end)
    }

    /// One line of a bounded length.
    private static func printable(_ text: String) -> String {
        let line = text.prefix(500).unicodeScalars.map {
            $0.properties.generalCategory == .control ? " " : Character($0)
        }
        return String(line)
    }
}

/// The error's fields, in whichever spelling.
private struct JSONError: Decodable {
    private(set) var code: String?
    private(set) var message: String?
    private(set) var reason: String?
    private(set) var resourceType: String?
    private(set) var requestId: String?
    private(set) var retryAfterSeconds: Double?

    init(from decoder: any Decoder) throws {
        let outer = try decoder.container(keyedBy: JSONKey.self)
        let inner = (try? outer.nestedContainer(keyedBy: JSONKey.self, forKey: JSONKey("Error"))) ?? outer
        func text(_ names: String...) -> String? {
            names.lazy.compactMap { try? inner.decode(String.self, forKey: JSONKey($0)) }.first
        }
        code = text("__type", "code", "Code")
        message = text("message", "Message", "errorMessage")
        reason = text("Reason")
        resourceType = text("ResourceType")
        requestId =
            ["RequestId", "requestId"].lazy.compactMap { try? outer.decode(String.self, forKey: JSONKey($0)) }.first
        retryAfterSeconds = try? inner.decode(Double.self, forKey: JSONKey("RetryAfterSeconds"))
    }
}

extension AWSError.Code {
    /// What a service's answer amounts to.
    init(_ response: AWSError.Response) {
        let code = response.errorCode ?? ""
        self =
            switch code {
            case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError",
                "UnauthorizedException", "ForbiddenException":
                .accessDenied
            case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
                .credentialsExpired
            case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure",
                "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature",
                "IncompleteSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
                "InvalidToken", "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
                .credentialsRejected
            default:
                Self(status: response.status, isThrottled: RetryReason.isThrottling(code))
            }
    }

    private init(status: Int, isThrottled: Bool) {
        self =
            switch status {
            case _ where isThrottled: .throttled
            case 429: .throttled
            case 401, 403: .accessDenied
            case 500...: .serviceFailed
            default: .refused
            }
    }
}
