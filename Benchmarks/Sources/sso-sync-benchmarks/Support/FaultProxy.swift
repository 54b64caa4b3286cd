// SPDX-License-Identifier: Apache-2.0

import Foundation

/// `dev/faultproxy.py` before a server: it delays, and counts round trips.
struct FaultProxy {
    let port: Int
    private let control: Int

    static func with<Value>(_ server: Server, _ body: (FaultProxy) async throws -> Value) async throws -> Value {
        let program = try Program([
            "python3", Repository.root + "/dev/faultproxy.py", "0", "localhost:\(server.port)", "0",
        ])
        defer { program.stop() }
        return try await body(try await FaultProxy(program))
    }

    private init(_ program: Program) async throws {
        for _ in 0..<200 where !program.output.hasSuffix("\n") { try await Task.sleep(for: .milliseconds(20)) }
        let numbers = program.output.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 2 else { throw Trouble("the fault proxy does not start: \(program.errors)") }
        (port, control) = (numbers[0], numbers[1])
    }

    /// Delays each direction.
    func delay(milliseconds: Int) throws { _ = try command("latency \(milliseconds)") }

    /// How often a client has waited for the server so far.
    ///
    /// Connecting counts.
    func roundTrips() throws -> Int {
        let words = try command("stats").split(separator: " ")
        guard let index = words.firstIndex(of: "turns"), let turns = Int(words[index + 1]) else {
            throw Trouble("the fault proxy gives no figures")
        }
        return turns
    }

    private func command(_ text: String) throws -> String {
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(control); echo \(text) >&3; cat <&3"
        let answer = try Program.output(["bash", "-c", script]).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !answer.hasPrefix("?") else { throw Trouble("the fault proxy: \(answer)") }
        return answer
    }
}
