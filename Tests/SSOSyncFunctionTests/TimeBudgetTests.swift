// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncFunction

struct TimeBudgetTests {
    private func budget(milliseconds: Int64) throws(FunctionFailure) -> TimeBudget {
        let now = Timestamp.now
        let deadline = Timestamp(millisecondsSince1970: now.millisecondsSince1970 + milliseconds)
        return try TimeBudget(until: deadline, now: now)
    }

    @Test(arguments: [-5_000, 0, 1_000, 1_900])
    func `with too little time nothing is begun`(milliseconds: Int64) {
        #expect(throws: FunctionFailure.deadlineTooShort) { try budget(milliseconds: milliseconds) }
    }

    @Test func `time is kept to report: three seconds, and of little time a quarter`() throws {
        let long = try budget(milliseconds: 60_000)
        #expect(long.left <= .seconds(57) && long.left > .seconds(50))
        let short = try budget(milliseconds: 8_000)
        #expect(short.left <= .seconds(6) && short.left > .seconds(4))
        // Of the two a second and a half, of which one is kept to answer.
        #expect(short.end.duration(to: short.lastWord(to: .notifiers)) == .seconds(1))
        // As long as work goes on, nobody is told for long.
        let word = long.lastWord(to: .notifiers)
        #expect(word <= .now + .seconds(10) && word > .now + .seconds(5))
        #expect(long.mayBegin(after: .seconds(40)) && !long.mayBegin(after: .seconds(56)))
    }

    @Test func `where nobody waits for an answer, work has its time, and telling some of its own from when it begins`()
    {
        let budget = TimeBudget(lasting: .seconds(600), patience: .seconds(10))
        #expect(budget.left > .seconds(500) && !budget.isOver)
        #expect(ContinuousClock.now.duration(to: budget.lastWord(to: .archive)) < .seconds(11))
        let late = TimeBudget(lasting: .seconds(-60), patience: .seconds(10))
        #expect(late.isOver && !late.mayBegin() && late.lastWord(to: .archive) < .now)
    }
}
