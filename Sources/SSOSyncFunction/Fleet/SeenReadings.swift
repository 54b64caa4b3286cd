// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Of whom a process has seen which reading last, so that none that comes late undoes a later one.
///
/// Markers tell the same of accounts that a reading has changed something about, to all processes; this tells of the others, too,
/// of excerpts as of snapshots.
struct SeenReadings {
    /// For how long readings are remembered, in seconds: no older excerpt is taken.
    private static let memory: Int64 = 900

    private var latest: [UserId: Timestamp] = [:]
    /// When the latest reading of everyone began.
    private var everyone: Timestamp?

    /// Takes down a reading of everyone.
    mutating func note(everyoneAsOf asOf: Timestamp) { everyone = max(everyone ?? asOf, asOf) }

    /// Whether a reading may let somebody in: none that is later was seen, be it that it found nothing to do and left no trace in
    /// any marker.
    func admits(_ person: UserId, asOf: Timestamp) -> Bool {
        [latest[person], everyone].allSatisfy { $0.map { $0 <= asOf } ?? true }
    }

    /// Takes down a reading.
    ///
    /// - Returns: Those of the people of whom no later one was seen, nor this one.
    mutating func admit(_ people: Set<UserId>, asOf: Timestamp, now: Timestamp) -> Set<UserId> {
        latest = latest.filter { $0.value.advanced(bySeconds: Self.memory) >= now }
        let new = people.filter { latest[$0].map { $0 < asOf } ?? true }
        for person in new { latest[person] = asOf }
        return new
    }

    /// Lets the reading be taken once more, because what it was for has failed.
    mutating func forget(_ people: Set<UserId>, asOf: Timestamp) {
        for person in people where latest[person] == asOf {
            // Only an earlier one is refused then.
            latest[person] = Timestamp(millisecondsSince1970: asOf.millisecondsSince1970 - 1)
        }
    }
}
