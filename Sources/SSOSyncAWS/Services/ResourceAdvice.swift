// SPDX-License-Identifier: Apache-2.0

/// Says of a call on one thing (a topic, a bus, a queue) that it is not there, or what to allow on it.
struct ResourceAdvice {
    /// What kind of thing it is.
    let kind: String
    /// Its ARN or address.
    let name: String
    /// The service's names for the error that it is not there.
    let missingCodes: Set<String>
    /// What to allow.
    let access: AccessAdvice

    /// Makes a call; its error says what to do.
    func about<Output>(_ call: () async throws -> Output) async throws -> Output {
        do {
            return try await call()
        } catch let error as AWSError {
            throw apply(to: error)
        }
    }

    /// The error, with what mends it before its message.
    func apply(to error: AWSError) -> AWSError {
        let code = error.response?.errorCode ?? ""
        if missingCodes.contains(code) {
            return error.about("there is no \(kind) \(name): check its name, its account and its Region")
        }
        // SNS says KMSAccessDenied, SQS KmsAccessDenied or, by its old name, KMS.AccessDeniedException.
        let spelling = code.lowercased().replacing(".", with: "")
        guard spelling.hasPrefix("kmsaccessdenied") else { return access.apply(to: error) }
        return error.about(
            "the \(kind) \(name) is encrypted with a key that the caller may not use: allow kms:GenerateDataKey and "
                + "kms:Decrypt on it"
        )
    }
}
