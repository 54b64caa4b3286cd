// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension SyncError {
    /// What an error of the connection means for a run.
    init(postgres error: any Error, at place: String) {
        if let error = error as? SyncError {
            self = error
            return
        }
        guard let error = error as? PostgresError else {
            self.init(error is CancellationError ? .cancelled : .server, "\(place): \(error)")
            return
        }
        self.init(Self.code(of: error), error.description.hasPrefix(place) ? "\(error)" : "\(place): \(error)")
    }

    private static func code(of error: PostgresError) -> SyncError.Code {
        switch error.code {
        case .connectionFailed: return .unreachable
        case .tlsFailed: return .tls
        case .authenticationFailed: return .authentication
        case .unsupportedServer: return .unsupported
        case .readOnly: return .readOnly
        case .cancelled: return .cancelled
        case .timeout: return .timeout
        case .connectionLost: return .connectionLost
        default: break
        }
        if error.isConnectionLost { return .connectionLost }
        return error.sqlState == "42501" ? .privilege : .server
    }
}

extension PostgresError {
    /// Whether it makes no sense to try the other statements of a batch: the server, not a person, is the trouble.
    ///
    /// Classes of SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    var concernsWholeTarget: Bool {
        if isConnectionLost { return true }
        switch code {
        case .readOnly, .cancelled, .connectionLost, .connectionFailed: return true
        default: break
        }
        guard let sqlState else { return false }
        return ["08", "53", "57P", "58"].contains { sqlState.hasPrefix($0) }
    }
}
