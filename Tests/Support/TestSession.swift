// SPDX-License-Identifier: Apache-2.0

/// Somebody's connection to a server, in words that hold for every engine.
///
/// What goes on in a session throws ``LostSession`` once the server has ended it, and whatever the connection throws if
/// something else is the matter.
package protocol TestSession: Sendable {
    /// Whether the connection is closed or broken, as far as is known here.
    var isClosed: Bool { get async }

    /// Asks the server for something.
    func check() async throws

    /// Disconnects.
    func close() async
}

/// The server has ended a session.
package struct LostSession: Error {
    package init() {}
}
