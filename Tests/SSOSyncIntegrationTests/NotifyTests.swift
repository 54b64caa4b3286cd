// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The program on a server that it can reach and one that it cannot.
@Suite("Word about a run on a server", .enabled(if: ServedTool.exists, "the program is not built beside the tests"))
struct NotifyTests {
    private func notices(_ receiver: HTTPServer) throws -> [(text: String, kinds: [String])] {
        try receiver.requests().map { request in
            let body = try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
            let notice = body?["notice"] as? [String: Any]
            return (body?["text"] as? String ?? "", notice?["kinds"] as? [String] ?? [])
        }
    }

    @Test(arguments: [TestEngine.postgres(17), .mysql])
    func `what was changed is told, and one target that fails, until it is well again`(engine: TestEngine) async throws
    {
        try await World.with(engine) { world in
            let receiver = try await HTTPServer([.init(times: 0)])
            let tool = try ServedTool(world)
            let notifier = """
                notify:
                  - webhook: { url: "http://localhost:\(receiver.port)/" }
                    on: [failure, changes, recovered]
                    detail: names
                notifyMemory: told.json
                """
            let broken = """
                  - { name: shop, mode: enforce, engine: postgres, host: localhost, port: 1, region: eu-west-1,
                      user: p, groups: { team: { id: g-1, roles: [readers] } } }
                """
            let good = try tool.append(notifier)
            try tool.append(notifier, targets: broken)
            #expect(try await tool.run("apply").status == 4)
            #expect(await world.canLogIn("ann"))
            let first = try notices(receiver)
            #expect(first.map(\.kinds) == [["failure", "changes"]])
            #expect(first[0].text.contains("+ create: ann (readers)"), "\(first[0].text)")
            #expect(first[0].text.contains("- failure: the server could not be reached"), "\(first[0].text)")

            #expect(try await tool.run("apply").status == 4)
            #expect(try notices(receiver).count == 1)

            // The other target turns into the same server, which has nothing left to do.
            try tool.folder.write(good.replacing("name: orders", with: "name: shop"), to: "sso-sync.yaml")
            #expect(try await tool.run("apply").status == 0)
            #expect(try notices(receiver).map(\.kinds) == [["failure", "changes"], ["recovered"]])
        }
    }
}
