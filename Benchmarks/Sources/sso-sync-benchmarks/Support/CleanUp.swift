// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Removes the servers that are there when somebody presses Control-C.
enum CleanUp {
    private static let servers = Mutex<Set<String>>([])

    static func add(server: String) { _ = servers.withLock { $0.insert(server) } }
    static func remove(server: String) { _ = servers.withLock { $0.remove(server) } }

    /// - Returns: What has to be kept for as long as this is to work.
    static func onSignals() -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                for name in servers.withLock({ $0 }) { _ = try? Program.output([Server.script, "drop", name]) }
                exit(128 + number)
            }
            source.resume()
            return source
        }
    }
}
