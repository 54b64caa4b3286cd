// SPDX-License-Identifier: Apache-2.0

/// After how long a message comes again that is not done with.
enum RedeliveryDelay {
    /// How often a message comes again only because it is not everyone's turn yet: of the ten times until it is a dead letter most are
    /// for what fails.
    static let mostWaits = 3
    /// After the first time, in seconds: most writers have let go of a lock by then.
    private static let first = 20
    /// The longest, in seconds.
    private static let longest = 900
    /// From so many doublings on it is the longest.
    private static let doublings = 6

    /// The delay, which doubles each time: what is short is soon done, and what lasts is not asked for too often.
    ///
    /// - Parameter receiveCount: How often the message has come, this time included; nil if nobody knows.
    static func seconds(receiveCount: Int?) -> Int {
        let earlier = max(receiveCount ?? 1, 1) - 1
        return min(first << min(earlier, doublings), longest)
    }

    /// The delay of a message for which everyone is read.
    ///
    /// As often as it may have come only to wait, it is treated as if it had; from then on it has failed.
    ///
    /// - Parameters:
    ///   - receiveCount: How often the message has come, this time included; nil if nobody knows.
    ///   - turn: In how many seconds everyone may be read again: before that it would come to wait.
    static func seconds(receiveCount: Int?, turn: Int) -> Int {
        receiveCount ?? 1 > mostWaits + 1 ? seconds(receiveCount: receiveCount) : min(max(first, turn), longest)
    }
}
