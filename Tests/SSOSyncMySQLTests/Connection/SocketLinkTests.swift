// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncMySQL

#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

@Suite("Links to sockets")
struct SocketLinkTests {
    private static func pair() -> [Int32] {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return ends
    }

    private static func isAtEnd(_ socket: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, Int32(MSG_DONTWAIT)) == 0
    }

    /// The C library closes its descriptor when the connection breaks, and the number is anybody's then.
    @Test func `cut their own socket and never another one of the same number`() throws {
        let ends = Self.pair()
        let link = try SocketLink(to: ends[0])
        let others = Self.pair()
        // Now it is another's: what was the library's descriptor.
        #expect(dup2(others[0], ends[0]) == ends[0])
        link.cut()
        #expect(Self.isAtEnd(ends[1]))
        #expect(!Self.isAtEnd(others[1]))
        for descriptor in ends + others { close(descriptor) }
    }

    @Test func `do nothing after they were closed`() throws {
        let ends = Self.pair()
        let link = try SocketLink(to: ends[0])
        link.close()
        link.cut()
        link.close()
        #expect(!Self.isAtEnd(ends[1]))
        for descriptor in ends { close(descriptor) }
    }

    @Test func `are not made for no socket`() {
        let error = #expect(throws: MySQLError.self) { try SocketLink(to: -1) }
        #expect(error?.code == .connectionFailed)
    }
}
