// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A `dev/faultproxy.py` of a test's own, between the provisioner and a server.
package final class FaultProxy: Sendable {
    /// The port that clients connect to instead of the server's.
    package let port: Int
    private let control: Int
    private let process: BackgroundProcess

    /// Starts a proxy before a port of this machine, runs the body, and stops the proxy.
    package static func with<Value>(
        _ serverPort: Int,
        _ body: (FaultProxy) async throws -> Value
    ) async throws -> Value {
        try await with(["dev/faultproxy.py", "0", "localhost:\(serverPort)", "0"], body)
    }

    /// Starts a connection pool before a server, runs the body with its port, and stops it.
    ///
    /// - Parameter ownProcessIds: Whether clients are told other process ids than the server's.
    package static func withPool(
        _ server: ScratchServer,
        ownProcessIds: Bool,
        _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let files = ["CA", "CERT", "KEY"].map { server.facts[$0] ?? "" }
        let arguments = ["dev/pooler.py", "localhost:\(server.port)"] + files + [ownProcessIds ? "own-pids" : "pass"]
        try await with(arguments) { try await body($0.port) }
    }

    private static func with<Value>(
        _ arguments: [String],
        _ body: (FaultProxy) async throws -> Value
    ) async throws -> Value {
        let proxy = try await blocking { try FaultProxy(arguments) }
        defer { proxy.process.stop() }
        return try await body(proxy)
    }

    /// Sends one command, as `dev/faultproxy.py --help` lists them, and returns the answer.
    @discardableResult
    package func command(_ line: String) async throws -> String {
        let control = control
        let answer = try await blocking { try Self.exchange(line, port: control) }
        guard !answer.hasPrefix("?") else { throw ChildProcess.Failure(description: "fault proxy: \(answer)") }
        return answer
    }

    /// Waits until no connection goes through it any more, so that a fault hits none that is on its way out.
    package func awaitQuiet() async throws {
        try await eventually("nobody is connected") { try await figure("live") == 0 }
    }

    /// The round trips that clients have waited for since the proxy was started.
    package func turns() async throws -> Int {
        try await figure("turns")
    }

    /// How many bytes servers have sent since the proxy was started.
    package func bytesFromServers() async throws -> Int { try await figure("down") }

    /// How many bytes clients have sent since the proxy was started.
    package func bytesFromClients() async throws -> Int { try await figure("up") }

    private func figure(_ name: String) async throws -> Int {
        let words = try await command("stats").split(separator: " ").map(String.init)
        guard let index = words.firstIndex(of: name), index + 1 < words.count else { return -1 }
        return Int(words[index + 1]) ?? -1
    }

    /// - Parameter arguments: The script, from the repository's root, and what it is given.
    private init(_ arguments: [String]) throws {
        let script = ChildProcess.root.appendingPathComponent(arguments[0]).path
        process = try BackgroundProcess(["python3", script] + arguments.dropFirst())
        guard let line = process.readLine() else {
            throw ChildProcess.Failure(description: "the fault proxy does not start")
        }
        let facts = line.split(whereSeparator: \.isWhitespace).map { $0.split(separator: "=") }
        let ports = Dictionary(uniqueKeysWithValues: facts.map { ($0[0], Int($0[1]) ?? 0) })
        port = ports["PORT"] ?? 0
        control = ports["CONTROL"] ?? 0
    }

    private static func exchange(_ line: String, port: Int) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw ChildProcess.Failure(description: "the fault proxy is gone") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        try handle.write(contentsOf: Data("\(line)\n".utf8))
        let answer = try handle.readToEnd() ?? Data()
        return String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
