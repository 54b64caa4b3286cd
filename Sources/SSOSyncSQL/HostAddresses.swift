// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a host's name leads to.
package enum HostAddresses: Sendable {
    /// In digits, in the order in which the system wants them tried.
    case found([String])
    /// Why there are none.
    case missing(String)

    /// Asks the system; blocks until it has answered.
    ///
    /// - Parameters:
    ///   - host: A name, or an address.
    ///   - isNumeric: Whether only an address is looked for in the text itself, for which nobody has to be asked.
    package init(of host: String, isNumeric: Bool = false) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        unsafe hints.ai_flags = isNumeric ? AI_NUMERICHOST : AI_ADDRCONFIG
        var first: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, nil, &hints, &first)
        guard status == 0 else {
            self = unsafe .missing(String(cString: gai_strerror(status)))
            return
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [String] = []
        var entry = unsafe first
        while let current = unsafe entry {
            let address = unsafe Self.digits(current.pointee.ai_addr, current.pointee.ai_addrlen)
            if let address, !addresses.contains(address) { addresses.append(address) }
            unsafe entry = current.pointee.ai_next
        }
        self = addresses.isEmpty ? .missing("it has no address") : .found(addresses)
    }

    /// The address at the other end of a connected socket, in digits; nil if there is none.
    package static func peer(of socket: Int32) -> String? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe getpeername(socket, address, &size) == 0 else { return nil }
                return unsafe digits(address, size)
            }
        }
    }

    private static func digits(_ address: UnsafePointer<sockaddr>?, _ size: socklen_t) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let capacity = socklen_t(buffer.count)
        let status = unsafe getnameinfo(address, size, &buffer, capacity, nil, 0, NI_NUMERICHOST)
        guard status == 0 else { return nil }
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self)
    }
}
