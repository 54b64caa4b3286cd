// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS

/// Calls, ten at a time, to a server that takes its time for each.
struct CallsBenchmark: Benchmark {
    static let name = "calls"
    static let summary = "300 signed calls, ten at a time, to a server that answers each after 20 ms"

    private static let (calls, concurrency, milliseconds) = (300, 10, 20)

    private let options: Options

    init(_ options: Options) { self.options = options }

    private struct Input: Encodable { let IdentityStoreId = "d-1234567890" }
    private struct Output: Decodable { let Users: [String] }

    func run() async throws -> [Row] {
        let script = try TemporaryFile(Self.script)
        let server = try Program(["python3", script.path, "\(Self.milliseconds)"])
        defer { server.stop() }
        for _ in 0..<200 where !server.output.hasSuffix("\n") { try await Task.sleep(for: .milliseconds(20)) }
        guard let port = Int(server.output.dropLast()) else { throw Trouble("no server: \(server.errors)") }
        let client = try AWSClient(
            .identityStore,
            region: "eu-west-1",
            credentials: StaticCredentialsProvider(
                Credentials(accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")
            ),
            transport: CurlTransport(),
            endpoints: EndpointResolver(environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)"])
        )
        var sample = Sample()
        for _ in 0..<options.rounds { sample.add(try await Self.time(client)) }
        let ideal = Sample([Double(Self.calls / Self.concurrency * Self.milliseconds) / 1_000])
        let what = "300 calls, ten at a time, to a server that answers after 20 ms, beside the ideal"
        return [.ratio(what, sample, to: ideal, atMost: 1.2)]
    }

    private static func time(_ client: AWSClient) async throws -> Double {
        try await seconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<concurrency {
                    group.addTask {
                        for _ in 0..<(calls / concurrency) {
                            _ = try await client.call("ListUsers", Input(), returning: Output.self)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Answers whatever it is asked, on connections that stay.
    private static let script = """
        import asyncio, sys

        body = b'{"Users":[]}'
        answer = (
            b"HTTP/1.1 200 OK\\r\\nContent-Type: application/x-amz-json-1.1\\r\\nContent-Length: "
            + str(len(body)).encode() + b"\\r\\n\\r\\n" + body
        )


        async def serve(reader, writer):
            try:
                while True:
                    head = (await reader.readuntil(b"\\r\\n\\r\\n")).lower()
                    length = int(head.split(b"content-length:")[1].split(b"\\r\\n")[0])
                    await reader.readexactly(length)
                    await asyncio.sleep(int(sys.argv[1]) / 1000)
                    writer.write(answer)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()


        async def main():
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()


        asyncio.run(main())
        """
}
