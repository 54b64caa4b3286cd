// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL
import Testing

@testable import SSOSyncMySQL

@Suite("Batches of statements for MySQL")
struct StatementBatchTests {
    private static let empty = MySQLResult(ResultRows(columns: [], count: 0, bytes: [], starts: [0]), affectedRows: 0)
    private static let refused = MySQLError(refused: MySQLReport(number: 1_396, sqlState: "HY000", message: "no"))
    private static let lost = MySQLError(.connectionLost, "gone", isConnectionLost: true)

    /// Runs statements of which some fail; returns how many were in each packet.
    private func packets(
        _ texts: [Result<[UInt8], MySQLError>],
        segments: [Int]? = nil,
        limit: Int = 1_000,
        failing: (Int) -> Bool = { _ in false }
    ) -> (packets: [Int], outcomes: [MySQLConnection.StatementOutcome], reported: [Int]) {
        var batch = StatementBatch(
            texts: texts,
            segments: segments ?? Array(texts.indices),
            packetLimit: limit
        )
        var packets: [Int] = []
        var reported: [Int] = []
        while let packet = batch.nextPacket({ index, _ in reported.append(index) }) {
            #expect(packet.bytes.count <= limit)
            packets.append(packet.count)
            let first = batch.outcomes.count
            if let failed = (first..<first + packet.count).first(where: failing) {
                for _ in first..<failed { batch.add(.success(Self.empty)) { index, _ in reported.append(index) } }
                batch.packetFailed(Self.refused) { index, _ in reported.append(index) }
            } else {
                for _ in 0..<packet.count { batch.add(.success(Self.empty)) { index, _ in reported.append(index) } }
                batch.packetSucceeded()
            }
        }
        return (packets, batch.outcomes, reported)
    }

    private func statements(_ count: Int) -> [Result<[UInt8], MySQLError>] {
        (0..<count).map { _ in .success(Array("DO 12".utf8)) }
    }

    @Test func `go in packets of the largest size`() {
        // 5 bytes each, and 2 between every two of them.
        #expect(packets(statements(10), limit: 26).packets == [4, 4, 2])
        #expect(packets(statements(10)).packets == [10])
        #expect(packets([]).packets.isEmpty)
    }

    @Test func `go on after one that failed`() {
        let (packets, outcomes, reported) = packets(statements(1_000)) { $0 == 100 || $0 == 101 }
        #expect(packets[0] == 143)
        #expect(packets.count < 15)
        #expect(outcomes.count == 1_000)
        #expect(reported == Array(0..<1_000))
    }

    @Test func `that all fail are not all sent again each time`() {
        let (packets, outcomes, _) = packets(statements(500), limit: 100_000) { _ in true }
        #expect(packets.reduce(0, +) < 500 * 65)
        #expect(outcomes.count == 500)
    }

    @Test func `grow again after failures`() {
        let (packets, _, _) = packets(statements(10_000), limit: 1_000_000) { $0 == 0 }
        #expect(packets.count < 10)
    }

    @Test func `report those that cannot be sent in their order`() {
        var texts = statements(5)
        texts[0] = .failure(Self.refused)
        texts[3] = .failure(Self.refused)
        texts[4] = .failure(Self.refused)
        let (packets, outcomes, reported) = packets(texts)
        #expect(packets == [2])
        #expect(reported == [0, 1, 2, 3, 4])
        #expect(outcomes.map(\.number) == [1_396, nil, nil, 1_396, 1_396])
    }

    @Test func `one that fails takes along those that make no sense without it, and no others`() {
        let (packets, outcomes, reported) = packets(statements(6), segments: [0, 0, 0, 1, 2, 2]) { $0 == 1 || $0 == 5 }
        #expect(packets == [6, 3])
        #expect(reported == Array(0..<6))
        #expect(outcomes.map(\.number) == [nil, 1_396, 1_396, nil, nil, 1_396])
    }

    @Test func `one that cannot be sent takes along those that make no sense without it`() {
        var texts = statements(4)
        texts[1] = .failure(Self.refused)
        let (packets, outcomes, _) = packets(texts, segments: [0, 0, 0, 1])
        #expect(packets == [1, 1])
        #expect(outcomes.map(\.number) == [nil, 1_396, 1_396, nil])
    }

    @Test func `keep their own refusal when the connection is lost`() {
        var texts = statements(3)
        texts[1] = .failure(Self.refused)
        var batch = StatementBatch(texts: texts, segments: [0, 1, 2], packetLimit: 100)
        _ = batch.nextPacket { _, _ in }
        batch.fail(Self.lost) { _, _ in }
        #expect(batch.outcomes.map(\.code) == [.connectionLost, .statementFailed, .connectionLost])
        let rest = batch.nextPacket { _, _ in }
        #expect(rest == nil)
    }
}
