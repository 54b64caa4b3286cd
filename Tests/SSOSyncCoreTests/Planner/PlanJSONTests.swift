// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("A plan as JSON")
struct PlanJSONTests {
    /// One person leaves, one is renamed, one joins; a role is missing and a login is nobody's.
    private func plan() throws -> Plan {
        var world = World(
            rules: ["g1": ["r1"], "g2": ["r2", "gone"]],
            members: ["g1": ["ann", "ben", "cem"], "g2": ["ben"]],
            brake: Policy.Brake(removals: 5, percent: 50)
        )
        _ = try world.run(.people(["ann", "ben"]))
        world.pass(2 * World.day)
        world.rename("ben", to: "ben.b")
        world.delete("ann")
        world.server.logins["app"] = InMemoryLogin()
        return world.plan()
    }

    @Test func `its text is the one that tools rely on`() throws {
        #expect(String(decoding: CanonicalJSON.bytes(try plan()), as: UTF8.self) == Self.golden)
    }

    @Test func `what is saved is read again, but for markers, which nobody needs`() throws {
        let plan = try plan()
        let read = try JSONDecoder().decode(Plan.self, from: Data(CanonicalJSON.bytes(plan)))
        #expect(read.contentHash == plan.contentHash)
        #expect(CanonicalJSON.bytes(read) == CanonicalJSON.bytes(plan))
        #expect(read.operations.allSatisfy { $0.marker == nil })
    }

    @Test func `the hash of its content does not depend on when it was made`() throws {
        var world = World(members: ["g1": ["ann"]])
        let plan = world.plan()
        world.pass(60)
        let later = world.plan()
        #expect(later.createdAt != plan.createdAt)
        #expect(later.contentHash == plan.contentHash)
        #expect(plan.expiresAt == plan.createdAt.advanced(bySeconds: Plan.lifetime))
    }

    @Test func `the hash of its content depends on everything that it was made from`() throws {
        var world = World(members: ["g1": ["ann"]])
        var hashes = [world.plan().contentHash]
        world.set(Person(id: "bystander", accountName: "bystander"))
        hashes.append(world.plan().contentHash)
        world.server.logins["bystander"] = InMemoryLogin(marker: .damaged)
        hashes.append(world.plan().contentHash)
        world.editPolicy(brake: Policy.Brake(removals: 7))
        hashes.append(world.plan().contentHash)
        world.server.roles["r1"] = RoleFacts(ungrantableBecause: "lacks ADMIN")
        hashes.append(world.plan().contentHash)
        #expect(Set(hashes).count == hashes.count)
    }

    private static let golden = #"""
        {"content":{"brake":{"accountsInUse":2,"earlierJoins":0,"earlierRemovals":0,"isReleased":false,"joins":1,\#
        "removals":1,"removalsHash":"7542654adf1c9a28","removalsStoppedBecause":[]},\#
        "conflicts":[{"kind":"roleMissing","message":"role gone does not exist on this target, so the members of g2 \#
        do not get it: create it, or take it out of the group's roles","role":"gone"}],\#
        "counts":{"entitled":2,"managed":2,"unchanged":0},"engine":"InMemory",\#
        "findings":[{"account":"app","kind":"unmarkedIAMLogin","message":"app logs in by IAM token and carries no \#
        marker: adopt it, or list it under ignore","statements":[]}],\#
        "inputs":{"configuration":"05001102b10c3a60498b34c984a2c3cadcfde620a15d70e7490ba768f208637c",\#
        "directory":"0bd9c19748d72c2faf95c4ba4c96b47d7a50d379304e4e33a2f81c20d473ad15",\#
        "state":"a707c5f6a25d5a1dbd9e2c480318dbd67135c7ca313452fc096fb12e5b61101f"},"mode":"enforce",\#
        "steps":[{"operation":{"account":"ann","action":{"lock":{}},"user":"ann"},"reason":{"left":{}}},\#
        {"operation":{"account":"ann","action":{"endSessions":{}},"user":"ann"},"reason":{"left":{}}},\#
        {"operation":{"account":"ann","action":{"revoke":{"memberships":[{"grantor":"sso_provisioner","isOurs":true,\#
        "isRevocable":true,"isUsable":true,"role":"r1"}]}},"user":"ann"},"reason":{"left":{}}},\#
        {"operation":{"account":"ben","action":{"rename":{"to":"ben.b"}},"user":"ben"},\#
        "reason":{"renamed":{"from":"ben"}}},\#
        {"operation":{"account":"cem","action":{"create":{"roles":["r1"]}},"user":"cem"},\#
        "reason":{"joined":{"groups":["g1"]}}}],"target":"orders","withheld":[]},\#
        "createdAt":"2026-11-24T07:23:00Z","directoryAsOf":"2026-11-24T07:23:00Z",\#
        "expiresAt":"2026-11-25T07:23:00Z","version":1}
        """#
}
