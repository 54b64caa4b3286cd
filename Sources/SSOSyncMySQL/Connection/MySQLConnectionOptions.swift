// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import SSOSyncSQL

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where to connect and as whom.
///
/// The connection is always over TCP and TLS, with chain and host name verified.
package struct MySQLConnectionOptions: Sendable, Hashable {
    /// The server's name, as its certificate carries it; an address, if the certificate carries that.
    package var host: String
    /// The TCP port.
    package var port: Int
    /// The login user.
    package var user: String
    /// The file with the certificates of the accepted authorities, in PEM.
    ///
    /// By default the system's bundle file.
    package var caFile: String?
    /// What the server's list of connection attributes shows as `program_name`.
    package var programName: String
    /// The limit for getting ready, from looking the host up to the settings of the session, in seconds.
    package var connectTimeout: Int
    /// The server's limit for one `SELECT`, in milliseconds; MySQL has none for other statements.
    ///
    /// 0 means none.
    package var statementTimeout: Int
    /// The server's limit for waiting for one metadata lock, in seconds, at least 1.
    package var lockWaitTimeout: Int
    /// After so long without a statement the server ends the session, in seconds, 1 to 60: so a frozen process lets its
    /// locks go.
    package var waitTimeout: Int
    /// Where the C library looks for the plugins of logins by password; its own default if nil.
    ///
    /// Logins by token need none.
    var pluginFolder: String?

    /// Makes options.
    /// - Parameters:
    ///   - host: the server's name.
    ///   - port: the TCP port.
    ///   - user: the login user.
    ///   - caFile: the file with the accepted authorities; see the property.
    ///   - programName: what the server shows of this client.
    ///   - connectTimeout: for getting ready, in seconds.
    ///   - statementTimeout: for one `SELECT`, in milliseconds; 0 means none.
    ///   - lockWaitTimeout: in seconds, at least 1.
    ///   - waitTimeout: in seconds, at most 60.
    package init(
        host: String,
        port: Int = 3_306,
        user: String,
        caFile: String? = nil,
        programName: String = "sso-sync",
        connectTimeout: Int = 10,
        statementTimeout: Int = 60_000,
        lockWaitTimeout: Int = 10,
        waitTimeout: Int = 60
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.caFile = caFile
        self.programName = programName
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.lockWaitTimeout = lockWaitTimeout
        self.waitTimeout = waitTimeout
    }

    /// `host:port`, for messages.
    var endpoint: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

// MARK: Looking up

extension MySQLConnectionOptions {
    /// The addresses that the host's name leads to by now, in digits; none if it leads nowhere.
    ///
    /// - Throws: `MySQLError` of code `.timeout` at the deadline; `CancellationError`.
    func addresses(until deadline: ContinuousClock.Instant) async throws -> [String] {
        let late = MySQLError(.timeout, "\(host) could not be looked up before the deadline.")
        return try await withDeadline(deadline, orThrow: late) {
            let waiter = Waiter<HostAddresses>()
            let found = try await waiter.wait {
                // Blocks, for as long as the resolver likes.
                DispatchQueue.global().async { waiter.finish(.success(HostAddresses(of: host))) }
            }
            guard case .found(let addresses) = found else { return [] }
            return addresses
        }
    }
}

// MARK: Checking

extension MySQLConnectionOptions {
    /// Beyond these the C library would take a host for a list of hosts, a connection string or an address with a
    /// scheme.
    private static let refusedInHosts = Set(",;/@ ".utf8)

    /// Longer ones are cut off by the server.
    /// https://dev.mysql.com/doc/refman/8.0/en/user-names.html
    private static let longestUser = 32

    /// The server keeps all attributes of a connection in 512 bytes by default.
    /// https://dev.mysql.com/doc/refman/8.0/en/performance-schema-connection-attribute-tables.html
    private static let longestProgramName = 128

    /// The longest that MySQL takes for `lock_wait_timeout`, in seconds: one year.
    private static let longestLockWait = 31_536_000

    /// Refuses what the C library or the server would understand otherwise than it is meant.
    /// - Throws: `MySQLError` of code `.invalidOptions`.
    func validate() throws {
        try checkHost()
        try require((1...65_535).contains(port), "The port \(port) is not between 1 and 65535.")
        try checkText(user, "user")
        try require(
            user.unicodeScalars.count <= Self.longestUser,
            "The user \"\(user)\" is longer than \(Self.longestUser) characters."
        )
        try checkText(programName, "program name")
        try require(
            programName.utf8.count <= Self.longestProgramName,
            "The program name is longer than \(Self.longestProgramName) bytes."
        )
        // The C library takes 0 for no limit.
        try require((1...3_600).contains(connectTimeout), "The connect timeout must be 1 to 3600 seconds.")
        try require((1...60).contains(waitTimeout), "The wait timeout must be 1 to 60 seconds.")
        try require(
            (0...Int(UInt32.max)).contains(statementTimeout),
            "The statement timeout must be 0 to \(UInt32.max) milliseconds."
        )
        try require(
            (1...Self.longestLockWait).contains(lockWaitTimeout),
            "The lock wait timeout must be 1 to \(Self.longestLockWait) seconds."
        )
    }

    /// The file with the accepted authorities.
    /// - Throws: `MySQLError` of code `.invalidOptions` if there is no such file or it cannot be read.
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
        try require(!caFile.isEmpty && !caFile.utf8.contains(0), "The path of the CA file is empty or broken.")
        try require(
            Self.isReadable(caFile),
            "The CA file \(caFile) does not exist or cannot be read. " + SystemAuthorities.remedy
        )
        return caFile
    }

    private func checkHost() throws {
        try require(!host.isEmpty, "The host is empty.")
        try require(!host.hasPrefix("/"), "The host \(host) is a socket path; only TCP with TLS is used.")
        let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !Self.refusedInHosts.contains($0) }
        try require(isPlain, "The host \"\(host)\" has a character in it that no name or address of a host has.")
    }

    private func checkText(_ text: String, _ what: String) throws {
        let isUsable = !text.isEmpty && !text.utf8.contains(0)
        try require(isUsable, "The \(what) is empty or has a NUL byte in it.")
    }

    private func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        guard condition else { throw invalid(message()) }
    }

    private func invalid(_ message: String) -> MySQLError {
        MySQLError(.invalidOptions, message)
    }

    private static func isReadable(_ path: String) -> Bool {
        unsafe access(path, R_OK) == 0
    }
}
