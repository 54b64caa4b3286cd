// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// Rings and freezes, as the configuration gives them.
struct RolloutConfigurationTests {
    private func holds(rings: [Int], modes: [String] = [], _ rollout: String) throws -> [Policy.Hold?] {
        let targets = rings.enumerated().map { index, ring in
            let mode = index < modes.count ? modes[index] : "enforce"
            return Sample.target.replacing("orders", with: "t\(index)").replacing("\"db\"", with: "\"db\(index)\"")
                .replacing("\"groups\"", with: "\"ring\": \(ring), \"mode\": \"\(mode)\", \"groups\"")
        }
        let text = Sample.json(targets: targets.joined(separator: ", "), rollout)
        let configuration = try Sample.configuration(text, file: "c.json")
        return configuration.targets.map { $0.policy(owner: "prod", rollout: configuration.rollout).hold }
    }

    @Test func `targets beyond the ring that is reached are held back, and others are not`() throws {
        let beyond = Policy.Hold.ring(number: 2, reached: 1)
        #expect(try holds(rings: [0, 1, 2], #", "rollout": {"ring": 1}"#) == [nil, nil, beyond])
        #expect(try holds(rings: [0, 1, 2], #", "rollout": {"ring": 2}"#) == [nil, nil, nil])
        #expect(try holds(rings: [0, 0], "") == [nil, nil])
    }

    @Test func `what holds back most counts, and the target's own mode if that is as strict`() throws {
        let joins = #", "rollout": {"ring": 0, "freeze": "joins"}"#
        #expect(try holds(rings: [0, 1], joins) == [.joinsFrozen, .ring(number: 1, reached: 0)])
        let everything = #", "rollout": {"ring": 0, "freeze": "everything"}"#
        #expect(try holds(rings: [0, 1], everything) == [.everythingFrozen, .everythingFrozen])
        let plan = try holds(rings: [1, 1, 1], modes: ["plan", "joins", "enforce"], #", "rollout": {"ring": 0}"#)
        #expect(plan == [nil, .ring(number: 1, reached: 0), .ring(number: 1, reached: 0)])
    }

    @Test func `a ring without one that is reached would wait for nothing, and is refused`() throws {
        let yaml = Sample.yaml("    groups: [dba]\n    ring: 2")
        let problem =
            "c.yaml:6: targets[0]: ring 2 goes with rollout: { ring: … }, the ring that has been reached, which is missing"
        #expect(try Sample.problems(yaml) == [problem])
        #expect(try Sample.problems(yaml + "\nrollout: { freeze: joins }") == [problem])
        #expect(try Sample.problems(yaml + "\nrollout: { ring: 0 }") == [])
    }

    @Test func `what is wrong is told with line, key and what was expected`() throws {
        let problems: [(String, String)] = [
            ("ring: x", "c.yaml:11: rollout.ring: expected a ring's number from 0 to 1000000, found text"),
            (
                "freeze: join",
                #"c.yaml:11: rollout.freeze: expected one of joins, everything, found "join", did you mean "joins"?"#
            ),
            ("freeeze: joins", #"c.yaml:11: rollout: unknown key "freeeze", did you mean "freeze"?"#),
        ]
        for (line, problem) in problems {
            let found = try Sample.problems(Sample.yaml() + "\nrollout: { \(line) }")
            #expect(found == [problem], "\(found)")
        }
        let hub = try Sample.problems(
            HubSamples.good[0].replacing("\"hub\"", with: "\"rollout\": {\"ring\": 1}, \"hub\"")
        )
        #expect(hub.contains { $0.contains("ring belongs into the configurations of its spokes") }, "\(hub)")
    }

    @Test func `a plan that was approved is another one once a ring has been reached`() throws {
        let configurations = try [#", "rollout": {"ring": 0}"#, #", "rollout": {"ring": 1}"#, ""].map {
            try Sample.configuration(Sample.json($0), file: "c.json").fingerprint
        }
        #expect(Set(configurations).count == 3)
    }
}
