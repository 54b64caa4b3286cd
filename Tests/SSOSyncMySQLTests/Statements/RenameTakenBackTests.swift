// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import Testing

@testable import SSOSyncMySQL

@Suite("A rename that is taken back")
struct RenameTakenBackTests {
    @Test func `a rename that broke off and is not wanted any more leaves a marker for the name that the account has`()
        throws
    {
        let wanted = Marker(
            owner: "prod",
            directory: "d-1",
            user: "id-ann",
            name: "ann",
            state: .active,
            asOf: Timestamp(secondsSince1970: 1_795_000_000)
        )
        // What an earlier run noted before it came to rename ann to ann.b.
        var account = KnownAccount(new: AccountId(user: "ann", host: "%"))
        account.marker = wanted
        account.marker?.nameHash = Marker.nameHash("ann.b", user: "id-ann")
        account.notes.renaming = wanted.nameHash
        account.isLocked = true
        let operation = Operation(account: "ann", user: "id-ann", action: .rename(to: "ann"), marker: wanted)
        let rename = RenameStatements(item: StatementCompiler.Item(operation: operation, account: account))
        let values = rename.finish.flatMap(\.parts).compactMap { part in
            if case .literal(let value) = part { value } else { nil }
        }
        let settled = try #require(SettledNote(wanted, name: "ann")?.text)
        #expect(rename.begin.isEmpty)
        #expect(
            values == [
                "ann", "%",
                """
                {"sso-sync":{"name":"\(wanted.nameHash)"},"sso-sync-account":{"renaming":null,"settled":"\(settled)"}}
                """,
            ]
        )
    }
}
