// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import Synchronization

/// What a process has seen of a freeze of joins: readings that are older than the latest one that tells of it let nobody in
/// either, or whoever plays one again from before the freeze would be let in by it.
final class FrozenReadings: Sendable {
    private let latest = Mutex<Timestamp?>(nil)

    /// A reading, by which nobody is let in if it says so, or is older than one that does.
    func applied(to directory: Directory) -> Directory {
        latest.withLock { latest in
            if directory.admitsNobody { latest = max(latest ?? directory.asOf, directory.asOf) }
            guard let latest, directory.asOf <= latest else { return directory }
            return directory.admittingNobody
        }
    }
}
