// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A line of the table: what was measured, and whether it is within reach.
struct Row: Sendable {
    let what: String
    let measured: String
    /// What is to be reached, in words; nil for a figure that is only told.
    let reach: String?
    let isReached: Bool

    /// A figure that has to be reached.
    static func goal(_ what: String, _ measured: String, reach: String, isReached: Bool) -> Row {
        Row(what: what, measured: measured, reach: reach, isReached: isReached)
    }

    /// A figure that explains others.
    static func note(_ what: String, _ measured: String) -> Row {
        Row(what: what, measured: measured, reach: nil, isReached: true)
    }

    /// A number of something that may not be larger.
    static func atMost(_ limit: Double, _ what: String, _ value: Double, unit: String, note: String = "") -> Row {
        goal(
            what,
            "\(Figures.number(value)) \(unit)\(note)",
            reach: "≤ \(Figures.number(limit)) \(unit)",
            isReached: value <= limit
        )
    }

    /// A time as a multiple of another.
    static func ratio(
        _ what: String,
        _ ours: Sample,
        to reference: Sample,
        atMost limit: Double,
        isGoal: Bool = true
    ) -> Row {
        let ratio = ours.median / reference.median
        let measured = "\(Figures.number(ratio)) × (\(ours) : \(reference))"
        guard isGoal else { return note(what, measured) }
        return goal(what, measured, reach: "≤ \(Figures.number(limit)) ×", isReached: ratio <= limit)
    }

    /// How many times faster than the reference.
    static func speedup(_ what: String, _ ours: Sample, over reference: Sample, atLeast limit: Double) -> Row {
        let ratio = reference.median / ours.median
        let measured = "\(Figures.number(ratio)) × faster (\(ours) : \(reference))"
        return goal(what, measured, reach: "≥ \(Figures.number(limit)) × faster", isReached: ratio >= limit)
    }
}

/// Times of one thing, in seconds.
struct Sample: Sendable, CustomStringConvertible {
    private(set) var seconds: [Double] = []

    init(_ seconds: [Double] = []) { self.seconds = seconds }

    /// One thing after the other, round by round.
    static func + (left: Sample, right: Sample) -> Sample {
        Sample(zip(left.seconds, right.seconds).map { $0 + $1 })
    }

    mutating func add(_ seconds: Double) { self.seconds.append(seconds) }

    var median: Double {
        let sorted = seconds.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The median.
    var description: String { Figures.time(median) }

    /// The smallest and the largest.
    var spread: String { "\(Figures.time(seconds.min() ?? .nan))–\(Figures.time(seconds.max() ?? .nan))" }
}

/// Numbers for people.
enum Figures {
    static func number(_ value: Double) -> String {
        if value >= 100 || value == value.rounded() { return String(format: "%.0f", value) }
        return String(format: value >= 10 ? "%.1f" : "%.2f", value)
    }

    static func thousands(_ value: Int) -> String {
        value < 1_000 ? "\(value)" : "\(value / 1_000),\(String(format: "%03d", value % 1_000))"
    }

    static func time(_ seconds: Double) -> String {
        seconds < 1 ? "\(number(seconds * 1_000)) ms" : "\(number(seconds)) s"
    }
}

/// How long something takes, in seconds.
func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    return start.duration(to: .now) / .seconds(1)
}
