// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension MySQLError {
    /// The deadline, the limit or a cancellation ended an attempt.
    init(_ interruption: CallWatch.Interruption, connectingTo options: MySQLConnectionOptions) {
        let endpoint = options.endpoint
        switch interruption {
        case .cancelled:
            self.init(.cancelled, "Connecting to \(endpoint) was cancelled.", isConnectionLost: true)
        case .timeout:
            self.init(
                .timeout,
                "\(endpoint) did not answer in time while connecting. Check endpoint and port, and that security "
                    + "groups and routes let this machine through.",
                isConnectionLost: true
            )
        }
    }

    /// An attempt failed.
    /// - Parameters:
    ///   - report: what the server or the C library said.
    ///   - options: what was tried.
    init(connecting report: MySQLReport, options: MySQLConnectionOptions) {
        let report = MySQLReport(unverified: report) ?? report
        switch report.number {
        case 2_005: self.init(unknownHost: report, options)
        case 2_002, 2_003: self.init(unreachable: report, options)
        case 2_026: self.init(insecure: report, options)
        case 2_006, 2_013, 2_055: self.init(interrupted: report, options)
        case 2_007, 2_012, 2_027, 1_043, 1_156: self.init(foreign: report, options)
        case _ where report.message.contains("could not be loaded"), 2_059: self.init(pluginMissing: report, options)
        case 5_010, 1_251, 2_049, 2_061: self.init(otherPlugin: report, options)
        default: self.init(refusal: report, options)
        }
    }

    /// The session could not be given its settings, after the login.
    init(preparing report: MySQLReport, greeted version: String, options: MySQLConnectionOptions) {
        let endpoint = options.endpoint
        switch report.number {
        // ER_UNKNOWN_SYSTEM_VARIABLE, ER_WRONG_VALUE_FOR_VAR, ER_PARSE_ERROR, ER_UNKNOWN_COLLATION
        case 1_193, 1_231, 1_064, 1_273:
            let kind = version.contains("MariaDB") ? "It is MariaDB, which is not supported yet. " : ""
            self.init(
                .unsupportedServer,
                "\(endpoint) does not know a setting that is needed: \(report.message). \(kind)MySQL 8.0 or later, or "
                    + "Aurora MySQL 3, is needed.",
                report: report,
                isConnectionLost: true
            )
        default:
            self.init(
                .connectionFailed,
                "\(endpoint) did not take the settings of the session of \(Self.quoted(options.user)): "
                    + "\(report.message).",
                report: report,
                isConnectionLost: true
            )
        }
    }

    private static func quoted(_ user: String) -> String { "\"\(user)\"" }

    private init(_ code: Code, _ report: MySQLReport, _ message: String) {
        self.init(code, message, report: report, isConnectionLost: true)
    }
}

// MARK: Not reached

extension MySQLError {
    private init(unknownHost report: MySQLReport, _ options: MySQLConnectionOptions) {
        self.init(
            .connectionFailed,
            report,
            "The host \(options.host) is not known here: \(report.message). Check the endpoint's name and the resolver "
                + "of this network."
        )
    }

    private init(unreachable report: MySQLReport, _ options: MySQLConnectionOptions) {
        // The library's message ends with the number of the system's error: "Can't connect to … (111)".
        let number = report.message.split(separator: "(").last.flatMap { Int32($0.prefix { $0 != ")" }) }
        if number == ETIMEDOUT {
            self.init(.timeout, connectingTo: options)
            return
        }
        // Connector/C 3.3 mostly has the number of an attempt under way instead; that took the time, the limit says.
        let reason =
            switch number {
            case EINPROGRESS: "the connection was refused, or no way leads there"
            case let number?: unsafe String(cString: strerror(number))
            case nil: report.message
            }
        self.init(
            .connectionFailed,
            report,
            "Cannot connect to \(options.endpoint): \(reason). Check endpoint and port, that the server runs, and that "
                + "security groups let this machine through."
        )
    }

    private init(interrupted report: MySQLReport, _ options: MySQLConnectionOptions) {
        if report.message.hasSuffix("system error: \(ETIMEDOUT)") {
            self.init(.timeout, connectingTo: options)
            return
        }
        self.init(
            .connectionFailed,
            report,
            "\(options.endpoint) broke the connection off before \(Self.quoted(options.user)) was logged in "
                + "(\(report.message)). Check that this is the database's own endpoint and port, and that the server is "
                + "up."
        )
    }

    private init(foreign report: MySQLReport, _ options: MySQLConnectionOptions) {
        self.init(
            .connectionFailed,
            report,
            "\(options.endpoint) does not speak MySQL's protocol as it is needed (\(report.message)). Check that this is "
                + "the endpoint and port of a MySQL server, 8.0 or later."
        )
    }
}

// MARK: No TLS

