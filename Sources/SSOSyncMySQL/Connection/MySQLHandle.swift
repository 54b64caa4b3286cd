// SPDX-License-Identifier: Apache-2.0

import CEnvironment
import CLibMySQL
import CMySQLPlugins
import SSOSyncSQL

/// The owner of one `MYSQL`.
///
/// The pointer never leaves this file.
///
/// Not for two threads at once: https://dev.mysql.com/doc/c-api/8.0/en/c-api-threaded-clients.html
@safe struct MySQLHandle: ~Copyable {
    /// What follows after a result.
    enum Progress {
        case result
        case end
        case failure
    }

    /// Variables that the C libraries read, whatever a program says: plugins to load, where from, and defaults.
    ///
    /// `mysql_client_plugin_init`, `mysql_load_plugin_v` and `mysql_once_init` in Connector/C; client_plugin.cc and
    /// client.cc in Oracle's library.
    private static let variables = [
        "LIBMYSQL_PLUGINS", "LIBMYSQL_PLUGIN_DIR", "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN", "MARIADB_PLUGIN_DIR",
        "MARIADB_TLS_DISABLE_PEER_VERIFICATION", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MARIADB_UNIX_PORT", "MYSQL_PWD",
        "MYSQL_HOST",
    ]

    /// Whether the library could be made ready; tried once.
    private static let isLibraryStarted: Bool = {
        for name in variables { unsafe ssosync_hide_environment(name) }
        return ssosync_mysql_start_library()
    }()

    /// The ways of logging in that a server may ask for: by token or password inside TLS, and by proof of a password.
    private static let allowedPlugins =
        "\(SSOSYNC_MYSQL_OPENING_PLUGIN),mysql_clear_password,caching_sha2_password,mysql_native_password"

    private var connection: UnsafeMutablePointer<MYSQL>?

    private var scrubber: SecretScrubber

    /// Makes a connection that leads nowhere yet.
    /// - Parameters:
    ///   - options: already validated.
    ///   - caFile: the file with the accepted authorities.
    ///   - scrubber: knows the secret.
    /// - Throws: `MySQLError` of code `.connectionFailed` if the library cannot do it.
    init(_ options: MySQLConnectionOptions, caFile: String, scrubber: SecretScrubber) throws {
        self.scrubber = scrubber
        guard Self.isLibraryStarted else {
            throw MySQLError(
                .connectionFailed,
                "The C library for MySQL cannot be made ready: it has no memory, or something else in this process has "
                    + "put a plugin mysql_clear_password of its own into it."
            )
        }
        unsafe connection = unsafe mysql_init(nil)
        guard setOptions(options, caFile) else {
            throw MySQLError(.connectionFailed, "The C library for MySQL does not take an option: \(report.message)")
        }
    }

    deinit {
        unsafe mysql_close(connection)
    }

