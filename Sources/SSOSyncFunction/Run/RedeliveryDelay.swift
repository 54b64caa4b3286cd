// SPDX-License-Identifier: Apache-2.0

/// After how long a message comes again that is not done with.
enum RedeliveryDelay {
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
}
