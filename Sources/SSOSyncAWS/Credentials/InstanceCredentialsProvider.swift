// SPDX-License-Identifier: Apache-2.0

/// Takes the credentials of an EC2 instance's role from the metadata service, version 2.
///
/// Version 1 is not asked: it answers to anybody who can make the machine send a request. `AWS_EC2_METADATA_DISABLED`,
/// `AWS_EC2_METADATA_SERVICE_ENDPOINT` and `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE` count
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>). Wrap it in
/// ``CachingCredentialsProvider``.
public struct InstanceCredentialsProvider: CredentialsProvider {
    private let address: Result<HTTPAddress, AWSError>
    private let endpoint: LocalEndpoint

    private static let name = "the metadata service of the instance"
    private static let roles = "/latest/meta-data/iam/security-credentials/"
    private static let variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
    private static let hosts = ["169.254.169.254", "[fd00:ec2::254]"]

    /// Reads the variables, once.
    ///
    /// - Parameters:
    ///   - environment: The variables by name.
    ///   - transport: What sends requests.
    public init(environment: [String: String], transport: any HTTPTransport) {
        address = Result { () throws(AWSError) in try Self.address(environment) }
        endpoint = LocalEndpoint(transport: transport, name: Self.name)
    }

    /// New credentials.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/credentialsMissing`` if this is no instance, or one without a
    ///   role.
    public func credentials() async throws -> Credentials {
        let address = try address.get()
        let token = try await token(address)
        let list = try await answer(address, Self.roles, token)
        guard list.status != 404, let role = Self.firstLine(list.body) else {
            throw AWSError(.credentialsMissing, "the instance has no role")
        }
        let answer = try await answer(address, Self.roles + PercentEncoding.encode(role), token)
        guard answer.isSuccess else { throw refused(answer) }
        return try CredentialsDocument.credentials(answer.body, from: Self.name)
    }

    private func token(_ address: HTTPAddress) async throws -> String {
        var request = HTTPRequest("PUT", address.origin, path: address.path + "/latest/api/token")
        request.isLocal = true
        request.headers["X-aws-ec2-metadata-token-ttl-seconds"] = "21600"
        do {
            let response = try await endpoint.send(request)
            guard response.isSuccess, let token = Self.firstLine(response.body) else { throw refused(response) }
            return token
        } catch let error as AWSError where [.connectFailed, .timedOut, .hostNotFound].contains(error.code) {
            throw AWSError(.credentialsMissing, "this is no instance: \(error.message)", underlying: error)
        }
    }

    private func answer(_ address: HTTPAddress, _ path: String, _ token: String) async throws -> HTTPResponse {
        var request = HTTPRequest("GET", address.origin, path: address.path + path)
        request.isLocal = true
        request.headers["X-aws-ec2-metadata-token"] = token
        let response = try await endpoint.send(request)
        guard response.isSuccess || response.status == 404 else { throw refused(response) }
        return response
    }

    private func refused(_ response: HTTPResponse) -> AWSError {
        AWSError(.credentialsUnavailable, "\(Self.name) answered with the status \(response.status)")
    }

    private static func firstLine(_ body: [UInt8]) -> String? {
        let line = body.prefix { $0 >= 0x20 && $0 < 0x7F }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    private static func address(_ environment: [String: String]) throws(AWSError) -> HTTPAddress {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            throw AWSError(.credentialsMissing, "AWS_EC2_METADATA_DISABLED turns it off")
        }
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        let set = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        let address = try HTTPAddress(set ?? "http://\(hosts[isIPv6 ? 1 : 0])", named: variable)
        guard address.origin.scheme == .https || address.origin.isLoopback || hosts.contains(address.origin.host) else {
            throw AWSError(.invalidArgument, "\(variable) names \(address.origin.host), which is no metadata service")
        }
        return address
    }
}
