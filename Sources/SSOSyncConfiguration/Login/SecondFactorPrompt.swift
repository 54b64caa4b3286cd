// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Asks a person for the code that the device of a profile's `mfa_serial` shows.
struct SecondFactorPrompt: Sendable {
    /// Shows a question to whoever sits at the terminal, and waits for a line.
    ///
    /// - Returns: The line, or what there was of it before its end; nil if there is no terminal.
    typealias Question = @Sendable (_ question: String) async throws -> String?

    /// How often somebody may mistype before it is given up.
    private static let attempts = 3

    let ask: Question

    /// The code, six digits
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>, `TokenCode`).
    ///
    /// - Parameter serialNumber: The device's serial number or ARN.
    /// - Throws: `AWSError` if there is nobody to ask, or no code after three questions.
    func code(_ serialNumber: String) async throws -> String {
        let device = Printable.escaped(serialNumber)
        var question = "Code of \(device): "
        for _ in 0..<Self.attempts {
            guard let line = try await ask(question) else {
                throw AWSError(
                    .credentialsUnavailable,
                    "mfa_serial asks for the code of \(device), and there is no terminal to ask on: run it at one, or give "
                        + "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of a session that has begun"
                )
            }
            let code = line.filter { !$0.isWhitespace }
            if code.utf8.count == 6, code.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return code }
            question = "A code has six digits. Code of \(device): "
        }
        throw AWSError(.credentialsUnavailable, "mfa_serial asks for the code of \(device), and none was given")
    }
}
