// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

/// The hub's processes and the spokes'.
extension FleetStory {
    /// Hands a new process of the hub these payloads.
    func playHub(
        _ payloads: [String],
        environment: [String: String] = [:],
        timeout: Double = 60,
        starts: Int = 1
    ) async throws -> LambdaControlPlane.Report {
        try await play(payloads, folder: hub, variables.merging(environment) { $1 }, timeout: timeout, starts: starts)
    }

    /// Hands a new process of a spoke these payloads.
    ///
    /// - Parameters:
    ///   - spoke: The spoke.
    ///   - payloads: What it is invoked with.
    ///   - environment: More variables.
    ///   - timeout: Seconds that each invocation has.
    ///   - sleep: Seconds that the process is left alone before each invocation.
    ///   - starts: How many processes it takes.
    func play(
        _ spoke: Spoke,
        _ payloads: [String],
        environment: [String: String] = [:],
        timeout: Double = 60,
        sleep: Double = 0,
        starts: Int = 1
    ) async throws -> LambdaControlPlane.Report {
        let variables = spoke.variables.merging(environment) { $1 }
        return try await play(payloads, folder: spoke.folder, variables, timeout: timeout, sleep: sleep, starts: starts)
    }

    /// Hands the hub events, and requires that all of them are done with.
    @discardableResult
    func hub(
        _ bodies: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> LambdaControlPlane.Report {
        let report = try await playHub([try LambdaEvents.batch(bodies)])
        #expect(
            report.outcomes.map(\.body) == [LambdaEvents.failures()],
            "\(report.output)",
            sourceLocation: sourceLocation
        )
        return report
    }

    /// Hands each spoke what waits in its queue, and requires that all of it is done with.
    ///
    /// - Returns: What came of it, for each spoke.
    @discardableResult
    func deliver(sourceLocation: SourceLocation = #_sourceLocation) async throws -> [LambdaControlPlane.Report] {
        var reports: [LambdaControlPlane.Report] = []
        for spoke in spokes {
            let bodies = try await spoke.queue.drain()
            let report = try await play(spoke, [try LambdaEvents.batch(bodies)])
            #expect(
                report.outcomes.map(\.body) == [LambdaEvents.failures()],
                "\(report.output)",
                sourceLocation: sourceLocation
            )
            reports.append(report)
        }
        return reports
    }

    /// Hands each spoke what arrives in its queue, and once more what is not done with, until all of it is and nothing more will come.
    func deliver(until isOver: @escaping @Sendable () -> Bool) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for spoke in spokes {
                group.addTask {
                    var waiting: [String] = []
                    while true {
                        let isLast = isOver()
                        waiting += try await spoke.queue.drain(wait: isLast || !waiting.isEmpty ? 0 : 1)
                        if waiting.isEmpty, isLast { return }
                        guard !waiting.isEmpty else { continue }
                        let report = try await play(spoke, [try LambdaEvents.batch(waiting)])
                        #expect(report.kinds == ["response"], "\(report.output)")
                        waiting = report.outcomes.flatMap { LambdaEvents.returned(waiting, by: $0.body) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func play(
        _ payloads: [String],
        folder: TemporaryFolder,
        _ variables: [String: String],
        timeout: Double,
        sleep: Double = 0,
        starts: Int = 1
    ) async throws -> LambdaControlPlane.Report {
        let own = ["LAMBDA_TASK_ROOT": folder.path, "AWS_REGION": aws.region, "AWS_LAMBDA_LOG_FORMAT": "JSON"]
        let report = try await AllowedActions.fleet.required(of: aws) {
            try await LambdaControlPlane.play(
                payloads.map { LambdaControlPlane.Invocation($0).with { $0.delay = sleep } },
                on: "sso-sync-lambda",
                environment: aws.environment.merging(own) { $1 }.merging(variables) { $1 },
                timeout: timeout
            )
        }
        #expect(report.violations.isEmpty)
        #expect(report.starts == starts, "\(report.initErrors)")
        #expect(!report.output.contains { $0.contains(aws.secretAccessKey) || $0.contains("X-Amz-Signature") })
        return report
    }
}
