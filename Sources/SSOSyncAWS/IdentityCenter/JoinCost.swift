// SPDX-License-Identifier: Apache-2.0

/// Weighs, page by page, reading all users of a store against asking for each wanted one.
///
/// A pure value. How many users there are is not known before the last page, so it is guessed from how many of the wanted
/// ones were among those seen so far.
struct JoinCost {
    /// Fewer are asked for one by one without looking further.
    static let few = 3
    /// So many times more may asking for the rest cost than was spent on pages, before a guess counts: a store may list
    /// those who are wanted last.
    private static let patience = 10

    private let wanted: Int
    /// How many users the store is known to have at least.
    private let knownSize: Int
    private var pages = 0
    private var scanned = 0
    private var found = 0

    init(wanted: Int, knownSize: Int = 0) {
        self.wanted = wanted
        self.knownSize = knownSize
    }

    /// How many are still to be found.
    var missing: Int { wanted - found }

    /// Takes note of a page.
    mutating func add(users: Int, found: Int) {
        pages += 1
        scanned += users
        self.found += found
    }

    /// Whether another page is the cheaper way to go on.
    var isListingCheaper: Bool {
        guard pages > 0 else { return wanted > Self.few && Self.pages(of: knownSize) <= wanted }
        guard missing > 0, pages * Self.patience >= missing else { return missing > 0 }
        let guess = scanned.multipliedReportingOverflow(by: wanted).partialValue / max(found, 1)
        return Self.pages(of: max(guess, knownSize) - scanned) <= missing
    }

    /// How many pages users take.
    static func pages(of users: Int) -> Int {
        let size = IdentityStoreClient.pageSize
        return (max(users, 0) + size - 1) / size
    }
}
