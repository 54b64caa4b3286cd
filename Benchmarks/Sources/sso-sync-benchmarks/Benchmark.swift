// SPDX-License-Identifier: Apache-2.0

/// Something that is measured, in one run with what it is compared with.
protocol Benchmark: Sendable {
    /// What it is called on the command line.
    static var name: String { get }
    static var summary: String { get }

    init(_ options: Options)

    func run() async throws -> [Row]
}

/// What the command line says.
struct Options: Sendable {
    var isQuick = false
    /// The program `sso-sync`, built for release.
    var tool = Repository.root + "/.build/release/sso-sync"
    var names: [String] = []
    var isListing = false

    /// How often to measure what is short; the median counts.
    var rounds: Int { isQuick ? 3 : 9 }

    init(_ arguments: some Sequence<String>) throws {
        var arguments = arguments.makeIterator()
        while let argument = arguments.next() {
            switch argument {
            case "--quick": isQuick = true
            case "--list": isListing = true
            case "--tool":
                guard let path = arguments.next() else { throw Trouble("--tool needs a path") }
                tool = path
            default:
                guard !argument.hasPrefix("-") else { throw Trouble("unknown option \(argument)") }
                names.append(argument)
            }
        }
    }
}

/// What went wrong, for people.
struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
