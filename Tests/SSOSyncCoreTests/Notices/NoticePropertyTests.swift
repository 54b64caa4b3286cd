// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// Runs in hundreds of random worlds, whose names are as bad as names get.
@Suite("Words about a run") struct NoticePropertyTests {
    private struct Broken: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private static let everything = Set(NoticeKind.allCases)

    /// A run in a world: some of the planned operations end well, and errors name whom they are about.
    private static func report(_ world: World, _ random: inout SplitMix64, target: TargetName = "orders") -> SyncReport
    {
        let plan = world.plan()
        let outcomes = plan.operations.map { operation in
            let error = SyncError(
                .server,
                "\(operation.account) cannot be touched: \(operation.account)\u{202E}\u{1B}[2J"
            )
            return OperationOutcome(
                operation,
                random.pick([.done, .done, .failed(error), .deferred(because: "later")])
            )
        }
        let failure = random.chance(20) ? SyncError(.server, "role dba of alice, in g1") : nil
        return SyncReport(
            runId: "5eed",
            kind: .apply,
            startedAt: World.start,
            finishedAt: World.start,
            directoryAsOf: nil,
            sourceFailure: random.chance(5) ? SyncError(.source, "group g1 of alice") : nil,
            targets: [
                TargetReport(target: target, plan: plan, wasApplied: true, outcomes: outcomes, failure: failure)
            ]
        )
    }

    private static func notice(_ report: SyncReport, _ detail: NoticeSettings.Detail) -> Notice? {
        let settings = NoticeSettings(owner: "prod", kinds: everything, detail: detail)
        return NoticeDecision(report, settings: settings, memory: TroubleMemory()).notice
    }

    private static func json(_ notice: Notice) -> String {
        String(decoding: CanonicalJSON.bytes(notice), as: UTF8.self)
    }

    @Test func `no name of an account, a role or a group is said unless names are wanted`() async {
        let names = World.names.map(\.rawValue) + World.mappableRoles.map(\.rawValue) + ["g1", "g2", "g\u{e9}"]
        await World.each(400) { world, random in
            guard let notice = Self.notice(Self.report(world, &random), .counts) else { return }
            // Hexadecimal digits may spell a name.
            let said = (NoticeText(notice).text + Self.json(notice)).replacing(/[0-9a-f]{16}/, with: " ")
            for name in names where name.utf8.count > 1 && said.contains(name) { throw Broken("\(name) is in \(said)") }
        }
    }

    @Test func `with names, whoever a matter is about is named`() async {
        var named = 0
        await World.each(200) { world, random in
            guard let notice = Self.notice(Self.report(world, &random), .names) else { return }
            let text = NoticeText(notice).text
            for matter in notice.targets.flatMap(\.matters) {
                guard let account = matter.account else { continue }
                named += 1
                guard text.contains(Printable.escaped(account.rawValue)) else { throw Broken("\(account) is missing") }
            }
        }
        #expect(named > 100)
    }

    @Test func `no text moves the cursor, hides, or turns the line around`() async {
        await World.each(200) { world, random in
            guard let notice = Self.notice(Self.report(world, &random), .names) else { return }
            let text = NoticeText(notice).text
            guard Printable.escapedProse(text, keepsLines: true) == text else { throw Broken(text.debugDescription) }
            let json = CanonicalJSON.asciiText(notice)
            guard json.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw Broken(json.debugDescription) }
            let (left, right) = (Data(json.utf8), Data(CanonicalJSON.bytes(notice)))
            let same = try JSONSerialization.jsonObject(with: left) as? NSDictionary
            guard same == (try JSONSerialization.jsonObject(with: right) as? NSDictionary) else { throw Broken(json) }
        }
    }

    @Test func `a subject is one line of fewer than 100 characters of printable ASCII, whatever things are called`() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<500 {
            let scalars = (0..<Int.random(in: 0...120, using: &random)).compactMap { _ in
                Unicode.Scalar(random.pick([UInt32(0x0A), 0x20, 0x41, 0x7F, 0xE9, 0x202E, 0x1F600, 0x0D, 0x2028]))
            }
            let name = String(String.UnicodeScalarView(scalars))
            let targets = (0..<Int.random(in: 0...40, using: &random)).map { number in
                TargetReport(target: TargetName("\(name)\(number)"), failure: SyncError(.tls, "expired"))
            }
            let report = SyncReport(
                runId: name,
                kind: .apply,
                startedAt: World.start,
                finishedAt: World.start,
                directoryAsOf: nil,
                sourceFailure: targets.isEmpty ? SyncError(.source, name) : nil,
                targets: targets
            )
            let settings = NoticeSettings(owner: DeploymentOwner(name), kinds: Self.everything)
            guard let notice = NoticeDecision(report, settings: settings, memory: TroubleMemory()).notice else {
                Issue.record("nothing is said about \(targets.count) targets")
                continue
            }
            for notice in [notice, notice.limited(targets: 3, entries: 3), notice.limited(targets: 0, entries: 0)] {
                let subject = NoticeText(notice).subject
                let isGood = subject.utf8.count < 100 && subject.utf8.allSatisfy { (0x20...0x7E).contains($0) }
                #expect(isGood && subject.hasPrefix("SSOSync "), "\(subject.debugDescription)")
            }
        }
    }

    @Test func `a run that is told about twice is told about once, but for its changes`() async {
        await World.each(200) { world, random in
            let report = Self.report(world, &random)
            for kinds in [Self.everything.subtracting([.changes]), [.failure, .brake]] {
                let settings = NoticeSettings(owner: "prod", kinds: kinds)
                let first = NoticeDecision(report, settings: settings, memory: TroubleMemory())
                let second = NoticeDecision(report, settings: settings, memory: first.memory)
                guard second.notice == nil, second.memory == first.memory else { throw Broken("told twice") }
                let data = Data(CanonicalJSON.bytes(first.memory))
                let kept = try JSONDecoder().decode(TroubleMemory.self, from: data)
                guard kept == first.memory else { throw Broken("a memory is not what was kept") }
            }
        }
    }

    @Test func `what is cut off is counted`() async {
        await World.each(100) { world, random in
            guard let notice = Self.notice(Self.report(world, &random), .counts), let whole = notice.targets.first
            else { return }
            let (cut, count) = (notice.limited(targets: 1, entries: 1), whole.matters.count + whole.changes.count)
            guard let target = cut.targets.first else { throw Broken("the target is gone") }
            guard target.matters.count + target.changes.count + target.leftOut == count else {
                throw Broken("not counted")
            }
            guard target.counts == whole.counts else { throw Broken("counts changed") }
            let text = NoticeText(cut).text
            guard target.leftOut == 0 || text.contains("and \(target.leftOut) more") else { throw Broken(text) }
            guard notice.limited(targets: 0, entries: 0).targetsLeftOut == 1 else {
                throw Broken("the target is not counted")
            }
        }
    }
}
