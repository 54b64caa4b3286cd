// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Waits for a socket, a deadline and a cancellation at once.
struct SocketWaiter {
    /// Why a call has to end before its answer is there.
    enum Interruption {
        case timeout
        case cancelled
    }

    /// The longest single wait, in milliseconds.
    ///
    /// Callers look at the socket after it even if nothing was reported: TLS may hold bytes back that the kernel has
    /// already handed over.
    private static let longestSlice: Int64 = 1_000

    let wake: WakePipe
    let deadline: ContinuousClock.Instant?

    /// What has already ended the call, if anything.
    var interruption: Interruption? {
        if isWoken { return .cancelled }
        guard let deadline, deadline <= .now else { return nil }
        return .timeout
    }

    /// Whether the socket is ready now.
    func isReady(_ socket: Int32, toRead: Bool) -> Bool {
        var descriptor = pollfd(fd: socket, events: Int16(toRead ? POLLIN : POLLOUT), revents: 0)
        return unsafe poll(&descriptor, 1, 0) == 1
    }

    /// Waits until the socket is ready, something ends the call, or a slice of time is over.
    /// - Returns: what ends the call; an answer may still be there to be read.
    func wait(for socket: Int32, reading: Bool, writing: Bool) -> Interruption? {
        let events = (reading ? Int16(POLLIN) : 0) | (writing ? Int16(POLLOUT) : 0)
        var descriptors = [
            pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: events, revents: 0),
        ]
        _ = unsafe poll(&descriptors, nfds_t(descriptors.count), sliceMilliseconds)
        if descriptors[0].revents != 0 { return .cancelled }
        guard let deadline, deadline <= .now else { return nil }
        return .timeout
    }

    private var isWoken: Bool {
        var descriptor = pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, 0) == 1
    }

    /// The time to the deadline, rounded up so that the wait does not end just before it.
    private var sliceMilliseconds: Int32 {
        guard let deadline else { return Int32(Self.longestSlice) }
        let left = ContinuousClock.now.duration(to: deadline).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        guard left.seconds < 1 else { return Int32(Self.longestSlice) }
        return Int32(left.attoseconds / 1_000_000_000_000_000 + 1)
    }
}
