// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A client that is told what to do as it goes, by somebody who waits for its answers.
final class Conversation {
    private let client: any ClientProgram
    private let program: Program
    private let (input, output) = (Pipe(), Pipe())
    private var turn = 0

    init(_ client: Client) async throws {
        self.client = client.server.engine.client
        program = try await client.open(input: input.fileHandleForReading, output: output.fileHandleForWriting)
        try output.fileHandleForWriting.close()
        _ = try ask([])
    }

    /// Has statements sent as one message.
    ///
    /// - Returns: The rows.
    func ask(_ statements: [String]) throws -> [String] {
        turn += 1
        let end = "end \(turn)"
        let text = client.text(statements + ["SELECT '\(end)';"], .oneMessage)
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        var answer = Data()
        while !answer.suffix(end.utf8.count + 1).elementsEqual("\(end)\n".utf8) {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Trouble("\(client.name) has ended: \(program.errors)") }
            answer += data
        }
        return answer.split(separator: UInt8(ascii: "\n")).dropLast().map { String(decoding: $0, as: UTF8.self) }
    }

    func stop() {
        program.stop()
        try? input.fileHandleForWriting.close()
    }
}
