// SPDX-License-Identifier: Apache-2.0

/// Many statements on their way to the server in packets, and what became of them.
struct StatementBatch {
    /// Statements that are sent together.
    struct Packet: Equatable {
        let bytes: [UInt8]
        let count: Int
    }

    /// Takes an outcome.
    typealias Report = (_ index: Int, _ outcome: MySQLConnection.StatementOutcome) -> Void

    /// So many statements a packet has after one that failed, or more if the last ones before it succeeded: if all fail,
    /// not all that are left are sent again each time.
    private static let leastCount = 64

    private let texts: [Result<[UInt8], MySQLError>]
    /// For each statement a number that it shares with those that make no sense without those before them.
    private let segments: [Int]
    private let packetLimit: Int
    private var countLimit = Int.max
    private var succeededInPacket = 0

    /// What is known, in order.
    private(set) var outcomes: [MySQLConnection.StatementOutcome] = []

    /// - Parameters:
    ///   - texts: the statements, or why one cannot be sent; none is longer than a packet.
    ///   - segments: for each, a number that it shares with those before it that it depends on.
    ///   - packetLimit: in bytes.
    init(texts: [Result<[UInt8], MySQLError>], segments: [Int], packetLimit: Int) {
        self.texts = texts
        self.segments = segments
        self.packetLimit = packetLimit
        outcomes.reserveCapacity(texts.count)
    }

    /// The next statements to send; nil if none is left.
    mutating func nextPacket(_ report: Report) -> Packet? {
        addRefused(report)
        succeededInPacket = 0
        var bytes: [UInt8] = []
        var count = 0
        for text in texts[outcomes.count...].prefix(countLimit) {
            guard case .success(let text) = text else { break }
            let separator = count == 0 ? [] : MySQLConnection.separator
            guard bytes.count + separator.count + text.count <= packetLimit else { break }
            bytes.append(contentsOf: separator)
            bytes.append(contentsOf: text)
            count += 1
        }
        return count == 0 ? nil : Packet(bytes: bytes, count: count)
    }

    /// Adds the outcome of the next statement.
    mutating func add(_ outcome: MySQLConnection.StatementOutcome, _ report: Report) {
        outcomes.append(outcome)
        succeededInPacket += 1
        report(outcomes.count - 1, outcome)
    }

    /// All of a packet succeeded.
    mutating func packetSucceeded() {
        countLimit = countLimit.multipliedReportingOverflow(by: 4).overflow ? Int.max : countLimit * 4
    }

    /// The next statement failed, and those after it were not run.
    mutating func packetFailed(_ error: MySQLError, _ report: Report) {
        countLimit = max(Self.leastCount, succeededInPacket * 2)
        failSegment(error, report)
    }

    private mutating func failSegment(_ error: MySQLError, _ report: Report) {
        let segment = segments[outcomes.count]
        while outcomes.count < texts.count, segments[outcomes.count] == segment { add(.failure(error), report) }
    }

    /// Nothing that is left will be answered.
    mutating func fail(_ error: MySQLError, _ report: Report) {
        while outcomes.count < texts.count {
            if case .failure(let refusal) = texts[outcomes.count] {
                add(.failure(refusal), report)
            } else {
                add(.failure(error), report)
            }
        }
    }

    /// Those that cannot be sent have their outcome.
    private mutating func addRefused(_ report: Report) {
        while outcomes.count < texts.count, case .failure(let refusal) = texts[outcomes.count] {
            failSegment(refusal, report)
        }
    }
}
