// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
internal import SSOSyncDigest

/// Signs requests to AWS with Signature Version 4.
///
/// A pure value: the same input yields the same signature
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
public struct SigV4Signer: Sendable {
    /// What is signed with.
    public let credentials: Credentials
    /// The Region that requests go to.
    public let region: String
    /// The service's signing name, such as `rds-db`; not always its host name's first part.
    public let service: String
    /// How the service wants its requests signed.
    public let options: Options
    private let context: SigningContext

    /// Makes a signer for one moment.
    ///
    /// - Parameters:
    ///   - credentials: What to sign with.
    ///   - region: The region that the request goes to.
    ///   - service: The service's signing name.
    ///   - date: The time of the request. AWS allows it to be some minutes off.
    ///   - options: How the service wants its requests signed; the default suits all but S3.
    public init(
        credentials: Credentials,
        region: String,
        service: String,
        date: Date,
        options: Options = Options()
    ) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.options = options
        let owner = SigningContexts.Owner(
            secretAccessKey: credentials.secretAccessKey,
            region: region,
            service: service
        )
        context = SigningContexts.shared.context(owner, date)
    }

    /// Signs by headers.
    ///
    /// - Parameter request: What will be sent, but for the headers that signing sets.
    /// - Returns: The signature, and the headers to set; `Authorization` among them.
    public func sign(_ request: SigV4Request) -> SigV4SignedRequest {
        var added: [SigV4Request.Field] = []
        added.reserveCapacity(4)
        added.append(.init("X-Amz-Date", context.timestamp))
        if options.signsBodyHeader { added.append(.init("X-Amz-Content-Sha256", request.bodyHash)) }
        let token = credentials.sessionToken.map { SigV4Request.Field("X-Amz-Security-Token", $0) }
        if let token, !options.omitsSessionToken { added.append(token) }

        let canonical = CanonicalRequest(request, adding: added, query: request.query, options: options)
        let stringToSign = stringToSign(canonical.bytes)
        let signature = signature(of: stringToSign)

        if let token, options.omitsSessionToken { added.append(token) }
        added.append(.init("Authorization", authorization(canonical, signature)))
        return SigV4SignedRequest(
            bytesToSign: stringToSign,
            signature: signature,
            headersToSet: added,
            query: canonical.query,
            canonicalBytes: canonical.bytes
        )
    }

    /// Signs by query, so that the address alone is enough to make the request.
    ///
    /// - Parameters:
    ///   - request: What will be sent, but for the query parameters that signing adds; for S3 with the body hash
    ///     `UNSIGNED-PAYLOAD`.
    ///   - seconds: For how long AWS accepts it, from the signer's date on.
    /// - Returns: The signature, and the whole query to send.
    public func presign(_ request: SigV4Request, validFor seconds: Int) -> SigV4SignedRequest {
        var query = request.query
        query.append(.init("X-Amz-Algorithm", Self.algorithm))
        query.append(.init("X-Amz-Credential", credential))
        query.append(.init("X-Amz-Date", context.timestamp))
        query.append(.init("X-Amz-Expires", String(seconds)))
        var names: [UInt8] = []
        CanonicalHeaders(request.headers).appendNames(to: &names)
        query.append(.init("X-Amz-SignedHeaders", String(decoding: names, as: UTF8.self)))
        let token = credentials.sessionToken.map { SigV4Request.Field("X-Amz-Security-Token", $0) }
        if let token, !options.omitsSessionToken { query.append(token) }

        let canonical = CanonicalRequest(request, adding: [], query: query, options: options)
        let stringToSign = stringToSign(canonical.bytes)
        let signature = signature(of: stringToSign)

        var trailer = [SigV4Request.Field("X-Amz-Signature", signature)]
        if let token, options.omitsSessionToken { trailer.append(token) }
        return SigV4SignedRequest(
            bytesToSign: stringToSign,
            signature: signature,
            headersToSet: [],
            query: canonical.query + "&" + CanonicalRequest.query(trailer),
            canonicalBytes: canonical.bytes
        )
    }
}

extension SigV4Signer {
    /// How a service wants its requests signed.
    public struct Options: Hashable, Sendable {
        /// Whether `.` and `..` segments and repeated slashes are resolved before signing; S3 wants them kept.
        public var normalizesPath: Bool

        /// Whether the path is percent-encoded once more for signing; S3 wants it as it is sent.
        public var doubleEncodesPath: Bool

        /// Whether the body's hash is sent and signed as `X-Amz-Content-Sha256`, too; presigning ignores it.
        public var signsBodyHeader: Bool

        /// Whether the session token is added after signing, for the few services that want it that way.
        public var omitsSessionToken: Bool

        /// Says how; the default suits all services but S3.
        ///
        /// - Parameters:
        ///   - normalizesPath: Whether `.` and `..` segments and repeated slashes are resolved.
        ///   - doubleEncodesPath: Whether the path is percent-encoded once more.
        ///   - signsBodyHeader: Whether the body's hash is sent and signed as a header, too.
        ///   - omitsSessionToken: Whether the session token is added after signing.
        public init(
            normalizesPath: Bool = true,
            doubleEncodesPath: Bool = true,
            signsBodyHeader: Bool = false,
            omitsSessionToken: Bool = false
        ) {
            self.normalizesPath = normalizesPath
            self.doubleEncodesPath = doubleEncodesPath
            self.signsBodyHeader = signsBodyHeader
            self.omitsSessionToken = omitsSessionToken
        }

        /// What S3 wants
        /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>).
        public static let s3 = Options(normalizesPath: false, doubleEncodesPath: false, signsBodyHeader: true)
    }

    private static let algorithm = "AWS4-HMAC-SHA256"

    private var credential: String { "\(credentials.accessKeyId)/\(context.scope)" }

    private func authorization(_ canonical: CanonicalRequest, _ signature: String) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        text.append(text: Self.algorithm)
        text.append(text: " Credential=")
        text.append(text: credentials.accessKeyId)
        text.append(UInt8(ascii: "/"))
        text.append(text: context.scope)
        text.append(text: ", SignedHeaders=")
        text.append(contentsOf: canonical.bytes[canonical.signedHeaders])
        text.append(text: ", Signature=")
        text.append(text: signature)
        return String(decoding: text, as: UTF8.self)
    }

    private func stringToSign(_ canonicalRequest: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(256)
        text.append(line: Self.algorithm)
        text.append(line: context.timestamp)
        text.append(line: context.scope)
        SHA256.appendHexadecimalDigest(of: canonicalRequest, to: &text)
        return text
    }

    private func signature(of stringToSign: [UInt8]) -> String { context.key.hexadecimalDigest(stringToSign) }
}
