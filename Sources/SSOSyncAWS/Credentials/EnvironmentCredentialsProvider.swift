// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// Takes credentials from the environment variables that AWS tools share, and that Lambda sets.
///
/// They are `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary credentials, `AWS_SESSION_TOKEN`
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>). An empty variable counts as missing.
public struct EnvironmentCredentialsProvider: CredentialsProvider, CustomStringConvertible {
    private let result: Result<Credentials, AWSError>

    /// Reads the variables, once: the environment of a process stays as it is.
    ///
    /// - Parameter environment: The variables by name; by default those of this process.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        // Only the outcome is kept. The rest of an environment is nobody's business and often secret, too.
        result = Result { () throws(AWSError) in try Self.read(environment) }
    }

    /// The credentials that the environment holds.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/credentialsMissing``, naming the variables to set.
    public func credentials() async throws -> Credentials { try result.get() }

    /// Never a value.
    public var description: String { "EnvironmentCredentialsProvider(<redacted>)" }

    private static func read(_ environment: [String: String]) throws(AWSError) -> Credentials {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }

        let accessKeyId = value("AWS_ACCESS_KEY_ID")
        let secretAccessKey = value("AWS_SECRET_ACCESS_KEY")
        guard let accessKeyId, let secretAccessKey else {
            throw missing(accessKeyId: accessKeyId == nil, secretAccessKey: secretAccessKey == nil)
        }
        return Credentials(
            accessKeyId: accessKeyId,
            secretAccessKey: secretAccessKey,
            sessionToken: value("AWS_SESSION_TOKEN")
        )
    }

    private static func missing(accessKeyId: Bool, secretAccessKey: Bool) -> AWSError {
        var names: [String] = []
        if accessKeyId { names.append("AWS_ACCESS_KEY_ID") }
        if secretAccessKey { names.append("AWS_SECRET_ACCESS_KEY") }
        let list = names.joined(separator: " and ")
        return AWSError(.credentialsMissing, "no credentials in the environment: set \(list)")
    }
}
