// SPDX-License-Identifier: Apache-2.0

package import SSOSyncConcurrency

extension KeepingMoment {
    /// The moment on both clocks.
    package static var now: KeepingMoment {
        KeepingMoment(wall: .milliseconds(Timestamp.now.millisecondsSince1970))
    }
}
