// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// Accounts as the provisioner makes them, made quickly by the superuser: the rows in the catalogues are the same.
struct Prefill {
    let deployment: Deployment
    let people: Range<Int>
    let isLocked: Bool
    private let time: Timestamp

    /// - Parameters:
    ///   - count: How many people there are to be; those who are there are left alone.
    ///   - locked: Whether they have left, a month ago.
    init(_ deployment: Deployment, people count: Int, locked: Bool = false) throws {
        self.deployment = deployment
        people = try deployment.server.count(deployment.server.engine.accountCount)..<count
        isLocked = locked
        time = Timestamp.now.advanced(bySeconds: -30 * 86_400)
    }

    func run() async throws {
        try await deployment.server.engine.fill(self)
        try await deployment.server.settle()
    }

    func marker(_ number: Int) -> Marker { Self.marker(number, isLocked ? .locked : .active, time) }

    static func marker(_ number: Int, _ state: Marker.State = .active, _ time: Timestamp = .now) -> Marker {
        Marker(
            owner: Deployment.owner,
            directory: Deployment.directoryId,
            user: People.user(number),
            name: People.name(number),
            state: state,
            asOf: time,
            joined: time,
            reduced: state == .locked ? time : nil
        )
    }
}

extension Deployment {
    /// Makes accounts for so many people, and has a run confirm that there is nothing left to do for them.
    ///
    /// - Returns: The people.
    func fill(people count: Int) async throws -> People {
        try await Prefill(self, people: count).run()
        let people = People(0..<count)
        try await apply(people, operations: 0)
        return people
    }
}
