// SPDX-License-Identifier: Apache-2.0

/// Somebody's connection to a server, in words that hold for every engine.
///
/// What goes on in a session throws ``LostSession`` once the server has ended it, and whatever the connection throws if
/// something else is the matter.
package protocol TestSession: Sendable {
    /// Whether the connection is closed or broken, as far as is known here.
    var isClosed: Bool { get async }

    /// Disconnects.
    func close() async

    /// Asks the server for something.
    func check() async throws

    /// Keeps the server busy for so many seconds.
    func sleep(seconds: Double) async throws

    /// Begins a transaction and asks the server for something in it.
    func beginTransaction() async throws

    /// Makes something that lives as long as the session.
    func makeSomethingTemporary() async throws

    // MARK: The provisioner's lock

    /// Takes the provisioner's lock if nobody has it, and stays for so many seconds.
    ///
    /// - Returns: Whether it was free.
    func tryProvisionerLock(staying seconds: Double) async throws -> Bool

    /// Waits for the provisioner's lock for as long as it takes.
    func waitForProvisionerLock() async throws

    /// Makes the server end the session once it is silent for a second, or less if it can.
    func limitSilence() async throws
}

extension TestSession {
    /// Takes the provisioner's lock if nobody has it.
    ///
    /// - Returns: Whether it was free.
    package func tryProvisionerLock() async throws -> Bool { try await tryProvisionerLock(staying: 0) }
}

/// The server has ended a session.
package struct LostSession: Error {
    package init() {}
}
