// SPDX-License-Identifier: Apache-2.0

import CLibPQ
internal import SSOSyncCore
import SSOSyncSQL

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where to connect and as whom.
///
/// The connection is always over TLS, with chain and host name verified.
package struct PostgresConnectionOptions: Sendable, Hashable {
    /// The server's name, as its certificate carries it.
    ///
    /// No socket path: those know no TLS.
    package var host: String
    /// The TCP port.
    package var port: Int
    /// The database.
    package var database: String
    /// The login role.
    package var user: String
    /// The file with the certificates of the accepted authorities, in PEM.
    ///
    /// By default the system's bundle file; `"system"` means OpenSSL's own default, which needs libpq 16.
    package var caFile: String?
    /// What the server's session list shows.
    package var applicationName: String
    /// The limit for each address of the host, in seconds.
    package var connectTimeout: Int
    /// The server's limit for one statement, in milliseconds.
    ///
    /// 0 means none.
    package var statementTimeout: Int
    /// The server's limit for waiting for one lock, in milliseconds.
    ///
    /// 0 means none.
    package var lockTimeout: Int
    /// After so long without a statement the server ends the session, in milliseconds, 1 to 60,000: so a frozen
    /// process lets its locks go.
    package var idleSessionTimeout: Int
    /// More settings for the session, by name; they win over the ones that are set here.
    package var settings: [String: String]

    /// Makes options.
    /// - Parameters:
    ///   - host: the server's name.
    ///   - port: the TCP port.
    ///   - database: the database.
    ///   - user: the login role.
    ///   - caFile: the file with the accepted authorities; see the property.
    ///   - applicationName: what the server's session list shows.
    ///   - connectTimeout: for each address, in seconds.
    ///   - statementTimeout: in milliseconds; 0 means none.
    ///   - lockTimeout: in milliseconds; 0 means none.
    ///   - idleSessionTimeout: in milliseconds, at most 60,000.
    ///   - settings: more settings for the session.
    package init(
        host: String,
        port: Int = 5_432,
        database: String = "postgres",
        user: String,
        caFile: String? = nil,
        applicationName: String = "sso-sync",
        connectTimeout: Int = 10,
        statementTimeout: Int = 60_000,
        lockTimeout: Int = 10_000,
        idleSessionTimeout: Int = 60_000,
        settings: [String: String] = [:]
    ) {
        self.host = host
        self.port = port
        self.database = database
        self.user = user
        self.caFile = caFile
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleSessionTimeout = idleSessionTimeout
        self.settings = settings
    }

    /// `host:port`, for messages.
    var endpoint: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

// MARK: Checking

extension PostgresConnectionOptions {
    /// libpq understands `sslrootcert=system` from this version on.
    /// https://www.postgresql.org/docs/16/libpq-connect.html#LIBPQ-CONNECT-SSLROOTCERT
    private static let versionWithSystemAuthorities: Int32 = 160_000

    /// Refuses what libpq or the server would understand otherwise than it is meant.
    /// - Throws: `PostgresError` of code `.invalidOptions`.
    func validate() throws {
        try checkHost()
        try require((1...65_535).contains(port), "The port \(port) is not between 1 and 65535.")
        // The server cuts longer names in the startup packet off without a word.
        try checkName(user, "user")
        try checkName(database, "database")
        try checkName(applicationName, "application name")
        try require(connectTimeout > 0, "The connect timeout must be at least one second.")
        try require((1...60_000).contains(idleSessionTimeout), "The idle timeout must be 1 to 60000 milliseconds.")
        try require(statementTimeout >= 0 && lockTimeout >= 0, "A timeout cannot be negative.")
        for (name, value) in settings { try checkSetting(name, value) }
    }

    /// The value for libpq's `sslrootcert`.
    /// - Throws: `PostgresError` of code `.invalidOptions` if there is no such file or it cannot be read.
    func certificateAuthorities() throws -> String {
        guard let caFile else {
            guard let bundle = SystemAuthorities.bundles.first(where: Self.isReadable) else {
                throw invalid(
                    "There is no system CA bundle (\(SystemAuthorities.bundles.joined(separator: ", "))). "
                        + SystemAuthorities.remedy
                )
            }
            return bundle
        }
        if caFile == "system" {
            try require(
                PQlibVersion() >= Self.versionWithSystemAuthorities,
                "CA \"system\" needs libpq 16; this one is \(PQlibVersion() / 10_000). " + SystemAuthorities.remedy
            )
            return caFile
        }
        try require(!caFile.isEmpty && !caFile.utf8.contains(0), "The path of the CA file is empty or broken.")
        try require(
            Self.isReadable(caFile),
            "The CA file \(caFile) does not exist or cannot be read. " + SystemAuthorities.remedy
        )
        return caFile
    }

    private func checkHost() throws {
        try require(!host.isEmpty, "The host is empty.")
        let isPath = host.hasPrefix("/") || host.hasPrefix("@")
        try require(!isPath, "The host \(host) is a socket path; only TCP with TLS is used.")
        let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ",") }
        try require(isPlain, "The host \"\(host)\" has a blank, a comma or a control character in it.")
    }

    private func checkName(_ name: String, _ what: String) throws {
        let isUsable = !name.isEmpty && !name.utf8.contains(0)
        try require(isUsable, "The \(what) is empty or has a NUL byte in it.")
        try require(
            name.utf8.count <= SQLRenderer.NameRules.postgres.limit,
            "The \(what) \"\(name)\" is longer than \(SQLRenderer.NameRules.postgres.limit) bytes."
        )
    }

    private func checkSetting(_ name: String, _ value: String) throws {
        let isName = !name.isEmpty && name.utf8.allSatisfy(Self.isSettingCharacter)
        try require(isName, "\"\(name)\" is no name of a setting.")
        try require(!value.utf8.contains(0), "The value of the setting \(name) has a NUL byte in it.")
    }

    private func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        guard condition else { throw invalid(message()) }
    }

    private func invalid(_ message: String) -> PostgresError {
        PostgresError(.invalidOptions, message)
    }

    private static func isSettingCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }

    private static func isReadable(_ path: String) -> Bool {
        unsafe access(path, R_OK) == 0
    }
}
