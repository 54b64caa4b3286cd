// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A control plane of Lambda's that starts a runtime, hands it invocations, and sees that it keeps the contract:
/// dev/lambda/control_plane.py, which says what each part means.
package enum LambdaControlPlane {
    /// One invocation, and how the control plane misbehaves around it.
    package struct Invocation: Encodable, Sendable {
        /// What an answer is answered with.
        package enum Receipt: Encodable, Sendable {
            case status(Int)
            case reset

            package func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .status(let number): try container.encode(number)
                case .reset: try container.encode("reset")
                }
            }
        }

        /// What `/next` is answered with instead of an invocation.
        package enum Next: Encodable, Sendable {
            case status(Int)
            case fault(String)

            package func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .status(let number): try container.encode(number)
                case .fault(let name): try container.encode(name)
                }
            }
        }

        package var payload: String
        package var timeout: Double?
        package var times: Int?
        package var trace: String?
        package var delay: Double?
        package var lower: Bool?
        package var chunked: Bool?
        package var close: Bool?
        package var headers: [String: String]?
        package var omit: [String]?
        package var next: Next?
        package var receipts: [Receipt]?

        package init(_ payload: String, timeout: Double? = nil, times: Int? = nil) {
            (self.payload, self.timeout, self.times) = (payload, timeout, times)
        }

        /// The same with a part changed.
        package func with(_ change: (inout Invocation) -> Void) -> Invocation {
            var copy = self
            change(&copy)
            return copy
        }
    }

    /// How an invocation ended.
    package struct Outcome: Decodable, Sendable {
        package let kind: String
        package let requestId: String
        package let body: String
        package let errorType: String?
        package let milliseconds: Double?
    }

    /// What came of a script.
    package struct Report: Decodable, Sendable {
        package struct InitError: Decodable, Sendable {
            package let errorType: String?
            package let body: String
        }

        package struct Sample: Decodable, Sendable {
            /// In KiB.
            package let resident: Int
            package let descriptors: Int
        }

        package let outcomes: [Outcome]
        package let violations: [String]
        package let starts: Int
        package let initMilliseconds: Double?
        package let initErrors: [InitError]
        package let exits: [Int]
        package let samples: [Sample]
        /// The most memory that the last process has had resident, in KiB; 0 if it ended by itself.
        package let peak: Int
        package let output: [String]

        /// The kinds of the outcomes.
        package var kinds: [String] { outcomes.map(\.kind) }

        /// What the last process needs at its end beyond what it needed at one of the samples, memory in KiB; nil if there are not
        /// so many.
        package func growth(since sample: Int) -> (resident: Int, descriptors: Int)? {
            guard let settled = samples.dropFirst(sample).first, let last = samples.last else { return nil }
            return (last.resident - settled.resident, last.descriptors - settled.descriptors)
        }
    }

    private struct Script: Encodable {
        let environment: [String: String]
        let timeout: Double
        let linger: Double
        let invocations: [Invocation]
    }

    /// Plays a script.
    ///
    /// - Parameters:
    ///   - invocations: What the runtime is handed.
    ///   - program: The runtime: its path, or a name beside the tests.
    ///   - environment: Its variables, beside Lambda's own.
    ///   - timeout: Seconds that each invocation has; plenty, for machines with much else to do.
    ///   - linger: Seconds that the runtime has to end by itself after the last one.
    package static func play(
        _ invocations: [Invocation],
        on program: String,
        environment: [String: String] = [:],
        timeout: Double = 60,
        linger: Double = 0
    ) async throws -> Report {
        let script = Script(environment: environment, timeout: timeout, linger: linger, invocations: invocations)
        let folder = try TemporaryFolder()
        let file = try folder.write(bytes: Array(try JSONEncoder().encode(script)), to: "script.json")
        let controlPlane = ChildProcess.root.appending(path: "dev/lambda/control_plane.py").path
        let report = try await ChildProcess.output(["python3", controlPlane, file, "--", path(of: program)])
        return try JSONDecoder().decode(Report.self, from: Data(report.utf8))
    }

    /// The variable that names another build of the function than the one beside the tests, such as that of `make lambda`.
    private static let variable = "SSOSYNC_LAMBDA_PROGRAM"

    /// The most memory that an event may take, in KiB: what is deployed stays below 32 MB, and what is built for debugging is larger.
    package static var peakOfEvent: Int { (ProcessInfo.processInfo.environment[variable] == nil ? 48 : 32) << 10 }

    /// Built beside the tests, unless a path is given.
    private static func path(of program: String) -> String {
        if program.contains("/") { return program }
        if program == "sso-sync-lambda", let other = ProcessInfo.processInfo.environment[variable] { return other }
        return URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: program).path()
    }
}