    private func setOptions(_ options: MySQLConnectionOptions, _ caFile: String) -> Bool {
        guard let connection = unsafe connection else { return false }
        let limit = UInt32(options.connectTimeout)
        let isSet =
            unsafe ssosync_mysql_demand_tls(connection, caFile)
            && ssosync_mysql_set_behaviour(connection)
            && ssosync_mysql_restrict_plugins(connection, Self.allowedPlugins)
            && ssosync_mysql_set_text(connection, MYSQL_DEFAULT_AUTH, SSOSYNC_MYSQL_OPENING_PLUGIN)
            && ssosync_mysql_set_number(connection, MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP.rawValue)
            && ssosync_mysql_set_number(connection, MYSQL_OPT_CONNECT_TIMEOUT, limit)
            && ssosync_mysql_set_text(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4")
            && ssosync_mysql_add_attribute(connection, "program_name", options.programName)
        guard isSet, let folder = options.pluginFolder else { return isSet }
        return unsafe ssosync_mysql_set_text(connection, MYSQL_PLUGIN_DIR, folder)
    }

    // MARK: Connecting

    /// Connects and logs in.
    ///
    /// Blocks until the library's own limit at the latest.
    /// - Parameter secret: the password or token; not empty.
    /// - Returns: whether it could be done.
    mutating func connect(_ options: MySQLConnectionOptions, secret: String) -> Bool {
        guard let connection = unsafe connection else { return false }
        let port = UInt32(options.port)
        return unsafe ssosync_mysql_connect(connection, options.host, port, options.user, secret)
    }

    /// Logs in anew on the same connection, where TLS stands and the server's certificate has been verified.
    ///
    /// - Parameters:
    ///   - secret: the password or token; not empty.
    ///   - scrubber: knows the secret.
    /// - Returns: whether it could be done; if not, the server ends the connection.
    mutating func logInAnew(_ options: MySQLConnectionOptions, secret: String, scrubber: SecretScrubber) -> Bool {
        guard let connection = unsafe connection else { return false }
        self.scrubber = scrubber
        return unsafe ssosync_mysql_log_in_anew(connection, options.user, secret, options.programName)
    }

    /// Ends the connection; politely, if it stands.
    mutating func close() {
        unsafe mysql_close(connection)
        unsafe connection = nil
    }

    // MARK: Facts

    /// Whether it was closed here.
    var isClosed: Bool { unsafe connection == nil }

    /// The socket, or -1.
    var socket: Int32 {
        guard let connection = unsafe connection else { return -1 }
        return unsafe ssosync_mysql_socket(connection)
    }

    /// The connection's number as the greeting has it; 0 if there is no connection.
    ///
    /// The greeting has 32 bits of it (<https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html>).
    var greetedId: UInt32 {
        guard let connection = unsafe connection else { return 0 }
        return unsafe UInt32(truncatingIfNeeded: mysql_thread_id(connection))
    }

    /// The version that the greeting names, which anybody may have written: for messages only.
    var greetedVersion: String {
        guard let connection = unsafe connection, let version = unsafe mysql_get_server_info(connection) else {
            return ""
        }
        return unsafe String(cString: version)
    }

    /// Whether TLS is in use.
    var isTLS: Bool {
        guard let connection = unsafe connection else { return false }
        return unsafe mysql_get_ssl_cipher(connection) != nil
    }

    /// The last error.
    var report: MySQLReport {
        guard let connection = unsafe connection else {
            return MySQLReport(number: 2_000, sqlState: "HY000", message: "the connection is closed")
        }
        return unsafe MySQLReport(
            number: Int(mysql_errno(connection)),
            sqlState: String(cString: mysql_sqlstate(connection)),
            message: scrubber.scrub(String(cString: mysql_error(connection)))
        )
    }

    // MARK: Statements

    /// Sends statements in one packet, and waits for the first one's answer.
    /// - Returns: whether the first one succeeded.
    mutating func send(_ statements: [UInt8]) -> Bool {
        guard let connection = unsafe connection else { return false }
        return unsafe statements.withUnsafeBytes { bytes in
            let text = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            return unsafe mysql_real_query(connection, text, UInt(bytes.count)) == 0
        }
    }

    /// Reads the result of a statement that succeeded.
    /// - Returns: nil if it failed half-way.
    mutating func readResult() -> MySQLResult? {
        guard let connection = unsafe connection else { return nil }
        guard let result = unsafe mysql_use_result(connection) else {
            guard unsafe mysql_field_count(connection) == 0 else { return nil }
            let affected = unsafe Int(truncatingIfNeeded: mysql_affected_rows(connection))
            return MySQLResult(ResultRows(columns: [], count: 0, bytes: [], starts: [0]), affectedRows: affected)
        }
        let rows = unsafe Self.copyRows(result)
        let isComplete = unsafe mysql_errno(connection) == 0
        unsafe mysql_free_result(result)
        return isComplete ? MySQLResult(rows, affectedRows: rows.count) : nil
    }

    /// Goes on to the next statement's answer.
    mutating func nextResult() -> Progress {
        guard let connection = unsafe connection else { return .failure }
        return switch unsafe mysql_next_result(connection) {
        case 0: .result
        case -1: .end
        default: .failure
        }
    }

    private static func copyRows(_ result: UnsafeMutablePointer<MYSQL_RES>) -> ResultRows {
        let columnCount = unsafe mysql_num_fields(result)
        let columns = (0..<columnCount).map { unsafe String(cString: ssosync_mysql_column_name(result, $0)) }
        var bytes: [UInt8] = []
        var starts: [Int] = []
        var count = 0
        while let row = unsafe mysql_fetch_row(result), let lengths = unsafe mysql_fetch_lengths(result) {
            for column in 0..<Int(columnCount) {
                let cell = unsafe row[column]
                starts.append(bytes.count << 1 | (unsafe cell == nil ? 1 : 0))
                unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: cell, count: Int(lengths[column])))
            }
            count += 1
        }
        starts.append(bytes.count << 1)
        return ResultRows(columns: columns, count: count, bytes: bytes, starts: starts)
    }

    // MARK: Quoting

    /// Appends a value in quotes.
    ///
    /// A literal's are made by the library, which follows the server's `NO_BACKSLASH_ESCAPES`. It makes none for
    /// identifiers: backticks around, those inside doubled.
    /// https://dev.mysql.com/doc/refman/8.0/en/identifiers.html
    /// - Throws: `MySQLError` of code `.connectionLost` on a closed connection, else `.invalidText`.
    func quote(_ value: String, _ quotes: SQLRenderer.Quotes, _ buffer: inout [UInt8]) throws {
        guard quotes == .literal else {
            buffer.append(UInt8(ascii: "`"))
            for byte in value.utf8 {
                if byte == UInt8(ascii: "`") { buffer.append(byte) }
                buffer.append(byte)
            }
            buffer.append(UInt8(ascii: "`"))
            return
        }
        buffer.append(UInt8(ascii: "'"))
        try buffer.append(contentsOf: escape(value))
        buffer.append(UInt8(ascii: "'"))
    }

    private func escape(_ value: String) throws -> [UInt8] {
        guard let connection = unsafe connection else {
            throw MySQLError(.connectionLost, "The connection is closed.", isConnectionLost: true)
        }
        let count = value.utf8.count
        var length = UInt.max
        // Twice as long and a NUL: mysql_real_escape_string needs so much.
        let escaped = unsafe [UInt8](unsafeUninitializedCapacity: count * 2 + 1) { buffer, used in
            unsafe buffer.withMemoryRebound(to: CChar.self) { buffer in
                length = unsafe mysql_real_escape_string(connection, buffer.baseAddress, value, UInt(count))
            }
            used = length <= UInt(count * 2) ? Int(length) : 0
        }
        guard length <= UInt(count * 2) else {
            throw MySQLError(.invalidText, "A value cannot be quoted: \(report.message)")
        }
        return escaped
    }
}

/// What Oracle's library keeps for each thread that uses it; MariaDB's keeps nothing.
///
/// https://dev.mysql.com/doc/c-api/8.0/en/mysql-thread-init.html
enum MySQLThread {
    /// Runs work that calls the library on a thread that comes from a pool.
    static func with<Value>(_ work: () throws -> Value) rethrows -> Value {
        _ = mysql_thread_init()
        defer { mysql_thread_end() }
        return try work()
    }
}
