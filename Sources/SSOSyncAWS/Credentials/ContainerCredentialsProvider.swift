// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Takes credentials from the endpoint that a container is told of: on ECS, with EKS Pod Identity, and on Lambda with
/// snapshot start.
///
/// The variables are `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI`, and
/// `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or `AWS_CONTAINER_AUTHORIZATION_TOKEN`
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>). The file is read for every
/// request, because it is written anew from time to time. Wrap it in ``CachingCredentialsProvider``.
public struct ContainerCredentialsProvider: CredentialsProvider, CustomStringConvertible, CustomReflectable {
    private let address: Result<HTTPAddress, AWSError>
    private let tokenFile: String?
    private let token: String?
    private let endpoint: LocalEndpoint

    private static let name = "the container's endpoint for credentials"
    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    /// Where ECS and EKS serve credentials in clear; nowhere else is a token sent so.
    private static let trusted = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]

    /// Reads the variables, once.
    ///
    /// - Parameters:
    ///   - environment: The variables by name.
    ///   - transport: What sends requests.
    public init(environment: [String: String], transport: any HTTPTransport) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        address = Result { () throws(AWSError) in
            try Self.address(relative: value(Self.relative), full: value(Self.full))
        }
        tokenFile = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        token = value("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        endpoint = LocalEndpoint(transport: transport, name: Self.name)
    }

    /// New credentials.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/credentialsMissing`` if there is no such endpoint.
    public func credentials() async throws -> Credentials {
        let address = try address.get()
        var request = HTTPRequest("GET", address.origin, path: address.path.isEmpty ? "/" : address.path)
        request.query = address.query
        request.isLocal = true
        request.headers["Accept"] = "application/json"
        request.headers["Authorization"] = try authorization()
        return try CredentialsDocument.credentials(try await endpoint.body(request), from: Self.name)
    }

    /// Never a value.
    public var description: String { "ContainerCredentialsProvider(<redacted>)" }

    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }

    private func authorization() throws(AWSError) -> String? {
        let text: String
        if let tokenFile {
            guard let bytes = FileManager.default.contents(atPath: tokenFile) else {
                throw AWSError(.credentialsUnavailable, "\(tokenFile), with the token for \(Self.name), cannot be read")
            }
            text = String(decoding: bytes, as: UTF8.self)
        } else if let token {
            text = token
        } else {
            return nil
        }
        let value = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw AWSError(.credentialsUnavailable, "the token for \(Self.name) has a line break in it")
        }
        return value
    }

    private static func address(relative: String?, full: String?) throws(AWSError) -> HTTPAddress {
        if let relative {
            guard relative.hasPrefix("/") else {
                throw AWSError(.invalidArgument, "\(Self.relative) has to be a path from a slash on")
            }
            return try HTTPAddress("http://\(trusted[0])\(relative)", named: Self.relative)
        }
        guard let full else {
            throw AWSError(.credentialsMissing, "neither \(Self.relative) nor \(Self.full) is set")
        }
        let address = try HTTPAddress(full, named: Self.full)
        let origin = address.origin
        guard origin.scheme == .https || origin.isLoopback || trusted.contains(origin.host) else {
            throw AWSError(
                .invalidArgument,
                "\(Self.full) names \(origin.host), which is asked for credentials over https only"
            )
        }
        return address
    }
}
