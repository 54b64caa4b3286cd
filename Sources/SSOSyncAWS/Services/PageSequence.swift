// SPDX-License-Identifier: Apache-2.0

/// One page of a list that a service hands out in several.
public protocol ServicePage: Sendable {
    /// What to ask for the next page with; nil on the last one.
    var nextToken: String? { get }
}

/// The pages of a list, each asked for when it is wanted and not before.
///
/// It ends after the page that has no token, and only then: a page that fails, or that has the token of an earlier one,
/// throws. A list that was read to its end is whole.
public struct PageSequence<Page: ServicePage>: AsyncSequence, Sendable {
    /// A page.
    public typealias Element = Page

    private let name: String
    private let page: @Sendable (_ token: String?) async throws -> Page

    /// The pages of a list.
    ///
    /// - Parameters:
    ///   - name: What is listed, for errors.
    ///   - page: Asks for the page of a token, or for the first one.
    public init(_ name: String, page: @escaping @Sendable (_ token: String?) async throws -> Page) {
        self.name = name
        self.page = page
    }

    /// Begins at the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(name: name, page: page) }

    /// Asks for one page after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let name: String
        fileprivate let page: @Sendable (_ token: String?) async throws -> Page
        private var token: String?
        private var seen: Set<String> = []
        private var isAtEnd = false

        fileprivate init(name: String, page: @escaping @Sendable (_ token: String?) async throws -> Page) {
            self.name = name
            self.page = page
        }

        /// The next page; nil after the last one.
        ///
        /// - Throws: What kept the page from being read; ``AWSError`` with the code ``AWSError/Code/badResponse`` if its
        ///   token is empty, or was there before.
        public mutating func next() async throws -> Page? {
            guard !isAtEnd else { return nil }
            // Whoever goes on after an error gets no further page.
            isAtEnd = true
            let page = try await page(token)
            guard let next = page.nextToken else { return page }
            guard !next.isEmpty, seen.insert(next).inserted else {
                let problem = next.isEmpty ? "an empty page token" : "a page token that was there before"
                throw AWSError(.badResponse, "\(name): the service sent \(problem), so the list cannot be read whole")
            }
            (token, isAtEnd) = (next, false)
            return page
        }
    }
}
