// SPDX-License-Identifier: Apache-2.0

/// The first three numbers of a server's version.
struct ServerVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    let major: Int
    let minor: Int
    let patch: Int

    init(_ major: Int, _ minor: Int, _ patch: Int) { (self.major, self.minor, self.patch) = (major, minor, patch) }

    /// Reads what the server says: `8.0.39`, `9.7.4-2`, `8.0.mysql_aurora.3.08.0`.
    ///
    /// Numbers that are not there count as 99: Aurora says its own instead of MySQL's third.
    init?(_ text: String) {
        let numbers = text.prefix { $0 != "-" }.split(separator: ".").map { Int($0) }
        guard let major = numbers.first ?? nil else { return nil }
        func number(_ index: Int) -> Int { (numbers.count > index ? numbers[index] : nil) ?? 99 }
        self.init(major, number(1), number(2))
    }

    var description: String { "\(major).\(minor).\(patch)" }

    static func < (left: ServerVersion, right: ServerVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
