// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// A hundred people who have left their groups, each with a session.
struct Leavers {
    static let count = 100

    let people: Range<Int>
    let scope: Set<UserId>
    /// In it those before them have left as well.
    let directory: People

    init(hundred: Int, of accounts: Int) {
        people = (hundred * Self.count)..<((hundred + 1) * Self.count)
        scope = Set(people.map(People.user))
        directory = People(people.upperBound..<accounts, others: 0..<people.upperBound).prepared(for: scope)
    }

    /// Each is locked, loses the roles, and is put out.
    private var operations: Int { 3 * Self.count }

    /// Has everybody log in, and requires that nobody is left by the end.
    func afterLogin<Value>(to server: Server, _ body: () async throws -> Value) async throws -> Value {
        let sessions = try await OpenSessions(people, on: server)
        defer { sessions.stop() }
        let value = try await body()
        let left = try OpenSessions.count(on: server)
        guard left == 0 else { throw Trouble("\(left) sessions are still there") }
        return value
    }

    /// How long it takes the provisioner from an open session that has the lock.
    func timeOpenRun(_ deployment: Deployment) async throws -> Double {
        try await OpenRun(deployment, directory, .people(scope)).time(operations: operations)
    }

    /// The same with connecting.
    func timeWholeRun(_ deployment: Deployment) async throws -> Double {
        try await seconds { try await deployment.apply(directory, .people(scope), operations: operations) }
    }
}
