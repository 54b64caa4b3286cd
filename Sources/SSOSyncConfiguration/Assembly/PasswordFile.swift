// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// A password that a file holds.
///
/// It is read anew for every login, so that it may be changed meanwhile.
public struct PasswordFile: LoginSecretProvider {
    private let path: String
    private let what: String

    /// A password in a file.
    public init(path: String) { self.init(path: path, of: "password") }

    /// Another secret in a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - what: What it holds, for errors.
    init(path: String, of what: String) { (self.path, self.what) = (path, what) }

    /// The file's text, without the line break at its end.
    ///
    /// - Throws: ``SyncError`` if the file cannot be read or holds no password.
    public func secret(host: String, port: Int, user: String) async throws -> Secret {
        try read().get()
    }

    /// Why there is no password; nil if there is one.
    public var problem: String? {
        switch read() {
        case .success: nil
        case .failure(let error): error.message
        }
    }

    /// What the file holds now.
    func read() -> Result<Secret, SyncError> {
        let file = Printable.escaped(path)
        let bytes: [UInt8]
        do {
            bytes = try FileReader.bytes(of: path, limit: Self.limit)
        } catch {
            return .failure(SyncError(.authentication, "the \(what) file \(file) \(error.message)"))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(SyncError(.authentication, "the \(what) file \(file) is not UTF-8 text"))
        }
        let password = text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
        if let problem = PasswordCheck.problem(password) {
            return .failure(SyncError(.authentication, "the \(what) file \(file) \(problem)"))
        }
        return .success(Secret(password))
    }

    private static let limit = 4_096
}

extension PasswordFile {
    /// The password as it is now, for a file that can be read but once: a pipe, say.
    ///
    /// - Throws: ``SyncError`` if the file cannot be read or holds no password.
    public func readOnce() throws(SyncError) -> any LoginSecretProvider { KnownPassword(password: try read().get()) }
}

private struct KnownPassword: LoginSecretProvider {
    let password: Secret

    func secret(host: String, port: Int, user: String) async throws -> Secret { password }
}

/// A password that an environment variable holds.
public struct PasswordVariable: LoginSecretProvider {
    private let name: String
    private let password: Secret
    /// Whether this is a function, for which the templates set no variables but the program's own.
    private let isInFunction: Bool

    /// A password in an environment variable.
    ///
    /// - Parameters:
    ///   - name: The variable.
    ///   - environment: The process's environment variables.
    public init(name: String, environment: [String: String]) {
        self.name = name
        password = Secret(environment[name] ?? "")
        isInFunction = environment["AWS_LAMBDA_FUNCTION_NAME"] != nil
    }

    /// The variable's value.
    ///
    /// - Throws: ``SyncError`` if the variable is not set or holds no password.
    public func secret(host: String, port: Int, user: String) async throws -> Secret { try read().get() }

    /// The variable's value.
    func read() -> Result<Secret, SyncError> {
        problem.map { .failure(SyncError(.authentication, $0)) } ?? .success(password)
    }

    /// Why there is no password; nil if there is one.
    public var problem: String? {
        guard !password.exposed.isEmpty else {
            let remedy = isInFunction ? ", and the templates set none of yours: give a file, which is in the zip" : ""
            return "the environment variable \(name) is not set\(remedy)"
        }
        return PasswordCheck.problem(password.exposed).map { "the environment variable \(name) \($0)" }
    }
}

/// What cannot be a password.
private enum PasswordCheck {
    /// Half a sentence; nil if it can be one.
    ///
    /// Never shows a part of it.
    static func problem(_ password: String) -> String? {
        if password.isEmpty { return "is empty" }
        if password.utf8.contains(where: { $0 == 0x0A || $0 == 0 }) { return "holds more than one line" }
        return nil
    }
}
