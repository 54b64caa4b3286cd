// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore

/// Sessions of people who have logged in by token, idle, each in a client of its own.
struct OpenSessions {
    private let programs: [Program]
    private let input: Pipe

    /// Logs everybody in, and waits until all are in.
    init(_ people: Range<Int>, on server: Server) async throws {
        let input = Pipe()
        var programs: [Program] = []
        for number in people {
            let client = Client(server: server, user: People.name(number).rawValue)
            programs.append(try await client.open(input: input.fileHandleForReading))
        }
        (self.programs, self.input) = (programs, input)
        for _ in 0..<600 {
            guard try Self.count(on: server) < people.count else { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        stop()
        throw Trouble("not everybody could log in: \(programs.map(\.errors).joined())")
    }

    /// How many sessions of people there are.
    static func count(on server: Server) throws -> Int { try server.count(server.engine.sessionCount) }

    func stop() {
        for program in programs { program.stop() }
        try? input.fileHandleForWriting.close()
    }
}
