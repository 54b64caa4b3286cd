// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A server that accepts connections and never says a word, as one that is frozen.
package final class SilentServer {
    package let port: Int
    private let handle: Int32

    /// Starts one on a free port of the loopback address.
    package init() throws {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(handle, address, length) == 0 && listen(handle, 16) == 0
                    && getsockname(handle, address, &length) == 0
            }
        }
        guard isListening else { throw ChildProcess.Failure(description: "the silent server did not start") }
        (self.handle, port) = (handle, Int(UInt16(bigEndian: address.sin_port)))
    }

    deinit { close(handle) }
}
