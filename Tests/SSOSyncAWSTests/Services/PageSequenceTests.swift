// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

@Suite("Lists in pages")
struct PageSequenceTests {
    private struct Page: ServicePage {
        let number: Int
        let nextToken: String?
    }

    private struct Broken: Error {}

    private let asked = Locked<[String?]>([])

    /// The pages by the token that they are asked for with.
    private func pages(_ next: [String: String?]) -> PageSequence<Page> {
        PageSequence("ListThings") { [asked] token in
            let number = asked.withLock { asked in
                asked.append(token)
                return asked.count
            }
            guard let following = next[token ?? ""] else { throw Broken() }
            return Page(number: number, nextToken: following)
        }
    }

    private func read(_ pages: PageSequence<Page>) async throws -> [Int] {
        var numbers: [Int] = []
        for try await page in pages { numbers.append(page.number) }
        return numbers
    }

    @Test func `every page is read, in order`() async throws {
        #expect(try await read(pages(["": "a", "a": "b", "b": nil])) == [1, 2, 3])
        #expect(asked.withLock { $0 } == [nil, "a", "b"])
    }

    @Test func `no page is asked for before it is wanted`() async throws {
        var iterator = pages(["": "a", "a": "b", "b": nil]).makeAsyncIterator()
        #expect(try await iterator.next()?.number == 1)
        #expect(asked.withLock(\.count) == 1)
    }

    @Test(arguments: [
        ["": "a", "a": "a"], ["": "a", "a": "b", "b": "a"], ["": "a", "a": "b", "b": "c", "c": "b"], ["": ""],
    ])
    func `a token that comes again, or is empty, is an error and not the end`(next: [String: String?]) async throws {
        let error = try #require(await #expect(throws: AWSError.self) { _ = try await read(pages(next)) })
        #expect(error.code == .badResponse)
        #expect(error.message.contains("ListThings"))
    }

    @Test func `whoever goes on after an error gets nothing`() async throws {
        var iterator = pages(["": "a"]).makeAsyncIterator()
        _ = try await iterator.next()
        await #expect(throws: Broken.self) { try await iterator.next() }
        #expect(try await iterator.next() == nil)
    }
}