extension MySQLError {
    /// Whether a connection broke off, be it after the login had begun: the C library takes that for an error of TLS.
    private static func isInterruption(_ reason: String) -> Bool {
        ["unexpected eof", "reset by peer", "timed out", "broken pipe"].contains { reason.lowercased().contains($0) }
    }

    private init(insecure report: MySQLReport, _ options: MySQLConnectionOptions) {
        let endpoint = options.endpoint
        let reason = report.message
        let unsent = "No password or token was sent."
        if reason.contains("support it") {
            self.init(
                .tlsFailed,
                report,
                "\(endpoint) offers no TLS. \(unsent) Turn TLS on at the server, and check that this is the database's "
                    + "own endpoint and port."
            )
        } else if reason.contains("certificate") && !reason.contains("Validation of SSL server certificate") {
            let file = (try? options.certificateAuthorities()) ?? "the CA file"
            self.init(
                .tlsFailed,
                report,
                "The certificate of \(endpoint) is not signed by an authority in \(file), or is expired (\(reason)). "
                    + "\(unsent) \(SystemAuthorities.remedy)"
            )
        } else if reason.contains("Validation of SSL server certificate") {
            self.init(
                .tlsFailed,
                report,
                "The certificate of \(endpoint) is for another host (\(reason)). \(unsent) Connect with the endpoint's "
                    + "own name, not with an alias or an address."
            )
        } else if Self.isInterruption(reason) {
            self.init(interrupted: report, options)
        } else {
            self.init(
                .tlsFailed,
                report,
                "No TLS connection to \(endpoint): \(reason). Check that this is a MySQL server with TLS 1.2 "
                    + "or 1.3."
            )
        }
    }
}

// MARK: Not let in

extension MySQLError {
    private init(otherPlugin report: MySQLReport, _ options: MySQLConnectionOptions) {
        self.init(
            .authenticationFailed,
            report,
            "\(options.endpoint) asks \(Self.quoted(options.user)) to log in in a way that is not used here. For IAM "
                + "logins the account has to be IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS', for logins by password "
                + "WITH caching_sha2_password."
        )
    }

    private init(pluginMissing report: MySQLReport, _ options: MySQLConnectionOptions) {
        self.init(
            .authenticationFailed,
            report,
            "The login of \(Self.quoted(options.user)) at \(options.endpoint) needs a plugin of the C library that is "
                + "not installed: \(report.message). Install it (Debian: libmariadb3; Amazon Linux: "
                + "mariadb-connector-c), or log in by IAM token, which needs none."
        )
    }

    /// The server said no, and why.
    ///
    /// https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
    private init(refusal report: MySQLReport, _ options: MySQLConnectionOptions) {
        let endpoint = options.endpoint
        let user = Self.quoted(options.user)
        let said = report.message
        switch report.number {
        case 1_040, 1_203, 1_226:
            self.init(.connectionFailed, report, "\(endpoint) has no connection left for \(user): \(said).")
        case 1_053:
            self.init(.connectionFailed, report, "\(endpoint) takes no connections now: \(said). Try again later.")
        case 1_129:
            self.init(
                .connectionFailed,
                report,
                "\(endpoint) has blocked this machine after too many broken connections: \(said). Unblock it with "
                    + "TRUNCATE TABLE performance_schema.host_cache (mysqladmin flush-hosts)."
            )
        case 1_130:
            self.init(
                .authenticationFailed,
                report,
                "\(endpoint) has no account that may log in from this machine: \(said). Make the account of \(user) for "
                    + "the host '%', or for this machine's address."
            )
        case 1_044, 1_045, 1_698:
            self.init(
                .authenticationFailed,
                report,
                "\(endpoint) refused the login of \(user): \(said)." + Self.loginRemedy
            )
        case 1_820, 1_862, 3_118, 3_955:
            self.init(.authenticationFailed, report, "\(endpoint) does not let \(user) in: \(said).")
        default:
            self.init(.connectionFailed, report, "\(endpoint) refused the connection of \(user): \(said).")
        }
    }

    /// What to look at when a token was refused.
    ///
    /// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
    private static let loginRemedy =
        " For IAM logins check that the account is IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS', that IAM "
        + "authentication is on, that the policy allows rds-db:connect for this resource id and user, that the token "
        + "was made for this host, port and user less than 15 minutes ago, and that this machine's clock is right."
}

extension MySQLReport {
    /// What came instead of a greeting, out of the words in which Connector/C wraps it.
    ///
    /// The server says in clear that it has no connection left, and Connector/C from 3.3 on adds that nobody can know
    /// that it was the server.
    /// - Returns: nil if the report is about something else.
    fileprivate init?(unverified report: MySQLReport) {
        guard report.number == 2_002, let marker = report.message.firstRange(of: "cannot be verified: ") else {
            return nil
        }
        let rest = report.message[marker.upperBound...]
        guard let number = Int(rest.prefix { $0.isNumber }), let gap = rest.firstRange(of: " - ") else { return nil }
        self.init(number: number, sqlState: "HY000", message: String(rest[gap.upperBound...]))
    }
}
