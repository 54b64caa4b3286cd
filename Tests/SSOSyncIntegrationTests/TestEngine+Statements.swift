// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport

extension TestEngine {
    /// Whether a statement of a run's script gives an account that name, which is plain.
    func isRenaming(_ statement: String, to name: AccountName) -> Bool {
        switch self {
        case .postgres: statement.hasSuffix("RENAME TO \"\(name)\";")
        }
    }
}
