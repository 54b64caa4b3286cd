// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What a ``Doctor`` found.
public struct Diagnosis: Hashable, Sendable, Encodable {
    /// The checks of one part of a run.
    public struct Part: Hashable, Sendable, Encodable {
        /// The part: `credentials`, `directory`, or a target.
        public let name: String
        /// The target, if it is one.
        public let target: TargetName?
        /// The checks, in the order in which a run comes upon what they are about.
        public let checks: [HealthCheck]
    }

    /// The parts: what all targets share, then the targets, ascending by name.
    public let parts: [Part]

    /// How many checks stand in a certain way.
    public func count(_ status: HealthCheck.Status) -> Int {
        parts.reduce(0) { $0 + $1.checks.count { $0.status == status } }
    }

    /// The process's exit code: 69 if people or groups cannot be read, 4 if something else keeps runs from working, 0 for
    /// nothing that has to be mended.
    public var exitCode: Int32 {
        let failed = parts.filter { part in part.checks.contains { $0.status == .failed } }
        if failed.contains(where: { $0.target == nil && $0.name == Doctor.directory }) {
            return Verdict.sourceUnavailable.exitCode
        }
        return failed.isEmpty ? 0 : Verdict.partialFailure.exitCode
    }

    /// The diagnosis as canonical JSON.
    public var json: String { String(decoding: CanonicalJSON.bytes(self), as: UTF8.self) }
}
