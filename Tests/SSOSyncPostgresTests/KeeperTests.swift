// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency
import Testing

@Suite("What is kept")
struct KeeperTests {
    private typealias Values = Keeper<String, String>

    private let start = ContinuousClock.now

    /// So many seconds later, by the clock that runs on and by the one on the wall.
    private func moment(_ seconds: Int, wall: Int? = nil) -> KeepingMoment {
        KeepingMoment(start.advanced(by: .seconds(seconds)), wall: .seconds(1_000_000 + (wall ?? seconds)))
    }

    private func item(_ value: String, made: Int = 0) -> Values.Item { Values.Item(value, made: moment(made)) }

    @Test
    func `is what was kept last for the same key, and is taken once`() {
        let keeper = Values()
        keeper.keep(item("a"), for: "one", now: moment(0))
        keeper.keep(item("b"), for: "one", now: moment(1))
        keeper.keep(item("c"), for: "two", now: moment(2))
        #expect(keeper.take("one", now: moment(3))?.value == "b")
        #expect(keeper.take("one", now: moment(3))?.value == "a")
        #expect(keeper.take("one", now: moment(3)) == nil)
        keeper.letGo()
        #expect(keeper.take("two", now: moment(3)) == nil)
    }

    @Test
    func `is good for 45 seconds by either clock, for in a frozen process one stands still and the other is set`() {
        for (later, isGood) in [
            (moment(44), true), (moment(45), false), (moment(1, wall: 45), false), (moment(45, wall: 1), false),
            (moment(1, wall: -1), false),
        ] {
            let keeper = Values()
            keeper.keep(item("a"), for: "one", now: moment(0))
            #expect((keeper.take("one", now: later) != nil) == isGood, "\(later)")
        }
    }

    @Test
    func `is good for five minutes in all, however often it is used`() {
        let keeper = Values()
        for second in stride(from: 0, through: 280, by: 40) {
            keeper.keep(item("a"), for: "one", now: moment(second))
            #expect(keeper.take("one", now: moment(second + 10)) != nil)
        }
        keeper.keep(item("a"), for: "one", now: moment(299))
        #expect(keeper.take("one", now: moment(300)) == nil)
        keeper.keep(item("a"), for: "one", now: moment(300))
        #expect(keeper.take("one", now: moment(300)) == nil)
    }

    @Test
    func `is eight at most, without those that were kept first`() {
        let keeper = Values()
        for number in 0..<10 { keeper.keep(item("\(number)"), for: "\(number)", now: moment(number)) }
        #expect((0..<10).filter { keeper.take("\($0)", now: moment(10)) != nil } == Array(2..<10))
    }

    @Test
    func `is let go of, and not only out of reach`() {
        final class Value: Sendable {}
        let keeper = Keeper<String, Value>()
        weak var value: Value?
        do {
            let made = Value()
            value = made
            keeper.keep(.init(made, made: moment(0)), for: "one", now: moment(0))
        }
        #expect(value != nil)
        #expect(keeper.take("two", now: moment(45)) == nil)
        #expect(value == nil)
    }
}
