// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore

/// A provisioner with a test looking over its shoulder, which may also throw, wait or interfere.
package struct InterceptedProvisioner: DatabaseProvisioner {
    /// What is about to happen, or has happened.
    package enum Event: Sendable {
        case opened(SessionAccess)
        case inspected(Accounts)
        case applying([Operation])
        case applied([Operation])
        case closing
    }

    private let base: any DatabaseProvisioner
    private let onEvent: @Sendable (Event) async throws -> Void

    package init(_ base: any DatabaseProvisioner, onEvent: @escaping @Sendable (Event) async throws -> Void) {
        self.base = base
        self.onEvent = onEvent
    }

    package func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        let session = try await base.openSession(access)
        try await onEvent(.opened(access))
        return InterceptedSession(base: session, onEvent: onEvent)
    }
}

private struct InterceptedSession: ProvisioningSession {
    let base: any ProvisioningSession
    let onEvent: @Sendable (InterceptedProvisioner.Event) async throws -> Void

    var dialect: Dialect { base.dialect }

    func inspect(_ request: InspectionRequest) async throws -> Accounts {
        let accounts = try await base.inspect(request)
        try await onEvent(.inspected(accounts))
        return accounts
    }

    func apply(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        try await onEvent(.applying(operations))
        try await base.apply(operations, until: deadline, report: report)
        try await onEvent(.applied(operations))
    }

    func script(for operations: [Operation]) async throws -> [String] {
        try await base.script(for: operations)
    }

    func close() async {
        try? await onEvent(.closing)
        await base.close()
    }
}
