// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension SyncError {
    /// What an error of the connection means for a run.
    init(mysql error: any Error, at place: String) {
        if let error = error as? SyncError {
            self = error
            return
        }
        guard let error = error as? MySQLError else {
            self.init(error is CancellationError ? .cancelled : .server, "\(place): \(error)")
            return
        }
        self.init(Self.code(of: error), error.description.hasPrefix(place) ? "\(error)" : "\(place): \(error)")
    }

    private static func code(of error: MySQLError) -> SyncError.Code {
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
        return error.isPrivilegeMissing ? .privilege : .server
    }
}

extension MySQLError {
    /// Whether the provisioner lacks a right: errors 1044, 1142, 1143, 1227, 1370
    /// (<https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>).
    var isPrivilegeMissing: Bool { number.map { [1044, 1142, 1143, 1227, 1370].contains($0) } ?? false }

    /// Whether it makes no sense to try the other statements of a batch: the server, not a person, is the trouble.
    ///
    /// Out of memory or disk, shutting down, read-only; and a lock that is not had in time (1205): whoever holds the tables of
    /// accounts is in everybody's way, and each person would wait for as long again.
    var concernsWholeTarget: Bool {
        if isConnectionLost { return true }
        switch code {
        case .readOnly, .cancelled, .connectionLost, .connectionFailed: return true
        default: break
        }
        return number.map { [1021, 1037, 1041, 1053, 1114, 1205, 1290, 1836, 3100].contains($0) } ?? false
    }

    /// Whether a session that was to be ended had ended by itself: ER_NO_SUCH_THREAD.
    var isUnknownSession: Bool { number == 1094 }

    /// Whether the same statement may well succeed when it is sent again: deadlock.
    var isWorthTryingAgain: Bool { number.map { [1213, 3058].contains($0) } ?? false }
}
