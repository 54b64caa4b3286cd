// SPDX-License-Identifier: Apache-2.0

import SSOSyncMySQL

extension MySQLConnection.StatementOutcome {
    /// The error's code.
    var code: MySQLError.Code? { error?.code }

    /// The error's number.
    var number: Int? { error?.number }

    private var error: MySQLError? {
        guard case .failure(let error) = self else { return nil }
        return error
    }
}
