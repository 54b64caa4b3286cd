// SPDX-License-Identifier: Apache-2.0

/// Tells somebody how a run went.
///
/// ## Implementation guidance
/// A notifier that throws does not fail the run; the engine notes the error in the report that it returns. Decide by the
/// report whether there is anything to tell.
public protocol Notifier: Sendable {
    /// Tells somebody how a run went.
    ///
    /// - Parameter report: The finished run.
    /// - Throws: Whatever kept the word from being passed on; the message holds no secret.
    func notify(_ report: SyncReport) async throws
}
