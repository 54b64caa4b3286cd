// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
import SSOSyncSQL

extension PostgresError {
    /// How far an attempt to connect had come.
    enum Stage: Sendable {
        case reaching
        case securing
        case loggingIn
    }

    /// The deadline or a cancellation ended an attempt.
    init(
        _ interruption: SocketWaiter.Interruption,
        connectingTo options: PostgresConnectionOptions,
        doing what: String
    ) {
        let endpoint = options.endpoint
        switch interruption {
        case .cancelled:
            self.init(.cancelled, "Connecting to \(endpoint) was cancelled while \(what).", isConnectionLost: true)
        case .timeout:
            self.init(
                .timeout,
                "\(endpoint) did not answer in time while \(what). Check endpoint and port, and that security groups "
                    + "and routes let this machine through.",
                isConnectionLost: true
            )
        }
    }

    /// An attempt failed.
    /// - Parameters:
    ///   - message: libpq's message, in its verbose form.
    ///   - stage: how far the attempt had come; that does not depend on the language of the message.
    ///   - options: what was tried.
    ///   - scrubber: knows the secret.
    init(libpq message: String, at stage: Stage, options: PostgresConnectionOptions, scrubber: SecretScrubber) {
        if let report = ServerReport(verboseMessage: message, scrubber: scrubber) {
            self.init(refusal: report, options: options)
            return
        }
        let reason = Self.reason(in: message, scrubber: scrubber)
        switch stage {
        case .reaching: self.init(unreachable: reason, options: options)
        case .securing: self.init(insecure: reason, options: options)
        case .loggingIn: self.init(interruptedLogin: reason, options: options)
        }
    }

    private init(unreachable reason: String, options: PostgresConnectionOptions) {
        self.init(
            .connectionFailed,
            "Cannot connect to \(options.endpoint): \(reason). Check endpoint and port, that the server runs, and that "
                + "security groups let this machine through.",
            isConnectionLost: true
        )
    }

    private init(insecure reason: String, options: PostgresConnectionOptions) {
        let endpoint = options.endpoint
        let unsent = "No password or token was sent."
        if reason.contains("does not support SSL") {
            self.init(
                .tlsFailed,
                "\(endpoint) offers no TLS. \(unsent) Turn TLS on at the server, and check that this is the database's "
                    + "own endpoint and port.",
                isConnectionLost: true
            )
        } else if reason.contains("certificate verify failed") {
            let file = (try? options.certificateAuthorities()) ?? "the CA file"
            self.init(
                .tlsFailed,
                "The certificate of \(endpoint) is not signed by an authority in \(file), or is expired (\(reason)). "
                    + "\(unsent) \(SystemAuthorities.remedy)",
                isConnectionLost: true
            )
        } else if reason.contains("does not match host name") {
            self.init(
                .tlsFailed,
                "The certificate of \(endpoint) is for another host (\(reason)). \(unsent) Connect with the endpoint's "
                    + "own name, not with an alias or an address.",
                isConnectionLost: true
            )
        } else if reason.contains("closed the connection") {
            self.init(
                .connectionFailed,
                "\(endpoint) closed the connection when asked for TLS. \(unsent) Check that this is the database's own "
                    + "endpoint and port, and that the server is up.",
                isConnectionLost: true
            )
        } else {
            self.init(
                .tlsFailed,
                "No TLS connection to \(endpoint): \(reason). \(unsent) Check that this is a PostgreSQL server with "
                    + "TLS.",
                isConnectionLost: true
            )
        }
    }

    private init(interruptedLogin reason: String, options: PostgresConnectionOptions) {
        // libpq refuses by itself what `require_auth` does not list, before the secret is used.
        let isRefusal = reason.contains("requirement failed") || reason.contains("authentication")
        self.init(
            isRefusal ? .authenticationFailed : .connectionFailed,
            "\(options.endpoint) did not finish the login as \"\(options.user)\": \(reason).",
            isConnectionLost: true
        )
    }

    /// The server said no, and why. https://www.postgresql.org/docs/current/errcodes-appendix.html
    private init(refusal report: ServerReport, options: PostgresConnectionOptions) {
        let endpoint = options.endpoint
        let user = "\"\(options.user)\""
        let said = report.message
        func error(_ code: Code, _ message: String) -> PostgresError {
            PostgresError(code, message, server: report, isConnectionLost: true)
        }
        switch report.sqlState {
        case "28P01":
            self = error(.authenticationFailed, "\(endpoint) refused the password of \(user): \(said).")
        case "28000":
            self = error(.authenticationFailed, "\(endpoint) refused the login of \(user): \(said)." + Self.loginRemedy)
        case "3D000":
            self = error(.connectionFailed, "\(endpoint) has no such database as \"\(options.database)\": \(said).")
        case "53300":
            self = error(.connectionFailed, "\(endpoint) has no connection left for \(user): \(said).")
        case "57P03":
            self = error(.connectionFailed, "\(endpoint) takes no connections now: \(said). Try again later.")
        case "42704":
            self = error(
                .unsupportedServer,
                "\(endpoint) does not know a setting that is needed: \(said). PostgreSQL 15 or later is needed."
            )
        case "42501":
            self = error(.authenticationFailed, "\(endpoint) does not let \(user) in: \(said).")
        default:
            self = error(.connectionFailed, "\(endpoint) refused the connection of \(user): \(said).")
        }
    }

    /// What to look at when a token was refused.
    ///
    /// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
    private static let loginRemedy =
        " For IAM logins check that the role is a member of rds_iam, that IAM authentication is on, that the policy "
        + "allows rds-db:connect for this resource id and user, that the token was made for this host, port and user "
        + "less than 15 minutes ago, and that this machine's clock is right."

    /// The part of libpq's message behind "connection to server at … failed: ", first line.
    private static func reason(in message: String, scrubber: SecretScrubber) -> String {
        var text = Substring(message)
        if text.hasPrefix("connection to server"), let marker = text.firstRange(of: " failed: ") {
            text = text[marker.upperBound...]
        }
        let line = text.split(separator: "\n").first ?? "for no reason that was given"
        return scrubber.scrub(String(line))
    }
}

extension ServerReport {
    /// Reads an error out of libpq's verbose message: `SEVERITY:  SQLSTATE: text`, then lines of their own.
    ///
    /// Before a connection stands, libpq hands the server's fields out in this form only (`pqBuildErrorMessage3` in
    /// fe-protocol3.c).
    /// - Returns: nil if the message is libpq's own.
    init?(verboseMessage message: String, scrubber: SecretScrubber) {
        guard let gap = message.firstRange(of: ":  ") else { return nil }
        let rest = message[gap.upperBound...]
        let state = rest.prefix(5)
        let isState = state.utf8.count == 5 && state.allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) }
        guard isState, rest.dropFirst(5).hasPrefix(": ") else { return nil }
        let lines = rest.dropFirst(7).split(separator: "\n")
        func line(after label: String) -> String? {
            lines.first { $0.hasPrefix(label) }.map { scrubber.scrub(String($0.dropFirst(label.count))) }
        }
        self.init(
            severity: "FATAL",
            sqlState: String(state),
            message: scrubber.scrub(lines.first.map(String.init) ?? ""),
            detail: line(after: "DETAIL:  "),
            hint: line(after: "HINT:  "),
            position: nil
        )
    }
}
