// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The calls of the Key Management Service that sign
/// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html>).
public struct KMSClient: Sendable {
    /// A key's public half, and what the key is good for.
    public struct PublicKey: Sendable, Hashable {
        /// The key's ARN.
        public let arn: String
        /// Its kind, such as `ECC_NIST_P256`.
        public let spec: String
        /// What it is for: `SIGN_VERIFY`, if it signs.
        public let usage: String
        /// The algorithms that it signs with.
        public let signingAlgorithms: [String]
        /// The public key as DER: X.509's SubjectPublicKeyInfo (RFC 5280, 4.1).
        public let bytes: [UInt8]
    }

    /// What a message to be signed is.
    public enum MessageType: String, Sendable, Hashable {
        /// The message itself, of 4,096 bytes at most.
        case raw = "RAW"
        /// Its digest, by the algorithm's own hash function.
        case digest = "DIGEST"
    }

    private let client: AWSClient

    /// Asks with a client for ``AWSService/kms``, of the Region that the keys are in.
    public init(_ client: AWSClient) { self.client = client }

    /// A key's public half (`GetPublicKey`).
    ///
    /// - Parameter key: The key's id or ARN, or an alias's name (`alias/…`) or ARN.
    public func publicKey(of key: String) async throws -> PublicKey {
        struct Output: Decodable {
            let KeyId: String
            let KeySpec: String
            let KeyUsage: String
            let SigningAlgorithms: [String]?
            let PublicKey: Data
        }
        let output: Output = try await call("GetPublicKey", KeyInput(KeyId: key), key)
        return PublicKey(
            arn: output.KeyId,
            spec: output.KeySpec,
            usage: output.KeyUsage,
            signingAlgorithms: output.SigningAlgorithms ?? [],
            bytes: Array(output.PublicKey)
        )
    }

    /// Signs (`Sign`).
    ///
    /// - Parameters:
    ///   - message: What to sign.
    ///   - type: Whether that is a message or its digest.
    ///   - algorithm: What with, such as `ECDSA_SHA_256`.
    ///   - key: The key's id or ARN, or an alias's name (`alias/…`) or ARN.
    /// - Returns: The signature; as DER for ECDSA (RFC 3279, 2.2.3).
    public func sign(
        _ message: [UInt8],
        _ type: MessageType,
        algorithm: String,
        key: String
    ) async throws -> [UInt8] {
        struct Input: Encodable {
            let KeyId: String
            let Message: Data
            let MessageType: String
            let SigningAlgorithm: String
        }
        struct Output: Decodable { let Signature: Data }
        let input = Input(
            KeyId: key,
            Message: Data(message),
            MessageType: type.rawValue,
            SigningAlgorithm: algorithm
        )
        let output: Output = try await call("Sign", input, key)
        return Array(output.Signature)
    }

    private struct KeyInput: Encodable { let KeyId: String }

    private func call<Output: Decodable>(
        _ operation: String,
        _ input: some Encodable & Sendable,
        _ key: String
    ) async throws -> Output {
        do {
            return try await client.call(operation, input)
        } catch let error as AWSError {
            throw explained(error, operation, key)
        }
    }

    private func explained(_ error: AWSError, _ operation: String, _ key: String) -> AWSError {
        switch error.response?.errorCode {
        case "NotFoundException":
            error.about("there is no KMS key \(key) in \(client.region): make it, or give another, or its Region")
        case "DisabledException": error.about("KMS key \(key) is disabled: enable it")
        case "KMSInvalidStateException":
            error.about("KMS key \(key) cannot be used in the state that it is in; one to be deleted is one of them")
        case "InvalidKeyUsageException", "UnsupportedOperationException":
            error.about("KMS key \(key) does not sign: it has to be asymmetric, for SIGN_VERIFY")
        default: AccessAdvice(kms: operation, key: key, region: client.region).apply(to: error)
        }
    }
}
