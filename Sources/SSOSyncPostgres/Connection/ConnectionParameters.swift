// SPDX-License-Identifier: Apache-2.0

import CLibPQ
import SSOSyncCore

/// The keywords and values handed to libpq: every one that it knows, so that no file and no `PG*` variable decides.
///
/// libpq takes an empty value for a missing one and then asks the environment (`conninfo_add_defaults` in
/// fe-connect.c), so that "none" has to be said by a value that means none. A keyword that has no such value has its
/// variable hidden instead.
struct ConnectionParameters: Sendable {
    /// One keyword that this libpq knows.
    struct Keyword: Sendable {
        let name: String
        let variable: String?
        let compiledDefault: String
    }

    /// A path that can never exist.
    ///
    /// `stat` says ENOTDIR, which libpq takes for "no client certificate, no CRL" (`initialize_SSL` in
    /// fe-secure-openssl.c, versions 15 to 18).
    private static let nowhere = "/dev/null/none"

    /// Variables that libpq puts into the startup packet, whatever the keywords say: `EnvironmentOptions` in
    /// fe-connect.c.
    static let startupVariables = ["PGDATESTYLE", "PGTZ", "PGGEQO"]

    /// What the linked libpq knows; asked once.
    static let keywords: [Keyword] = readKeywords()

    /// Keyword and value, in libpq's order.
    let pairs: [(keyword: String, value: String)]

    /// Variables that no value can overrule, to be hidden from libpq before it is called.
    let hiddenVariables: [String]

    /// Puts the parameters together.
    /// - Parameters:
    ///   - options: already validated.
    ///   - address: the numeric address to connect to.
    ///   - secret: the password or token; not empty.
    /// - Throws: `PostgresError` of code `.invalidOptions`.
    init(_ options: PostgresConnectionOptions, address: String, secret: Secret) throws {
        let password = secret.exposed
        guard !password.isEmpty, !password.utf8.contains(0) else {
            // An empty one would make libpq look for another in PGPASSWORD.
            throw PostgresError(.invalidOptions, "The password or token is empty or has a NUL byte in it.")
        }
        guard Self.keywords.contains(where: { $0.name == "sslmode" }) else {
            throw PostgresError(.invalidOptions, "libpq names no keywords; it was built without TLS or has no memory.")
        }
        var wanted = try Self.values(options)
        wanted["hostaddr"] = address
        wanted["password"] = password
        var pairs: [(keyword: String, value: String)] = []
        var hidden = Self.startupVariables
        for keyword in Self.keywords {
            let value = wanted[keyword.name] ?? keyword.compiledDefault
            if !value.isEmpty {
                pairs.append((keyword.name, value))
            } else if let variable = keyword.variable {
                hidden.append(variable)
            }
        }
        self.pairs = pairs
        hiddenVariables = hidden
    }

    /// Everything that does not depend on the address and the secret.
    private static func values(_ options: PostgresConnectionOptions) throws -> [String: String] {
        [
            "host": options.host,
            "port": String(options.port),
            "dbname": options.database,
            "user": options.user,
            "passfile": "/dev/null",
            "connect_timeout": String(options.connectTimeout),
            "client_encoding": "UTF8",
            "application_name": options.applicationName,
            "fallback_application_name": options.applicationName,
            "options": startupOptions(options),
            // A frozen or vanished peer is noticed after 20 seconds: 5 idle and 3 probes, 5 apart.
            "keepalives": "1",
            "keepalives_idle": "5",
            "keepalives_interval": "5",
            "keepalives_count": "3",
            "tcp_user_timeout": "20000",
            "sslmode": "verify-full",
            "sslnegotiation": "postgres",
            "sslrootcert": try options.certificateAuthorities(),
            "sslcert": nowhere,
            "sslkey": nowhere,
            "sslcertmode": "disable",
            // Both, because libpq loads them in one call: a directory alone would load and then demand a CRL.
            "sslcrl": nowhere,
            "sslcrldir": nowhere,
            "sslsni": "1",
            "sslcompression": "0",
            "ssl_min_protocol_version": "TLSv1.2",
            "ssl_max_protocol_version": "TLSv1.3",
            // IAM tokens travel as a clear password inside TLS. No Kerberos, no trust, no OAuth.
            "require_auth": "password,md5,scram-sha-256",
            "channel_binding": "prefer",
            "gssencmode": "disable",
            "krbsrvname": "postgres",
            "gssdelegation": "0",
            "requirepeer": "none",
            "target_session_attrs": "any",
            "load_balance_hosts": "disable",
            "min_protocol_version": "3.0",
            "max_protocol_version": "3.0",
        ]
    }

    /// The settings of the session, which go along in the startup packet.
    ///
    /// They win over what `ALTER ROLE … SET` and `ALTER DATABASE … SET` say.
    /// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS
    private static func startupOptions(_ options: PostgresConnectionOptions) -> String {
        var settings = [
            // Nothing in `public`, and no temporary table, stands in for what the catalogue has.
            "search_path": "pg_catalog,pg_temp",
            "statement_timeout": String(options.statementTimeout),
            "lock_timeout": String(options.lockTimeout),
            "idle_session_timeout": String(options.idleSessionTimeout),
            "idle_in_transaction_session_timeout": String(options.idleSessionTimeout),
            // A statement whose client is gone is stopped, and its locks with it.
            "client_connection_check_interval": "2000",
            // By estimates that are far off, each reading would be compiled, for longer than it takes.
            "jit": "off",
            // The notice of a cut-off name has to arrive.
            "client_min_messages": "notice",
            "standard_conforming_strings": "on",
            "datestyle": "ISO",
            "timezone": "UTC",
        ]
        for (name, value) in options.settings { settings[name] = value }
        return settings.sorted { $0.key < $1.key }
            .map { "-c \($0.key)=\(escape($0.value))" }
            .joined(separator: " ")
    }

    /// The server splits at blanks that no backslash precedes (`pg_split_opts`).
    private static func escape(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            if scalar == "\\" || scalar.properties.isWhitespace { result.append("\\") }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    private static func readKeywords() -> [Keyword] {
        guard let first = unsafe PQconndefaults() else { return [] }
        defer { unsafe PQconninfoFree(first) }
        var result: [Keyword] = []
        var entry = unsafe first
        while let name = unsafe entry.pointee.keyword {
            let variable = unsafe entry.pointee.envvar.map { unsafe String(cString: $0) }
            let compiled = unsafe entry.pointee.compiled.map { unsafe String(cString: $0) }
            unsafe result.append(
                Keyword(name: String(cString: name), variable: variable, compiledDefault: compiled ?? "")
            )
            unsafe entry += 1
        }
        return result
    }
}
