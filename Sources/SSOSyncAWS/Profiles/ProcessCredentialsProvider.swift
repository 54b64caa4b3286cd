// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncConcurrency

/// Runs a program that prints credentials: a profile's `credential_process`.
///
/// See <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>. The command is a shell's, as AWS's
/// tools have it, and comes from the user's own file. What the program says on standard error goes to ours.
struct ProcessCredentialsProvider: CredentialsProvider, CustomStringConvertible, CustomReflectable {
    private struct Version: Decodable {
        let Version: Int
    }

    private struct Answer: Decodable {
        let AccessKeyId: String
        let SecretAccessKey: String
        let SessionToken: String?
        let Expiration: String?
    }

    private let command: String
    private let timeout: Duration

    init(command: String, timeout: Duration = .seconds(60)) {
        self.command = command
        self.timeout = timeout
    }

    func credentials() async throws -> Credentials {
        let process = try ShellProcess(command)
        let executor = QueueExecutor(label: "sso-sync.credential-process")
        let deadline = ContinuousClock.now + timeout
        let outcome = try await withTaskCancellationHandler {
            try await executor.run { Result { try process.output(until: deadline) } }
        } onCancel: {
            process.end()
        }
        // Before the outcome: a program that was ended for it fails.
        try Task.checkCancellation()
        let (output, status) = try outcome.get()
        guard status == 0 else { throw failed("ended with the status \(status)") }
        return try Self.credentials(output, orThrow: failed)
    }

    var description: String { "ProcessCredentialsProvider(<redacted>)" }
    var customMirror: Mirror { Mirror(self, children: []) }

    private static func credentials(
        _ output: [UInt8],
        orThrow failed: (String) -> AWSError
    ) throws(AWSError) -> Credentials {
        let data = Data(output)
        guard let version = try? JSONDecoder().decode(Version.self, from: data).Version else {
            throw failed("printed something else than JSON with a Version")
        }
        guard version == 1, let answer = try? JSONDecoder().decode(Answer.self, from: data) else {
            throw failed("printed no credentials of version 1")
        }
        let end = answer.Expiration.flatMap { try? Date($0, strategy: .iso8601) }
        guard answer.Expiration == nil || end != nil else { throw failed("printed a date that cannot be read") }
        guard end ?? .distantFuture > Date() else { throw failed("printed credentials that have expired") }
        return Credentials(
            accessKeyId: answer.AccessKeyId,
            secretAccessKey: answer.SecretAccessKey,
            sessionToken: answer.SessionToken,
            expiration: end
        )
    }

    /// Without the command: people put passwords into those.
    private func failed(_ reason: String) -> AWSError {
        AWSError(.credentialsUnavailable, "credential_process \(reason)")
    }
}
