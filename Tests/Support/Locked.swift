// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A value that several tasks use, one at a time.
///
/// Not `Mutex`: on Linux ThreadSanitizer does not know that one when it is contended (Swift 6.3.1), and what would keep it
/// quiet about that would keep it quiet about whatever runs below a test.
package final class Locked<Value>: @unchecked Sendable {
    // The lock is held wherever the value is touched.
    private var value: Value
    private let lock = NSLock()

    package init(_ value: sending Value) { self.value = value }

    /// Does something with the value while nobody else does.
    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}

/// Or `dump` would show the value, and read it while others change it.
extension Locked: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: []) }
}
