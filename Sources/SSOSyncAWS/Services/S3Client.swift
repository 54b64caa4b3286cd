// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncDigest

/// The calls of S3 that read and write one object
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>).
///
/// Buckets are called by their host name; by path where an endpoint was set, and where a dot in the name would not fit the
/// certificate.
public struct S3Client: Sendable {
    /// An object as it was read.
    public struct Object: Sendable, Hashable {
        /// What it holds.
        public let bytes: [UInt8]
        /// What tells this content from others, in quotation marks as S3 has it.
        public let etag: String
        /// The version; nil in a bucket without versions.
        public let versionId: String?
    }

    /// An object that was written.
    public struct Receipt: Sendable, Hashable {
        /// What tells this content from others, in quotation marks as S3 has it.
        public let etag: String
        /// The version; nil in a bucket without versions.
        public let versionId: String?
    }

    /// What has to hold for an object to be written.
    public enum Condition: Sendable, Hashable {
        /// There is none of this key (`If-None-Match: *`).
        case isAbsent
        /// It is the one of this ETag (`If-Match`).
        case isUnchanged(etag: String)
    }

    let client: AWSClient

    /// Asks with a client for ``AWSService/s3``, of the Region that the buckets are in.
    public init(_ client: AWSClient) { self.client = client }

    /// Reads an object whole (`GetObject`).
    ///
    /// - Parameters:
    ///   - location: Where it is.
    ///   - versionId: Which version; nil for the current one.
    ///   - limit: The most bytes that are taken; 64 MiB by default.
    /// - Returns: Nil if the bucket has no such key.
    public func object(
        at location: S3Location,
        versionId: String? = nil,
        limit: Int = 64 << 20
    ) async throws -> Object? {
        var call = call("GetObject", "GET", location)
        if let versionId { call.query = [("versionId", versionId)] }
        call.responseLimit = limit
        do {
            let response = try await send(call, location, versionId: versionId)
            guard let etag = response.headers["ETag"] else { throw client.badAnswer("GetObject", response) }
            return Object(bytes: response.body, etag: etag, versionId: Self.version(response))
        } catch let error as AWSError where error.response?.errorCode == "NoSuchKey" {
            return nil
        }
    }

    /// Writes an object (`PutObject`).
    ///
    /// - Parameters:
    ///   - bytes: What it is to hold.
    ///   - location: Where to.
    ///   - contentType: What kind of content it is.
    ///   - condition: What has to hold for it; nil for nothing.
    ///   - retention: For how long nobody may delete or replace it; nil for as the bucket has it.
    /// - Returns: Nil if the condition does not hold. Then, if an earlier answer was lost, it may be this very call that has
    ///   written what is there.
    public func put(
        _ bytes: [UInt8],
        at location: S3Location,
        contentType: String = "application/octet-stream",
        if condition: Condition? = nil,
        retention: S3Retention? = nil
    ) async throws -> Receipt? {
        var call = call("PutObject", "PUT", location)
        call.headers = HTTPHeaders([.init("Content-Type", contentType)])
        switch condition {
        case .isAbsent: call.headers["If-None-Match"] = "*"
        case .isUnchanged(let etag): call.headers["If-Match"] = etag
        case nil: break
        }
        call.body = bytes
        if let retention { Self.lock(&call, retention) }
        do {
            let response = try await send(call, location)
            guard let etag = response.headers["ETag"] else { throw client.badAnswer("PutObject", response) }
            return Receipt(etag: etag, versionId: Self.version(response))
        } catch let error as AWSError where condition != nil && Self.isUnmet(error) {
            return nil
        }
    }

    /// A page of the keys that begin like this, or of the folders that they are in.
    func list(
        _ place: S3Location,
        prefix: String,
        after start: String?,
        byFolder: Bool,
        _ token: String?
    ) async throws -> HTTPResponse {
        var call = call("ListObjectsV2", "GET", place)
        call.path = call.hostPrefix.isEmpty ? "/\(place.bucket)" : "/"
        call.query = [("list-type", "2"), ("prefix", prefix)]
        if let start { call.query.append(("start-after", start)) }
        if byFolder { call.query.append(("delimiter", "/")) }
        if let token { call.query.append(("continuation-token", token)) }
        return try await send(call, place)
    }

    /// S3 takes no object that is to be locked without a checksum of what it holds
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>).
    private static func lock(_ call: inout AWSCall, _ retention: S3Retention) {
        call.headers["x-amz-object-lock-mode"] = retention.mode.rawValue.uppercased()
        call.headers["x-amz-object-lock-retain-until-date"] = "\(retention.until)"
        call.headers["x-amz-sdk-checksum-algorithm"] = "SHA256"
        call.headers["x-amz-checksum-sha256"] = Data(SHA256.digest(call.body)).base64EncodedString()
    }

    /// That what is there is another, is just being written, or is gone
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>).
    private static func isUnmet(_ error: AWSError) -> Bool {
        ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"].contains(error.response?.errorCode)
    }

    private func call(_ operation: String, _ method: String, _ location: S3Location) -> AWSCall {
        let isByHost = !client.endpoint.isOverride && location.fitsIntoHostName
        return AWSCall(
            operation,
            method: method,
            hostPrefix: isByHost ? "\(location.bucket)." : "",
            path: isByHost ? location.keyPath : location.path
        )
    }

    /// Without versions, S3 says `null` or nothing.
    private static func version(_ response: HTTPResponse) -> String? {
        response.headers["x-amz-version-id"].flatMap { $0 == "null" ? nil : $0 }
    }

    private func send(
        _ call: AWSCall,
        _ location: S3Location,
        versionId: String? = nil
    ) async throws -> HTTPResponse {
        do {
            return try await client.send(call)
        } catch let error as AWSError {
            let isLocking = call.headers["x-amz-object-lock-mode"] != nil
            throw explained(error, call.operation, location, versionId: versionId, isLocking: isLocking)
        }
    }

    private func explained(
        _ error: AWSError,
        _ operation: String,
        _ location: S3Location,
        versionId: String?,
        isLocking: Bool
    ) -> AWSError {
        let bucket = location.bucket
        if let region = error.response?.bucketRegion, region != client.region {
            return error.about(
                "bucket \(bucket) is in \(region), and was asked for in \(client.region): give its Region"
            )
        }
        switch error.response?.errorCode {
        case "NoSuchBucket": return error.about("there is no bucket \(bucket): make it, or give another")
        case "InvalidRequest" where error.message.contains("Bucket is missing Object"):
            return error.about(
                "bucket \(bucket) was made without object lock: give one that has it, or leave objectLock out"
            )
        case "NoSuchVersion": return error.about("\(location) has no version \(versionId ?? "")")
        case "KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.NotFoundException":
            return error.about("the key that bucket \(bucket) is encrypted with cannot be used")
        default: break
        }
        return AccessAdvice(s3: operation, location, versionId: versionId, isLocking: isLocking, region: client.region)
            .apply(to: error)
    }
}
