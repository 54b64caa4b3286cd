// SPDX-License-Identifier: Apache-2.0

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
    init(connecting report: MySQLReport, options: MySQLConnectionOptions) {
        self.init(.connectionFailed, "\(options.endpoint): \(report.message)", report: report, isConnectionLost: true)
    }

    /// The session could not be given its settings.
    init(preparing report: MySQLReport, options: MySQLConnectionOptions) {
        self.init(.unsupportedServer, "\(options.endpoint): \(report.message)", report: report, isConnectionLost: true)
    }
}
