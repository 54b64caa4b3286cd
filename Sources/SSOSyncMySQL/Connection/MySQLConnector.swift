// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL

/// Opens connections and makes them ready for use.
///
/// Blocks the thread that it is called on. Until the server has let the client in nothing can interrupt it but the C
/// library's own limit.
struct MySQLConnector {
    /// What a server says about itself and the session, over TLS.
    ///
    /// The greeting has it too, but comes in clear.
    struct Facts: Sendable {
        let serverVersion: String
        let connectionId: UInt64
        let maxAllowedPacket: Int
    }

    let options: MySQLConnectionOptions
    let secret: Secret

    /// Connects, logs in, and sees that it is over TLS.
    /// - Throws: `MySQLError`.
    func connect() throws -> sending MySQLHandle {
        try options.validate()
        let password = try password()
        let caFile = try options.certificateAuthorities()
        var handle = try MySQLHandle(options, caFile: caFile, scrubber: SecretScrubber(secret))
        var isConnected = handle.connect(options, secret: password)
        if !isConnected, handle.report.saysPluginIsThere {
            handle = try MySQLHandle(options, caFile: caFile, scrubber: SecretScrubber(secret))
            isConnected = handle.connect(options, secret: password)
        }
        guard isConnected else { throw MySQLError(connecting: handle.report, options: options) }
        guard handle.isTLS else {
            throw MySQLError(.tlsFailed, "\(options.endpoint) came up without TLS.", isConnectionLost: true)
        }
        return handle
    }

    /// What to log in with, as the C library takes it.
    /// - Throws: `MySQLError` of code `.invalidOptions`.
    func password() throws -> String {
        let password = secret.exposed
        guard !password.isEmpty, !password.utf8.contains(0) else {
            throw MySQLError(.invalidOptions, "The password or token is empty or has a NUL byte in it.")
        }
        return password
    }

    /// Gives the session its settings, and asks what there is to know, in one round trip.
    /// - Throws: `MySQLError`.
    func prepare(_ handle: inout MySQLHandle) throws -> Facts {
        var packet: [UInt8] = []
        var renderer = SQLRenderer(.mysql)
        for text in [settings, "; ", Self.question] {
            try renderer.append(text, to: &packet) { _, _, _ in }
        }
        guard handle.send(packet) else { throw unusable(handle) }
        var last: MySQLResult?
        var progress = MySQLHandle.Progress.result
        while progress == .result {
            last = handle.readResult()
            guard last != nil else { throw unusable(handle) }
            progress = handle.nextResult()
        }
        guard progress == .end, let last else { throw unusable(handle) }
        return try facts(last)
    }

    /// Whatever the server's own defaults are, statements mean the same, and none waits for ever.
    var settings: SQLText {
        """
        SET NAMES utf8mb4 COLLATE utf8mb4_bin, \
        SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', \
        SESSION time_zone = '+00:00', SESSION autocommit = 1, SESSION sql_select_limit = 18446744073709551615, \
        SESSION sql_safe_updates = 0, SESSION wait_timeout = \(options.waitTimeout), \
        SESSION interactive_timeout = \(options.waitTimeout), SESSION lock_wait_timeout = \(options.lockWaitTimeout), \
        SESSION max_execution_time = \(options.statementTimeout), SESSION net_read_timeout = 30, \
        SESSION net_write_timeout = 60
        """
    }

    static let question: SQLText = "SELECT VERSION(), CONNECTION_ID(), @@max_allowed_packet"

    private func facts(_ answer: MySQLResult) throws -> Facts {
        guard answer.rowCount == 1, answer.columnCount == 3, let version = answer.string(0, 0),
            let connectionId = answer.int(0, 1).flatMap({ UInt64(exactly: $0) }),
            let maxAllowedPacket = answer.int(0, 2)
        else {
            throw MySQLError(
                .unsupportedServer,
                "\(options.endpoint) does not say what it is. Check that it is a MySQL server.",
                isConnectionLost: true
            )
        }
        return Facts(serverVersion: version, connectionId: connectionId, maxAllowedPacket: maxAllowedPacket)
    }

    private func unusable(_ handle: borrowing MySQLHandle) -> MySQLError {
        MySQLError(preparing: handle.report, greeted: handle.greetedVersion, options: options)
    }
}

extension MySQLReport {
    /// Whether a login failed because another one has just loaded the plugin that both need.
    ///
    /// Connector/C does not look and load under one lock (`mysql_client_find_plugin` in
    /// <https://github.com/mariadb-corporation/mariadb-connector-c/blob/3.3/libmariadb/ma_client_plugin.c.in>): of the
    /// first logins in a process, several at once, all but one may be told so, under the number of a refused login.
    fileprivate var saysPluginIsThere: Bool { message.hasSuffix("could not be loaded: it is already loaded") }
}
