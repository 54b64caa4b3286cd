// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import Testing

@testable import SSOSyncMySQL

@Suite("Statements")
struct StatementCompilerTests {
    private let compiler = StatementCompiler(activatesAllRoles: false)

    private func statements(_ items: StatementCompiler.Item...) -> [String] {
        compiler.groups(items).flatMap(\.statements).map(\.plain)
    }

    private func membership(_ role: RoleName) -> Membership { Membership(role: role) }

    @Test func `an account, its login by IAM, its roles, active at login, and its marker are one statement`() throws {
        let statement = try #require(statements(Sample.creation("ann", roles: ["readers", "writers"])).first)
        #expect(
            statement.hasPrefix(
                """
                CREATE USER 'ann'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' \
                DEFAULT ROLE 'readers'@'%', 'writers'@'%' REQUIRE SSL ATTRIBUTE '{"sso-sync":{
                """
            )
        )
        #expect(statement.contains(#""state":"active""#))
        let hashes = ["readers", "writers"].map { AccountNotes.hash(of: RoleName($0)) }.sorted().joined(separator: " ")
        let settled = try #require(SettledNote(Sample.marker("ann", "ann"), name: "ann")?.text)
        #expect(statement.hasSuffix(#""sso-sync-account":{"granted":"\#(hashes)","settled":"\#(settled)"}}'"#))
    }

    @Test func `leavers are locked and marked by one statement, and only what changes is said`() {
        let items = ["ann", "bob"].map { name in
            Sample(name).item(.lock) { marker in
                marker.state = .locked
                marker.reduced = Sample.start
            }
        }
        #expect(
            compiler.groups(items).flatMap(\.statements).map(\.plain) == [
                """
                ALTER USER 'ann'@'%', 'bob'@'%' ACCOUNT LOCK ATTRIBUTE \
                '{"sso-sync":{"reduced":"\(Sample.start)","state":"locked"},"sso-sync-account":{"settled":null}}'
                """
            ]
        )
    }

    @Test func `a role is marked as granted by us, then granted and made active with those that are already`() {
        let item = Sample(roles: ["readers"]).item(.grant(roles: ["writers"])) { $0.asOf = .init(secondsSince1970: 1) }
        let hashes = ["readers", "writers"].map { AccountNotes.hash(of: RoleName($0)) }.sorted().joined(separator: " ")
        #expect(
            statements(item) == [
                """
                ALTER USER 'ann'@'%' ATTRIBUTE '{"sso-sync":{"asOf":"1970-01-01T00:00:01Z"},\
                "sso-sync-account":{"granted":"\(hashes)"}}'
                """,
                "GRANT 'writers'@'%' TO 'ann'@'%'",
                "SET DEFAULT ROLE 'readers'@'%', 'writers'@'%' TO 'ann'@'%'",
            ]
        )
    }

    @Test func `a lock without a marker leaves what is known of a rename that broke off`() {
        var account = Sample(state: .locked).account
        account.notes.renaming = "0123456789abcdef"
        let operation = Operation(account: "ann", user: "id-ann", action: .lock)
        let item = StatementCompiler.Item(operation: operation, account: account)
        #expect(statements(item) == ["ALTER USER 'ann'@'%' ACCOUNT LOCK"])
        #expect(item.result?.notes.renaming == "0123456789abcdef")
    }

    @Test func `where the server makes all roles active, none is set`() {
        let compiler = StatementCompiler(activatesAllRoles: true)
        let item = Sample().item(.grant(roles: ["readers"]))
        let texts = compiler.groups([item]).flatMap(\.statements).map(\.plain)
        #expect(!texts.contains { $0.contains("DEFAULT ROLE") })
    }

    @Test func `who returns is let in last, once the roles are there and marked as granted by us`() {
        let item = Sample(state: .locked).item(.restore(roles: ["readers"])) { $0.state = .active }
        let texts = statements(item)
        #expect(texts.count == 4)
        let hash = AccountNotes.hash(of: "readers")
        #expect(
            texts.first == #"ALTER USER 'ann'@'%' ATTRIBUTE '{"sso-sync-account":{"granted":"\#(hash)"}}'"#
        )
        #expect(texts.last?.hasPrefix("ALTER USER 'ann'@'%' ACCOUNT UNLOCK ATTRIBUTE ") == true)
    }

    @Test func `whoever is locked is locked for every host, the copies last, and nothing else is done to a copy`() {
        var sample = Sample(roles: ["readers"])
        sample.account.twins = [AccountId(user: "ann", host: "10.%")]
        sample.account.strangers = [AccountId(user: "ann", host: "11.%")]
        let texts = statements(sample.item(.lock) { $0.state = .locked })
        #expect(texts.count == 2)
        #expect(
            texts.first
                == #"ALTER USER 'ann'@'%' ACCOUNT LOCK ATTRIBUTE '{"sso-sync":{"state":"locked"},"sso-sync-account":{"settled":null}}'"#
        )
        #expect(texts.last?.hasPrefix(#"ALTER USER 'ann'@'10.%' ACCOUNT LOCK ATTRIBUTE '{"sso-sync":{"#) == true)
        #expect(texts.last?.contains(#""owner":"prod","state":"locked","user":"id-ann""#) == true)
        #expect(texts.last?.hasSuffix(#""sso-sync-account":{"settled":null}}'"#) == true)
        #expect(statements(sample.item(.drop)) == ["DROP USER 'ann'@'%'"])
    }

    @Test func `that something is taken is marked before it is, and that it is not granted any more after it`() {
        let item = Sample(roles: ["readers", "writers"]).item(.revoke([membership("writers"), membership("readers")])) {
            $0.reduced = Sample.start
        }
        let settled = item.operation.marker.flatMap { SettledNote($0, name: "ann") }?.text ?? ""
        #expect(settled.hasSuffix(" \(Sample.start)"))
        #expect(
            statements(item) == [
                """
                ALTER USER 'ann'@'%' ATTRIBUTE '{"sso-sync":{"reduced":"\(Sample.start)"},\
                "sso-sync-account":{"settled":"\(settled)"}}'
                """,
                "REVOKE 'readers'@'%', 'writers'@'%' FROM 'ann'@'%'",
                #"ALTER USER 'ann'@'%' ATTRIBUTE '{"sso-sync-account":{"granted":""}}'"#,
            ]
        )
    }

    @Test func `that sessions may be in a role is noted before it is taken away, and taken back by itself`() throws {
        let revocation = Sample(roles: ["readers"]).item(.revoke([membership("readers")])) {
            $0.isToBeDisconnected = true
        }
        let texts = statements(revocation)
        try #require(texts.count == 3)
        #expect(texts[0].contains(#"ATTRIBUTE '{"sso-sync":{"disconnect":true}"#) && !texts[0].contains("granted"))
        #expect(texts[1] == "REVOKE 'readers'@'%' FROM 'ann'@'%'")
        #expect(texts[2] == #"ALTER USER 'ann'@'%' ATTRIBUTE '{"sso-sync-account":{"granted":""}}'"#)
        var sample = Sample()
        sample.account = try #require(revocation.result)
        let done = sample.item(.disconnect) { $0.isToBeDisconnected = false }
        #expect(statements(done).count == 1)
        #expect(statements(done)[0].contains(#"ATTRIBUTE '{"sso-sync":{"disconnect":null}"#))
    }

    @Test func `accounts that hold the same share statements, others do not`() {
        let same = (0..<5).map { Sample("p\($0)", roles: ["readers"]).item(.revoke([membership("readers")])) }
        let other = Sample("q", roles: ["writers"]).item(.revoke([membership("writers")]))
        #expect(compiler.groups(same + [other]).map(\.items.count).sorted() == [1, 5])
        var noted = (0..<5).map { Sample("p\($0)") }
        for index in noted.indices { noted[index].account.marker?.isToBeDisconnected = true }
        let disconnected = noted.map { $0.item(.disconnect) { $0.isToBeDisconnected = false } }
        #expect(compiler.groups(disconnected).map(\.items.count) == [5])
    }

    @Test func `lists are cut into pieces, drops into smaller ones`() {
        let locks = (0..<2_500).map { Sample("p\($0)").item(.lock) { $0.state = .locked } }
        #expect(compiler.groups(locks).map(\.items.count) == [1_000, 1_000, 500])
        let drops = (0..<250).map { Sample("p\($0)", state: .locked).item(.drop) }
        #expect(compiler.groups(drops).map(\.items.count) == [100, 100, 50])
    }

    @Test func `what is known follows each operation, so that the next one says only what is new`() throws {
        let created = try #require(Sample.creation("ann", roles: ["readers"]).result)
        #expect(created.roles["readers"] == AccountId(role: "readers"))
        var sample = Sample()
        sample.account = created
        let locked = try #require(sample.item(.lock) { $0.state = .locked }.result)
        #expect(locked.isLocked && locked.marker?.state == .locked)
        sample.account = locked
        let revoked = try #require(sample.item(.revoke([membership("readers")])).result)
        #expect(revoked.roles.isEmpty && revoked.defaultRoles.isEmpty)
        sample.account = revoked
        #expect(statements(sample.item(.lock)) == ["ALTER USER 'ann'@'%' ACCOUNT LOCK"])
        #expect(sample.item(.drop).result == nil)
    }

    /// Aurora MySQL 3 began with 8.0.23, so nothing is said that only later versions understand: not
    /// `REVOKE IF EXISTS … IGNORE UNKNOWN USER` (8.0.30), several factors (8.0.27), `INITIAL AUTHENTICATION` (8.0.27),
    /// `INTERSECT` and `EXCEPT` (8.0.31).
    @Test func `changes keep to the grammar of 8_0_23`() throws {
        let quoted = "'(?:[^']|'')*'"
        let account = "\(quoted)@\(quoted)"
        let list = "\(account)(?:, \(account))*"
        let shapes = [
            "CREATE USER \(account) IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'( DEFAULT ROLE \(list))? REQUIRE SSL "
                + "ATTRIBUTE \(quoted)",
            "ALTER USER \(list)( ACCOUNT (LOCK|UNLOCK))?( ATTRIBUTE \(quoted))?", "GRANT \(list) TO \(list)",
            "REVOKE \(list) FROM \(list)", "SET DEFAULT ROLE \(list) TO \(list)",
            "RENAME USER \(account) TO \(account)",
            "DROP USER \(list)", "SELECT CAST\\(IF\\([\\s\\S]*",
        ]
        let grammar = try Regex(shapes.joined(separator: "|"))
        for statement in Self.every { #expect(try grammar.wholeMatch(in: statement) != nil, "\(statement)") }
        #expect(Self.every.count > 15)
    }

    /// Privileges that came later: `SET_ANY_DEFINER` (8.2), `FLUSH_PRIVILEGES` (8.4).
    @Test func `readings, settings and the provisioner's rights keep to the grammar of 8_0_23`() {
        let later = [
            "INTERSECT", "EXCEPT", "QUALIFY", "LIBRARIES", "JSON_DUALITY", "IF EXISTS",
            "IGNORE UNKNOWN USER", "INITIAL AUTHENTICATION", "SET_ANY_DEFINER", "FLUSH_PRIVILEGES",
        ]
        let options = MySQLConnectionOptions(host: "localhost", port: 3306, user: "sso_provisioner")
        let connector = MySQLConnector(options: options, secret: Secret("x"))
        let ids = [AccountId(user: "ann", host: "%")]
        let texts =
            CatalogueQueries.all + [CatalogueQueries.edges(of: Set(ids), heldRoles: Set(ids)), ServerFacts.query]
            + [MySQLConnector.question]
            + [ProvisionerLock.sessionsQuery, connector.settings, SessionCounts.listQuery, StallWatch.halfWay]
            + [
                SessionEnder.unlocked(ids), SessionEnder.states(of: ids),
                SessionEnder.sessions(of: Set(ids.map(\.user))),
            ]
        for text in texts.map(\.plain) + MySQLBootstrap(login: "sso_provisioner").statements {
            for word in later { #expect(!text.contains(word), "\(word)") }
        }
    }

    /// Every kind of statement about accounts.
    private static var every: [String] {
        let compiler = StatementCompiler(activatesAllRoles: false)
        let held = Sample("o'neill", roles: ["readers", "wri'ters"])
        var moving = Sample("a`b\"c").item(.rename(to: "d\\e")) { $0.nameHash = "x" }
        let rename = RenameStatements(item: moving)
        moving = Sample("a").item(.moveAside(to: "sso_aside_1")) { $0.nameHash = "y" }
        let aside = RenameStatements(item: moving)
        let items = [
            Sample.creation("ann", roles: []), Sample.creation("o'neill", roles: ["readers", "writers"]),
            held.item(.lock) { $0.state = .locked }, Sample("b").item(.lock),
            held.item(.grant(roles: ["more"])), held.item(.revoke([Membership(role: "readers")])),
            Sample("c", state: .locked).item(.restore(roles: ["readers"])) { $0.state = .active },
            held.item(.disconnect) { $0.reduced = Sample.start }, Sample("d", state: .locked).item(.drop),
            Sample("e").item(.release),
            StatementCompiler.Item(
                operation: Operation(account: "f", user: "f", action: .adopt, marker: Sample.marker("f", "f")),
                account: KnownAccount(new: AccountId(user: "f", host: "%"))
            ),
        ]
        let renames: [SQLText] = [rename.all, rename.undo(), aside.all, aside.undo()].flatMap { $0 }
        return (compiler.groups(items).flatMap(\.statements) + renames).map(\.plain)
    }
}
