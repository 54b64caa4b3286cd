// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A time between two runs: `30s`, `15m`, `1h` or `1d`, from a second to a day.
struct Interval: ExpressibleByArgument, CustomStringConvertible {
    private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

    /// A quarter of an hour.
    static let standard = Interval(description: "15m", duration: .seconds(900))

    let description: String
    let duration: Duration

    private init(description: String, duration: Duration) {
        self.description = description
        self.duration = duration
    }

    init?(argument: String) {
        let digits = argument.dropLast()
        guard let unit = argument.last.flatMap({ Self.units[$0] }), digits.utf8.count <= 5,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
            (1...86_400).contains(number * unit)
        else { return nil }
        self.init(description: argument, duration: .seconds(number * unit))
    }
}
