// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import Testing

@testable import SSOSyncMySQL

@Suite("Statements of a rename")
struct RenameStatementsTests {
    private let oldHash = Marker.nameHash("ann", user: "id-ann")
    private let newHash = Marker.nameHash("ann.b", user: "id-ann")

    private func rename(_ sample: Sample, _ action: Operation.Action = .rename(to: "ann.b")) -> RenameStatements {
        RenameStatements(item: sample.item(action) { $0.nameHash = newHash })
    }

    @Test func `an account in use is locked and noted first, and let in under the new name last`() {
        let rename = rename(Sample())
        #expect(
            rename.begin.map(\.plain) == [
                """
                ALTER USER 'ann'@'%' ACCOUNT LOCK ATTRIBUTE \
                '{"sso-sync":{"name":"\(newHash)"},"sso-sync-account":{"renaming":"\(oldHash)"}}'
                """
            ]
        )
        #expect(
            rename.finish.map(\.plain) == [
                "RENAME USER 'ann'@'%' TO 'ann.b'@'%'",
                "ALTER USER 'ann.b'@'%' ACCOUNT UNLOCK ATTRIBUTE '{\"sso-sync-account\":{\"renaming\":null}}'",
            ]
        )
        #expect(
            rename.undo().map(\.plain) == [
                """
                ALTER USER 'ann'@'%' ACCOUNT UNLOCK ATTRIBUTE \
                '{"sso-sync":{"name":"\(oldHash)"},"sso-sync-account":{"renaming":null}}'
                """
            ]
        )
    }

    @Test func `a locked account stays locked`() {
        let rename = rename(Sample(state: .locked))
        #expect(!(rename.all + rename.undo()).contains { $0.plain.contains("ACCOUNT") })
        #expect(rename.result.id == AccountId(user: "ann.b", host: "%"))
    }

    @Test func `who gives a name free stays locked until the new name comes`() throws {
        let aside = rename(Sample(), .moveAside(to: "ann.b"))
        #expect(!aside.finish.contains { $0.plain.contains("UNLOCK") })
        #expect(aside.result.isLocked && aside.result.notes.renaming == oldHash)
        var sample = Sample()
        sample.account = aside.result
        let last = Marker.nameHash("bob", user: "id-ann")
        let next = RenameStatements(item: sample.item(.rename(to: "bob")) { $0.nameHash = last })
        #expect(next.isInUse)
        #expect(next.finish.last?.plain.contains("ACCOUNT UNLOCK") == true)
        #expect(next.finish.last?.plain.contains("\"renaming\":null") == true)
        // If that fails, the account stays as it was: locked, and known to be in the middle of a rename.
        #expect(next.staysLocked)
        #expect(next.undo().first?.plain.contains("UNLOCK") == false)
    }

    /// Or others would not find it by a name that is the same but for case.
    @Test(arguments: [("ann", "ann.b", nil), ("ann", "Ann", "null"), ("Ann", "ann", "a time"), ("Ann", "Ann.B", nil)])
    func `an account is no longer noted as settled under a name with capitals, and is again under another`(
        old: String,
        new: String,
        said: String?
    ) throws {
        let note = try #require(SettledNote(Sample.marker("ann", "ann"), name: "ann")?.text)
        let rename = RenameStatements(item: Sample(old).item(.rename(to: AccountName(new))))
        let text = try #require(rename.finish.last?.plain)
        #expect(text.contains("settled") == (said != nil))
        #expect(
            said == nil || text.contains(said == "null" ? "\"settled\":null" : "\"settled\":\"\(note)\""),
            "\(text)"
        )
    }

    /// The one that broke off may have been a rename, or not.
    @Test(arguments: [("Ann", "Ann"), ("Ann", "Bob"), ("ann", "Bob")])
    func `nor is one that an earlier run has left in the middle of a rename`(name: String, new: String) throws {
        var sample = Sample(name)
        sample.account.isLocked = true
        sample.account.notes.renaming = Marker.nameHash("ann", user: sample.account.marker?.user ?? "")
        let rename = RenameStatements(item: sample.item(.rename(to: AccountName(new))))
        #expect(rename.finish.last?.plain.contains("\"settled\":null") == true)
        // Nor does the note outlast that its person leaves meanwhile.
        let lock = sample.item(.lock) { $0.state = .locked }
        let texts = StatementCompiler(activatesAllRoles: false).groups([lock]).flatMap(\.statements).map(\.plain)
        #expect(texts.contains { $0.contains("\"settled\":null") })
    }

    @Test func `what an earlier run left to do is done without renaming again`() throws {
        var sample = Sample("ann.b")
        let marker = Sample.marker("ann", "ann.b")
        let settled = try #require(SettledNote(marker, name: "ann.b")?.text)
        sample.account.marker = marker
        sample.account.isLocked = true
        sample.account.notes.renaming = oldHash
        let rename = RenameStatements(item: sample.item(.rename(to: "ann.b")))
        #expect(rename.begin.isEmpty && rename.undo().isEmpty)
        #expect(
            rename.finish.map(\.plain) == [
                """
                ALTER USER 'ann.b'@'%' ACCOUNT UNLOCK ATTRIBUTE \
                '{"sso-sync-account":{"renaming":null,"settled":"\(settled)"}}'
                """
            ]
        )
    }

    @Test
    func
        `whoever an earlier run left locked under the own name is let in again, and whoever others have locked is not`()
    {
        var sample = Sample()
        sample.account.marker = Sample.marker("ann", "ann.b")
        sample.account.isLocked = true
        sample.account.notes.renaming = oldHash
        let home = """
            ALTER USER 'ann'@'%' ACCOUNT UNLOCK ATTRIBUTE \
            '{"sso-sync":{"name":"\(oldHash)"},"sso-sync-account":{"renaming":null}}'
            """
        for hasBegun in [true, false] {
            #expect(rename(sample).undo(hasBegun: hasBegun).map(\.plain) == [home])
            #expect(rename(sample).isLockedForRename(hasBegun: hasBegun))
        }
        #expect(!rename(sample).staysLocked)

        sample = Sample()
        #expect(rename(sample).undo(hasBegun: false).isEmpty)
        sample.account.isLocked = true
        for hasBegun in [true, false] {
            #expect(!rename(sample).undo(hasBegun: hasBegun).contains { $0.plain.contains("UNLOCK") })
        }
    }

    @Test func `who has the new name already needs no more than to be let in`() {
        let rename = rename(Sample())
        #expect(rename.end.map(\.plain) == rename.finish.dropFirst().map(\.plain))
        #expect(rename.finish.count == 2)
        #expect(self.rename(Sample(state: .locked)).end.count <= 1)
    }
}
